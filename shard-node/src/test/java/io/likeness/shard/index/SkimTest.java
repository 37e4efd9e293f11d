package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.proto.vector.FeatureVector;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SkimTest {

  private static final int ROWS = 333;
  private static final int DIMENSIONS = 80;

  private final Random random = new Random(11);
  private final float[][] centres = Histories.centres(random, 12, DIMENSIONS);

  private float[] vector() {
    return FeatureVector.ofBytes(Histories.clustered(random, centres, 0.08)).array();
  }

  private float[][] vectors(int count) {
    float[][] vectors = new float[count][];
    for (int i = 0; i < count; i++) {
      vectors[i] = vector();
    }
    return vectors;
  }

  private static Codes codes(RowsInMemory rows) {
    Codec codec =
        Codec.learn(rows, Projection.learn(rows, DIMENSIONS, Codec.directionsMax(32)), 32);
    Codes like = new Codes(codec, MemorySegment.NULL, 0.01f);
    return like.of(rows);
  }

  private static Skim.Look look(Codes codes, float[] query) {
    Skim skim = Objects.requireNonNull(codes.skim());
    return skim.look(codes.codec().query(query).coordinates(), Dots.dot(query, query));
  }

  @Test
  void neverPassesOverARowThatScoresEnough() {
    float[][] values = vectors(ROWS);
    // Far outside what the codec learnt from: it cannot be told from bytes.
    values[17] = FeatureVector.ofBytes(Histories.vector(random, DIMENSIONS)).array();
    RowsInMemory rows = new RowsInMemory(values);
    Codes codes = codes(rows);
    int passed = 0;
    for (int i = 0; i < 60; i++) {
      float[] query = i % 3 == 0 ? values[random.nextInt(ROWS)] : vector();
      double[] scores = IntStream.range(0, ROWS).mapToDouble(r -> rows.score(r, query)).toArray();
      Arrays.sort(scores);
      float score = (float) scores[ROWS - 10];
      Skim.Look look = look(codes, query);
      for (int first = 0; first < ROWS; first += Skim.ROWS) {
        int reaching = look.reaching(first, score);
        for (int row = first; row < Math.min(ROWS, first + Skim.ROWS); row++) {
          boolean reaches = (reaching >>> (row - first) & 1) == 1;
          if (rows.score(row, query) >= score) {
            assertThat(reaches).as("row %d of score %f", row, score).isTrue();
          }
          passed += reaches ? 0 : 1;
        }
      }
    }
    // Or it would be of no use.
    assertThat(passed).isGreaterThan(60 * ROWS / 4);
  }

  @Test
  void keepsWhatItKnowsWhenItGrows() {
    float[][] values = vectors(ROWS);
    Codes few = codes(new RowsInMemory(values));
    Codes roomy = few.withRoom(10 * ROWS);
    assertThat(roomy).isNotSameAs(few);
    float[] query = vector();
    for (int first = 0; first + Skim.ROWS <= ROWS; first += Skim.ROWS) {
      assertThat(look(roomy, query).reaching(first, 0.8f))
          .isEqualTo(look(few, query).reaching(first, 0.8f));
    }
  }
}
