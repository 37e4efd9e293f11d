package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CodecTest {

  private static final int DIMENSIONS = 100;

  private final Random random = new Random(11);

  /** Unit vectors that lie along {@code strong} directions, but for a little noise. */
  private RowsInMemory rows(int count, int strong, double noise) {
    float[][] directions = new float[strong][DIMENSIONS];
    for (float[] direction : directions) {
      for (int i = 0; i < DIMENSIONS; i++) {
        direction[i] = (float) random.nextGaussian();
      }
    }
    float[][] rows = new float[count][DIMENSIONS];
    for (float[] row : rows) {
      for (float[] direction : directions) {
        Dots.addScaled(direction, (float) random.nextGaussian(), row, 0);
      }
      float length = (float) Math.sqrt(Dots.dot(row, row));
      for (int i = 0; i < DIMENSIONS; i++) {
        row[i] = (float) (row[i] / length + noise * random.nextGaussian());
      }
    }
    return new RowsInMemory(rows);
  }

  @Test
  void learnsTheDirectionsTheRowsLieAlong() {
    RowsInMemory rows = rows(500, 7, 0.001);

    Projection projection = Projection.learn(rows, DIMENSIONS, 12);

    for (int k = 0; k < projection.size(); k++) {
      for (int l = 0; l <= k; l++) {
        assertThat(Dots.dot(projection.direction(k), projection.direction(l)))
            .isCloseTo(k == l ? 1f : 0f, within(1e-4f));
      }
    }
    assertThat(projection.keeping(0.99, 1, rows).orElseThrow().size()).isEqualTo(7);
    assertThat(projection.first(6).keeping(0.99, 1, rows)).isEmpty();
  }

  @Test
  void learnsFromRowsThatAreAllTheSame() {
    float[][] same = new float[300][DIMENSIONS];
    for (float[] row : same) {
      row[3] = 1;
    }
    RowsInMemory rows = new RowsInMemory(same);

    Codec codec = Codec.learn(rows, Projection.learn(rows, DIMENSIONS, 128), 64);

    assertThat(scores(codec, rows, same[0])[7]).isCloseTo(1f, within(0.01f));
  }

  @Test
  void scoresNearlyAsTheVectorsDo() {
    for (int strong : new int[] {5, 30, 90}) {
      RowsInMemory rows = rows(2_000, strong, 0.002);
      Codec codec = Codec.learn(rows, Projection.learn(rows, DIMENSIONS, 128), 64);
      float[] query = rows(1, strong, 0.002).values()[0];

      float[] scores = scores(codec, rows, query);

      for (int i = 0; i < rows.rows(); i++) {
        assertThat(scores[i])
            .as("%s, row %s", codec, i)
            .isCloseTo(rows.score(i, query), within(0.06f));
      }
    }
  }

  @Test
  void spendsItsBytesAsTheDataNeeds() {
    RowsInMemory few = rows(2_000, 20, 0.0005);
    RowsInMemory many = rows(2_000, 95, 0.0005);

    Codec forFew = Codec.learn(few, Projection.learn(few, DIMENSIONS, 128), 48);
    Codec forMany = Codec.learn(many, Projection.learn(many, DIMENSIONS, 128), 48);

    assertThat(forFew.bytes()).isEqualTo(48);
    assertThat(forMany.bytes()).isEqualTo(48);
    assertThat(forFew.wide()).isGreaterThan(forMany.wide());
    assertThat(forMany.narrow()).isGreaterThan(forFew.narrow());
  }

  @Test
  void codesVectorsOfFewDimensions() {
    for (int dimensions : new int[] {1, 3, 20, 33}) {
      float[][] values = new float[50][dimensions];
      for (float[] row : values) {
        for (int i = 0; i < dimensions; i++) {
          row[i] = (float) random.nextGaussian();
        }
      }
      RowsInMemory rows = new RowsInMemory(values);
      Codec codec = Codec.learn(rows, Projection.learn(rows, dimensions, 128), 64);

      float[] scores = scores(codec, rows, values[4]);

      for (int i = 0; i < values.length; i++) {
        assertThat(scores[i]).isCloseTo(rows.score(i, values[4]), within(0.3f));
      }
    }
  }

  private static float[] scores(Codec codec, RowsInMemory rows, float[] query) {
    try (Arena arena = Arena.ofConfined()) {
      Codes codes = new Codes(codec, arena.allocate((long) rows.rows() * codec.bytes(), 64), 0);
      Codes.Writer writer = codes.writer();
      for (int i = 0; i < rows.rows(); i++) {
        writer.put(i, rows.values()[i]);
      }
      Codes.Scorer scorer = codes.scorer(query);
      float[] scores = new float[rows.rows()];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = scorer.score(i);
      }
      return scores;
    }
  }
}
