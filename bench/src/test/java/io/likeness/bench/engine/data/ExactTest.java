package io.likeness.bench.engine.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The yardstick, held against sorting everything. Odd numbers, so that nothing fits by luck. */
final class ExactTest {

  private static final int ROWS = 777;
  private static final int DIMENSIONS = 37;
  private static final int QUERIES = 11;
  private static final int K = 9;

  @TempDir private Path work;
  private DataSet data;

  @BeforeEach
  void generate() throws IOException {
    data = new DataSets(work, line -> {}).generated(ROWS, DIMENSIONS, QUERIES, 5);
  }

  @AfterEach
  void close() {
    data.close();
  }

  private int[] sorted(float[] query, BitSet wanted) {
    return IntStream.range(0, ROWS)
        .filter(wanted::get)
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer row) -> -dot(data.base().row(row), query))
                .thenComparing(row -> row))
        .limit(K)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void findsWhatSortingFindsForEachSet() {
    BitSet all = data.members(Subset.ALL);
    BitSet tenth = data.members(Subset.TENTH);
    BitSet few = new BitSet();
    few.set(3);
    few.set(ROWS - 1);

    List<Nearest[]> found =
        Exact.nearest(data.base(), data.queries(), K, List.of(all, tenth, few), 3, done -> {});

    for (int query = 0; query < QUERIES; query++) {
      float[] vector = data.queries()[query];
      assertThat(found.get(0)[query].ordinals()).isEqualTo(sorted(vector, all));
      assertThat(found.get(1)[query].ordinals()).isEqualTo(sorted(vector, tenth));
      assertThat(found.get(2)[query].ordinals()).isEqualTo(sorted(vector, few));
    }
  }

  @Test
  void theScanOfOneQueryFindsTheSame() {
    BitSet tenth = data.members(Subset.TENTH);
    for (float[] query : data.queries()) {
      assertThat(Exact.scan(data.base(), query, K, null).ordinals())
          .isEqualTo(sorted(query, data.members(Subset.ALL)));
      assertThat(Exact.scan(data.base(), query, K, tenth).ordinals())
          .isEqualTo(sorted(query, tenth));
    }
  }

  @Test
  void ofEqualScoresTheSmallerOrdinalsStay() {
    Nearest nearest = new Nearest(3);
    for (int ordinal : new int[] {9, 4, 7, 1, 8}) {
      nearest.offer(0.5f, ordinal);
    }
    nearest.offer(-0.5f, 0);
    nearest.offer(0.75f, 20);

    assertThat(nearest.ordinals()).containsExactly(20, 1, 4);
    assertThat(nearest.scores()).containsExactly(0.75f, 0.5f, 0.5f);
  }
}
