package io.likeness.bench.engine.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.DataSets;
import io.likeness.bench.engine.data.Subset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over the pipe: what the parent asks is what the child measures. */
final class EngineChildTest {

  private static final int ROWS = 3_000;
  private static final int QUERIES = 12;

  @TempDir private Path work;
  private DataSet data;

  @BeforeEach
  void generate() throws IOException {
    data = new DataSets(work, line -> {}).generated(ROWS, 24, QUERIES, 3);
    data.computeTruth(List.of(Subset.ALL, Subset.HUNDREDTH), 20, QUERIES, line -> {});
  }

  @AfterEach
  void close() {
    data.close();
  }

  private EngineChild start(String engine) throws IOException {
    return EngineChild.start(
        engine, data.folder(), work, List.of("-Xmx256m"), work.resolve("engine.log"));
  }

  @Test
  void exactSearchFindsAllOfEveryKind() throws IOException {
    Ask ask = Ask.nearest(10, QUERIES, 20, QUERIES);
    try (EngineChild child = start("brute")) {
      assertThat(child.open().diskBytes()).isEqualTo(ROWS * 24L * Float.BYTES);

      assertThat(child.run(ask).recall()).isEqualTo(1);
      assertThat(child.run(ask.behind(7)).recall()).isEqualTo(1);
      assertThat(child.run(ask.within(Subset.HUNDREDTH)).recall()).isEqualTo(1);
      assertThat(child.run(ask.queries(3, 5)).queries()).isEqualTo(5);
      assertThat(child.run(ask.queries(3, 5)).recall()).isEqualTo(1);
      assertThat(child.run(ask.atMost(0)).queries()).isZero();
      assertThat(child.run(ask).timing().cpu()).isPositive();
    }
  }

  @Test
  void aChildThatFailsSaysWhereTheReasonStands() throws IOException {
    try (EngineChild child = start("lucene")) {
      assertThatThrownBy(child::open)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("engine lucene ended during {\"do\":\"open\"}")
          .hasMessageContaining("engine.log");
    }
    assertThat(work.resolve("engine.log")).content().contains("IndexNotFoundException");
  }
}
