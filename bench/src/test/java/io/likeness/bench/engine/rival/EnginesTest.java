package io.likeness.bench.engine.rival;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.DataSets;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.data.Truth;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whoever is compared must at least answer rightly, or its speed says nothing. */
final class EnginesTest {

  private static final int ROWS = 1_200;
  private static final int DIMENSIONS = 32;
  private static final int QUERIES = 20;
  private static final int K = 10;
  private static final int HARD = 200;

  @TempDir private static Path work;
  private static DataSet data;

  @BeforeAll
  static void generate() throws IOException {
    data = new DataSets(work, line -> {}).generated(ROWS, DIMENSIONS, QUERIES, 3);
    data.computeTruth(
        List.of(Subset.ALL, Subset.TENTH, Subset.CLUSTERS_TENTH), K, QUERIES, line -> {});
  }

  @AfterAll
  static void close() {
    data.close();
  }

  static List<String> names() {
    return Engines.names();
  }

  private static double recall(Engine engine, Subset subset) throws IOException {
    engine.restrict(subset);
    BitSet members = data.members(subset);
    Truth truth = data.truth(subset, K, QUERIES);
    int hits = 0;
    int due = 0;
    for (int i = 0; i < QUERIES; i++) {
      float[] query = data.queries()[i];
      int[] answer = engine.search(query, K, HARD);
      for (int row : answer) {
        assertThat(members.get(row)).as("row %d is wanted", row).isTrue();
      }
      due += truth.due(i, 0, K);
      hits += truth.hits(i, 0, K, answer, data.base(), query);
    }
    return hits / (double) due;
  }

  @ParameterizedTest
  @MethodSource("names")
  void findsNearlyAllAndNothingElse(String name) throws IOException {
    Path folder = Files.createDirectory(work.resolve(name));
    try (Engine builder = Engines.of(name)) {
      builder.build(folder, data);
    }
    try (Engine engine = Engines.of(name)) {
      engine.open(folder, data);

      assertThat(recall(engine, Subset.ALL)).isGreaterThan(0.95);
      assertThat(recall(engine, Subset.TENTH)).isGreaterThan(0.95);
      assertThat(recall(engine, Subset.CLUSTERS_TENTH)).isGreaterThan(0.95);
      assertThat(recall(engine, Subset.ALL)).isGreaterThan(0.95);
      assertThat(engine.bytesOnDisk()).isGreaterThanOrEqualTo((long) ROWS * DIMENSIONS * 4);
    }
  }

  @Test
  void effortsBeginWithKAndRise() {
    assertThat(Engines.ladder(10, 100)).startsWith(10, 16).isSorted().doesNotHaveDuplicates();
    assertThat(Engines.ladder(16, 100)).startsWith(16, 24, 32).doesNotHaveDuplicates();
    assertThat(Engines.ladder(100, 50)).containsExactly(100);
  }

  @Test
  void anUnknownNameIsToldWithTheKnownOnes() {
    assertThatThrownBy(() -> Engines.of("faiss"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("faiss")
        .hasMessageContaining("likeness, ");
  }
}
