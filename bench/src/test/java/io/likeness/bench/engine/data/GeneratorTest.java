package io.likeness.bench.engine.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** The data must be the same wherever it is made, or figures could not be compared. */
final class GeneratorTest {

  private static final int DIMENSIONS = 40;

  private final Generator generator = new Generator(DIMENSIONS, Generator.SEED);

  private record Made(float[] values, int[] components) {}

  private Made make(Generator.Kind kind, int from, int count) {
    float[] values = new float[count * DIMENSIONS];
    int[] components = new int[count];
    generator.rows(kind, from, count, values, components);
    return new Made(values, components);
  }

  @Test
  void aSmallerSetIsTheBeginningOfALargerOne() {
    Made all = make(Generator.Kind.BASE, 0, 23);
    Made few = make(Generator.Kind.BASE, 0, 7);
    Made later = make(Generator.Kind.BASE, 9, 14);

    assertThat(few.values()).isEqualTo(Arrays.copyOf(all.values(), 7 * DIMENSIONS));
    assertThat(few.components()).isEqualTo(Arrays.copyOf(all.components(), 7));
    assertThat(later.values())
        .isEqualTo(Arrays.copyOfRange(all.values(), 9 * DIMENSIONS, 23 * DIMENSIONS));
  }

  @Test
  void rowsAreTheSameOnEveryMachine() {
    Made made = make(Generator.Kind.BASE, 0, 50);
    CRC32C sum = new CRC32C();
    for (float value : made.values()) {
      int bits = Float.floatToIntBits(value);
      sum.update(
          new byte[] {(byte) bits, (byte) (bits >> 8), (byte) (bits >> 16), (byte) (bits >> 24)});
    }

    assertThat(sum.getValue()).isEqualTo(2_944_185_882L);
  }

  @Test
  void rowsAreOfUnitLengthAndQueriesAreNone() {
    Made base = make(Generator.Kind.BASE, 0, 100);
    Made queries = make(Generator.Kind.QUERY, 0, 100);

    for (int row = 0; row < 100; row++) {
      double squares = 0;
      for (int i = 0; i < DIMENSIONS; i++) {
        squares += Math.pow(base.values()[row * DIMENSIONS + i], 2);
      }
      assertThat(squares).isCloseTo(1, within(1e-5));
    }
    assertThat(queries.values()).isNotEqualTo(base.values());
  }

  @Test
  void otherSeedsGiveOtherRows() {
    float[] other = new float[DIMENSIONS];
    new Generator(DIMENSIONS, 1).rows(Generator.Kind.BASE, 0, 1, other, new int[1]);

    assertThat(other).isNotEqualTo(make(Generator.Kind.BASE, 0, 1).values());
  }

  @Test
  void fewComponentsAreLargeAndManySmall() {
    int[] sizes = new int[Generator.COMPONENTS];
    for (int component : make(Generator.Kind.BASE, 0, 20_000).components()) {
      sizes[component]++;
    }

    int first = Arrays.stream(sizes, 0, 10).sum();
    int last = Arrays.stream(sizes, Generator.COMPONENTS - 10, Generator.COMPONENTS).sum();
    // By the law: the sum of i^-0.7 over the first ten is 72 times that over the last ten.
    assertThat(first / (double) last).isBetween(30.0, 150.0);
  }

  @Test
  void theUniformAttributeIsUniform() {
    int below = 0;
    for (int row = 0; row < 10_000; row++) {
      below += Generator.uniform(Generator.SEED, row) < Subset.TENTH.uniformEnd() ? 1 : 0;
    }

    assertThat(below).isBetween(900, 1_100);
  }
}
