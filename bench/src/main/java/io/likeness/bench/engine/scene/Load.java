package io.likeness.bench.engine.scene;

import io.likeness.bench.engine.rival.Changing;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** One thread that searches without pause, and how long that took each time. */
final class Load {

  /** Of rows that settle an engine in: a seal of the shard and some. */
  static final int SETTLING = 17_000;

  private static final int SHOWN_EVERY = 500;
  private static final double MICRO = 1e3;
  private static final double SECOND = 1e9;
  private static final int FIRST_ROOM = 1 << 16;

  private final Probe probe;
  private final int effort;
  private int next;

  Load(Probe probe, int effort) {
    this.probe = probe;
    this.effort = effort;
  }

  /**
   * @param perSecond searches
   */
  record Felt(double perSecond, double cpu, double p50, double p99, double longest) {

    void into(JsonObject figures, String prefix) {
      figures
          .put(prefix + "_searches_a_second", perSecond)
          .put(prefix + "_cpu_us", cpu)
          .put(prefix + "_p50_us", p50)
          .put(prefix + "_p99_us", p99)
          .put(prefix + "_longest_us", longest);
    }
  }

  /**
   * What a node has done long ago and the compiler has got over with: rows are put, a graph is made
   * of them, and all the while searches go on.
   */
  void settleIn(Changing engine, float[][] rows, int firstNumber)
      throws IOException, InterruptedException {
    fill(engine, rows, firstNumber);
    AtomicBoolean tidied = new AtomicBoolean();
    try (Crew crew = new Crew()) {
      crew.run(
          "tidy",
          () -> {
            engine.tidy();
            tidied.set(true);
          });
      until(engine, () -> tidied.get() || crew.hasFailed());
    }
  }

  /** Puts and shows as fast as it goes. */
  static void fill(Changing engine, float[][] rows, int firstNumber) throws IOException {
    for (int row = 0; row < rows.length; row++) {
      engine.put(firstNumber + row, rows[row]);
      if (row % SHOWN_EVERY == SHOWN_EVERY - 1) {
        engine.show();
      }
    }
    engine.show();
  }

  Felt forSeconds(Changing engine, int seconds) throws IOException {
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    return until(engine, () -> System.nanoTime() >= end);
  }

  Felt until(Changing engine, BooleanSupplier done) throws IOException {
    long[] nanos = new long[FIRST_ROOM];
    int count = 0;
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    long begun = System.nanoTime();
    while (!done.getAsBoolean()) {
      long start = System.nanoTime();
      engine.search(probe.query(next++ & Integer.MAX_VALUE), Probe.K, effort);
      if (count == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * count);
      }
      nanos[count++] = System.nanoTime() - start;
    }
    long took = Math.max(1, System.nanoTime() - begun);
    cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return new Felt(
        count * SECOND / took,
        cpu / MICRO / Math.max(1, count),
        Probe.rank(sorted, 0.5) / MICRO,
        Probe.rank(sorted, 0.99) / MICRO,
        Probe.rank(sorted, 1) / MICRO);
  }
}
