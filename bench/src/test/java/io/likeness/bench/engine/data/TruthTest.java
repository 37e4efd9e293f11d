package io.likeness.bench.engine.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TruthTest {

  @TempDir private Path work;
  private DataSet data;

  @BeforeEach
  void generate() throws IOException {
    data = new DataSets(work, line -> {}).generated(300, 16, 4, 5);
    data.computeTruth(List.of(Subset.ALL, Subset.THOUSANDTH), 20, 4, line -> {});
  }

  @AfterEach
  void close() {
    data.close();
  }

  private int hits(Truth truth, int from, int wanted, int... answer) {
    return truth.hits(0, from, wanted, answer, data.base(), data.queries()[0]);
  }

  @Test
  void countsWhatIsAmongTheNearest() throws IOException {
    Truth truth = data.truth(Subset.ALL, 20, 4);
    int[] best = truth.ordinals(0);

    assertThat(hits(truth, 0, 3, best[0], best[1], best[2])).isEqualTo(3);
    assertThat(hits(truth, 0, 3, best[2], best[7], best[0])).isEqualTo(2);
    assertThat(hits(truth, 0, 3)).isZero();
  }

  @Test
  void countsARowOnceHoweverOftenItIsGiven() throws IOException {
    Truth truth = data.truth(Subset.ALL, 20, 4);
    int best = truth.ordinals(0)[0];

    assertThat(hits(truth, 0, 3, best, best, best)).isEqualTo(1);
  }

  @Test
  void countsAPageByItsOwnPlaces() throws IOException {
    Truth truth = data.truth(Subset.ALL, 20, 4);
    int[] best = truth.ordinals(0);

    assertThat(hits(truth, 10, 2, best[10], best[11])).isEqualTo(2);
    assertThat(hits(truth, 10, 2, best[0], best[11])).isEqualTo(1);
  }

  @Test
  void owesOnlyWhatThereIs() throws IOException {
    Truth truth = data.truth(Subset.THOUSANDTH, 20, 4);
    int members = data.members(Subset.THOUSANDTH).cardinality();

    assertThat(members).isLessThan(20);
    assertThat(truth.due(0, 0, 20)).isEqualTo(members);
    assertThat(truth.due(0, 19, 5)).isZero();
  }

  @Test
  void anEquallyNearRowIsAsTrueAsTheListedOne() {
    // Row 1 is listed with the cosine of row 0, as if they were the same.
    float[] query = data.queries()[0];
    float cosine = Exact.dot(data.base().values(), data.base().offset(0), query);
    Truth truth = new Truth(1, new int[][] {{1}}, new float[][] {{cosine}});

    assertThat(hits(truth, 0, 1, 0)).isEqualTo(1);
    assertThat(hits(truth, 0, 1, 2)).isZero();
  }

  @Test
  void aNearerRowThatIsNotWantedIsNoHit() throws IOException {
    Truth all = data.truth(Subset.ALL, 20, 4);
    int[] best = all.ordinals(0);
    float[] query = data.queries()[0];
    float fifth = Exact.dot(data.base().values(), data.base().offset(best[4]), query);
    Truth some = new Truth(1, new int[][] {{best[4]}}, new float[][] {{fifth}});

    assertThat(hits(some, 0, 1, best[0])).isZero();
    assertThat(hits(some, 0, 1, best[4])).isEqualTo(1);
  }

  @Test
  void aFileThatIsTooShortIsRefusedWithItsSize() throws IOException {
    Path file = work.resolve("short.ibin");
    Files.write(file, new byte[] {1, 0, 0, 0, 5, 0, 0, 0, 9});

    assertThatThrownBy(() -> Truth.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("1 queries of 5 neighbours, which take 40 bytes, and has 1");
  }
}
