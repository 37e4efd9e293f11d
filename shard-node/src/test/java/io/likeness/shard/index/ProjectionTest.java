package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ProjectionTest {

  private static final int DIMENSIONS = 64;

  /** Unit vectors around a common one, which differ as much in every direction. */
  private static RowsInMemory rows() {
    Random random = new Random(5);
    float[][] rows = new float[2_000][DIMENSIONS];
    for (float[] row : rows) {
      row[0] = 3;
      double squares = 0;
      for (int i = 0; i < DIMENSIONS; i++) {
        row[i] += (float) (random.nextGaussian() / Math.sqrt(DIMENSIONS));
        squares += row[i] * row[i];
      }
      for (int i = 0; i < DIMENSIONS; i++) {
        row[i] /= (float) Math.sqrt(squares);
      }
    }
    return new RowsInMemory(rows);
  }

  @Test
  void keepsWhatRowsDifferByNotWhatTheyHaveInCommon() {
    RowsInMemory rows = rows();

    Projection all = Projection.learn(rows, DIMENSIONS, DIMENSIONS);

    // The common direction alone is nine tenths of their length squared.
    assertThat(all.keeping(0.89, 8, rows))
        .hasValueSatisfying(kept -> assertThat(kept.size()).isGreaterThanOrEqualTo(48));
    assertThat(all.first(32).keeping(0.89, 8, rows)).isEmpty();
  }
}
