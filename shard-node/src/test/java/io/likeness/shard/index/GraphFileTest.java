package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.NodesIterator;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphFileTest {

  private static final int DIMENSIONS = 24;

  @TempDir Path folder;

  private static RowsInMemory rows(int count) {
    Random random = new Random(count);
    float[][] rows = new float[count][DIMENSIONS];
    for (float[] row : rows) {
      for (int i = 0; i < DIMENSIONS; i++) {
        row[i] = (float) random.nextGaussian();
      }
      float length = (float) Math.sqrt(Dots.dot(row, row));
      for (int i = 0; i < DIMENSIONS; i++) {
        row[i] /= length;
      }
    }
    return new RowsInMemory(rows);
  }

  @Test
  void readsBackWhatItWrote() throws IOException {
    for (int count : new int[] {1, 2, 3, 17, 256, 257, 1_000}) {
      for (int gap : new int[] {1, 3}) {
        roundTrip(count, gap);
      }
    }
  }

  private void roundTrip(int count, int gap) throws IOException {
    RowsInMemory rows = rows(count);
    int[] vids = new int[count];
    for (int i = 0; i < count; i++) {
      vids[i] = 50 + i * gap;
    }
    Path file = folder.resolve("graph-" + count + "-" + gap);
    ForkJoinPool pool = ForkJoinPool.commonPool();
    try (Arena arena = Arena.ofShared()) {
      Bf16Scores scores = new Bf16Scores(rows::copyTo, count, DIMENSIONS, arena);
      GraphIndexBuilder builder =
          new GraphIndexBuilder(scores, DIMENSIONS, 8, 20, 1.2f, 1.2f, true, false, pool, pool);
      for (int node = 0; node < count; node++) {
        builder.addGraphNode(node, scores.searchProviderFor(node));
      }
      builder.cleanup();
      ImmutableGraphIndex graph = builder.getGraph();
      Codec codec = Codec.learn(rows, Projection.learn(rows, DIMENSIONS, 32), 32);
      GraphFile made = GraphFile.make(graph, vids, rows, codec, arena);
      made.calibrate(new Calibration(1, 300, 15, 0.25f, 20, 110));
      int checksum = made.write(file);

      GraphFile read = GraphFile.open(file, count, made.bytes(), checksum, arena);

      assertThat(Files.size(file)).isEqualTo(read.bytes());
      assertThat(read.codes().margin()).isEqualTo(0.25f);
      assertThat(read.effort(10)).isEqualTo(20);
      assertThat(read.effort(100)).isEqualTo(Math.min(110, count));
      try (ImmutableGraphIndex.View view = graph.getView()) {
        int[] near = new int[read.degree()];
        for (int node = 0; node < count; node++) {
          List<Integer> expected = new ArrayList<>();
          for (NodesIterator each = view.getNeighborsIterator(0, node); each.hasNext(); ) {
            expected.add(each.nextInt());
          }
          while (expected.size() < near.length) {
            expected.add(node);
          }
          read.neighbours(node, near);
          assertThat(near).containsExactly(expected.stream().mapToInt(i -> i).toArray());
          assertThat(read.vid(node)).isEqualTo(vids[node]);
          assertThat(read.rowOf(vids[node], 0)).isEqualTo(node);
        }
      }
      float[] query = rows.values()[count / 2];
      Codes.Scorer before = made.codes().scorer(query);
      Codes.Scorer after = read.codes().scorer(query);
      for (int node = 0; node < count; node++) {
        assertThat(after.score(node)).isEqualTo(before.score(node));
      }
      assertThat(read.start(codec.query(query))).isBetween(0, count - 1);
      assertThatThrownBy(() -> GraphFile.open(file, count, made.bytes(), checksum + 1, arena))
          .isInstanceOf(CorruptShardException.class)
          .hasMessageContaining("checksum");
      assertThatThrownBy(() -> GraphFile.open(file, count, made.bytes() + 1, checksum, arena))
          .isInstanceOf(CorruptShardException.class);
    }
  }
}
