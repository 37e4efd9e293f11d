package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CalibrationTest {

  private static final int DIMENSIONS = 48;
  private static final int DIRECTIONS = 12;
  private static final int PICTURES = 400;
  private static final int PARTS = 20;
  private static final int QUERIES = 200;
  private static final int NEAREST = 10;

  private final Random random = new Random(3);

  /** Pictures differ in a few of all directions, their parts too. */
  private float[] unit(float[] around, double spread) {
    float[] vector = around.clone();
    for (int i = 0; i < DIRECTIONS; i++) {
      vector[i] += (float) (spread * random.nextGaussian());
    }
    float length = (float) Math.sqrt(Dots.dot(vector, vector));
    for (int i = 0; i < DIMENSIONS; i++) {
      vector[i] /= length;
    }
    return vector;
  }

  /** Each row has its like among the rows, a query has not: what rows need finds 0.81 for it. */
  @Test
  void effortsFindTheNearestOfPicturesUnlikeAnyRow() throws IOException {
    float[] nowhere = new float[DIMENSIONS];
    float[][] values = new float[PICTURES * PARTS][];
    for (int picture = 0; picture < PICTURES; picture++) {
      float[] whole = unit(nowhere, 1);
      for (int part = 0; part < PARTS; part++) {
        values[part * PICTURES + picture] = unit(whole, 0.15);
      }
    }
    RowsInMemory rows = new RowsInMemory(values);
    try (Arena arena = Arena.ofShared()) {
      GraphFile graph = graph(rows, arena);

      Calibration measured = Calibration.Sample.of(rows, DIMENSIONS).measure(graph, 0.95);

      assertThat(measured.recall()).isGreaterThanOrEqualTo(0.95);
      long found = 0;
      for (int i = 0; i < QUERIES; i++) {
        found += found(graph, rows, unit(nowhere, 1), measured.effortFor10());
      }
      assertThat(found / (double) (QUERIES * NEAREST)).isGreaterThanOrEqualTo(0.85);
    }
  }

  private static GraphFile graph(RowsInMemory rows, Arena arena) throws IOException {
    ForkJoinPool pool = ForkJoinPool.commonPool();
    Bf16Scores scores = new Bf16Scores(rows::copyTo, rows.rows(), DIMENSIONS, arena);
    try (GraphIndexBuilder builder =
        new GraphIndexBuilder(scores, DIMENSIONS, 16, 40, 1.2f, 1.2f, true, false, pool, pool)) {
      for (int node = 0; node < rows.rows(); node++) {
        builder.addGraphNode(node, scores.searchProviderFor(node));
      }
      builder.cleanup();
      Codec codec = Codec.learn(rows, Projection.learn(rows, DIMENSIONS, DIMENSIONS), DIMENSIONS);
      int[] vids = IntStream.range(0, rows.rows()).toArray();
      return GraphFile.make(builder.getGraph(), vids, rows, codec, arena);
    }
  }

  private static int found(GraphFile graph, RowsInMemory rows, float[] query, int effort) {
    TopVids nearest = new TopVids(NEAREST, Float.NEGATIVE_INFINITY);
    for (int row = 0; row < rows.rows(); row++) {
      nearest.offer(rows.score(row, query), row);
    }
    Scratch scratch = Scratch.own();
    Codec.Query coded = graph.codes().codec().query(query);
    new GraphWalk(graph, graph.codes().scorer(coded), scratch, Deadline.NONE)
        .run(graph.start(coded), row -> true, effort, Float.NEGATIVE_INFINITY);
    int found = 0;
    for (int i = 0; i < scratch.frontier.size(); i++) {
      float score = rows.score(scratch.frontier.row(i), query);
      found += score >= nearest.best(NEAREST) ? 1 : 0;
    }
    return found;
  }
}
