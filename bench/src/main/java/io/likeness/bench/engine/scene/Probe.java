package io.likeness.bench.engine.scene;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Exact;
import io.likeness.bench.engine.data.Truth;
import io.likeness.bench.engine.rival.Changing;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalInt;

/** Asks a changing engine for the ten nearest among some rows of the data set. */
final class Probe {

  static final int K = 10;

  private static final double DEMANDED = 0.98;
  private static final int[] EFFORTS = {10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512};
  private static final double MICRO = 1e3;

  private final DataSet data;
  private final float[][] queries;
  private final Truth truth;

  /** The rows in question are the live ones. */
  Probe(Stage stage, BitSet live) {
    this.data = stage.data();
    this.queries = Arrays.copyOf(data.queries(), Math.min(stage.queries(), data.queries().length));
    int threads = Runtime.getRuntime().availableProcessors();
    this.truth =
        Truth.of(
            Exact.nearest(data.base(), this.queries, K, List.of(live), threads, done -> {})
                .getFirst(),
            K);
  }

  /** What a search costs and finds. */
  record Seen(double recall, double cpu, double p50, double p99) {

    /** Adds its figures to others, each name behind the prefix. */
    void into(JsonObject figures, String prefix) {
      figures
          .put(prefix + "_recall", recall)
          .put(prefix + "_cpu_us", cpu)
          .put(prefix + "_p50_us", p50)
          .put(prefix + "_p99_us", p99);
    }
  }

  Seen look(Changing engine, int effort) throws IOException {
    long[] nanos = new long[queries.length];
    int[][] answers = new int[queries.length][];
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    for (int i = 0; i < queries.length; i++) {
      long begun = System.nanoTime();
      answers[i] = engine.search(queries[i], K, effort);
      nanos[i] = System.nanoTime() - begun;
    }
    cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
    long hits = 0;
    long due = 0;
    for (int i = 0; i < queries.length; i++) {
      due += truth.due(i, 0, K);
      hits += truth.hits(i, 0, K, answers[i], data.base(), queries[i]);
    }
    Arrays.sort(nanos);
    return new Seen(
        due == 0 ? 1 : hits / (double) due,
        cpu / MICRO / queries.length,
        rank(nanos, 0.5) / MICRO,
        rank(nanos, 0.99) / MICRO);
  }

  /** Of sorted values the smallest that this share of all stayed within. */
  static long rank(long[] sorted, double share) {
    if (sorted.length == 0) {
      return 0;
    }
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }

  /** The engine's own, or the least that finds what is demanded. */
  int effort(Changing engine) throws IOException {
    OptionalInt own = engine.ownEffort();
    if (own.isPresent()) {
      return own.getAsInt();
    }
    for (int effort : EFFORTS) {
      if (look(engine, effort).recall() >= DEMANDED) {
        return effort;
      }
    }
    return EFFORTS[EFFORTS.length - 1];
  }

  void warm(Changing engine, int effort, Stage stage) throws IOException {
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < stage.warmNanos()) {
      look(engine, effort);
    }
  }

  float[] query(int number) {
    return queries[number % queries.length];
  }
}
