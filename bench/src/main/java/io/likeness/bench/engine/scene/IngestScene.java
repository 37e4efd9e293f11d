package io.likeness.bench.engine.scene;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.rival.Changing;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * How soon is a ready vector found when 500 come each second, and what do searches lose? One thread
 * searches without pause; as in a shard node, one puts, one shows what was put 100 ms after it last
 * did, one commits every 5 seconds, and one builds and merges. A row waits from the moment it is
 * due, not from when the engine gets around to it. All of it is done for some seconds before
 * anything is measured, as a shard node has been running for longer than the compiler takes.
 */
final class IngestScene implements Scene {

  private static final int PER_SECOND = 500;
  private static final int FILLED = 5_000;
  private static final int WARM_SECONDS = 10;
  private static final long SHOW_EVERY_MILLIS = 100;
  private static final long COMMIT_EVERY_MILLIS = 5_000;
  private static final long TIDY_EVERY_MILLIS = 200;
  private static final double MILLI = 1e6;

  @Override
  public JsonObject play(Stage stage) throws IOException, InterruptedException {
    DataSet data = stage.data();
    int warmed = Load.SETTLING + PER_SECOND * WARM_SECONDS;
    int measured = warmed + PER_SECOND * stage.seconds();
    float[][] further = data.further(measured + FILLED);
    Probe probe = new Probe(stage, data.members(Subset.ALL));
    JsonObject figures = new JsonObject();
    try (Changing engine = Engines.changing(stage.engine(), stage.folder())) {
      engine.show();
      int effort = probe.effort(engine);
      probe.warm(engine, effort, stage);
      figures.put("effort", effort);
      Load load = new Load(probe, effort);
      int next = data.base().count();
      load.settleIn(engine, Arrays.copyOf(further, Load.SETTLING), next);
      float[][] warming = Arrays.copyOfRange(further, Load.SETTLING, warmed);
      new Adding(engine, warming, next + Load.SETTLING).beside(load);
      stage.say().accept("searching alone");
      Load.Felt alone = load.forSeconds(engine, stage.seconds());
      alone.into(figures, "alone");
      stage.say().accept("adding %d a second".formatted(PER_SECOND));
      float[][] fresh = Arrays.copyOfRange(further, warmed, measured);
      Adding adding = new Adding(engine, fresh, next + warmed);
      Load.Felt beside = adding.beside(load);
      beside.into(figures, "adding");
      figures
          .put("share_of_searches_kept", beside.perSecond() / alone.perSecond())
          .put("added_a_second", adding.rate())
          .put("visible_after_p50_ms", adding.waited(0.5))
          .put("visible_after_p99_ms", adding.waited(0.99))
          .put("visible_after_longest_ms", adding.waited(1));
      stage.say().accept(engine.state());
      float[][] filled = Arrays.copyOfRange(further, measured, further.length);
      figures.put("filled_a_cpu_second", filled(engine, filled, next + measured));
    }
    return figures;
  }

  /** What threads of the engine's own do is not counted. */
  private static double filled(Changing engine, float[][] rows, int firstNumber)
      throws IOException {
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    Load.fill(engine, rows, firstNumber);
    cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpu;
    return rows.length * 1e9 / Math.max(1, cpu);
  }

  /** Rows that are due at a steady pace. The counters are shared; each array has one writer. */
  private static final class Adding {

    private final Changing engine;
    private final float[][] rows;
    private final int firstNumber;
    private final long begun = System.nanoTime();
    private final long[] waited;
    private final AtomicInteger put = new AtomicInteger();
    private final AtomicInteger shown = new AtomicInteger();
    private volatile long ended;

    Adding(Changing engine, float[][] rows, int firstNumber) {
      this.engine = engine;
      this.rows = rows;
      this.firstNumber = firstNumber;
      this.waited = new long[rows.length];
    }

    /** Adds them all while searches go on. */
    Load.Felt beside(Load load) throws IOException, InterruptedException {
      try (Crew crew = new Crew()) {
        crew.run("put", this::put);
        crew.every("show", SHOW_EVERY_MILLIS, this::show);
        crew.every("commit", COMMIT_EVERY_MILLIS, engine::commit);
        crew.every("tidy", TIDY_EVERY_MILLIS, engine::tidy);
        return load.until(engine, () -> ended != 0 || crew.hasFailed());
      }
    }

    private long due(int row) {
      return begun + row * TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
    }

    private void put() throws IOException {
      for (int row = 0; row < rows.length; row++) {
        long rest;
        while ((rest = due(row) - System.nanoTime()) > 0) {
          LockSupport.parkNanos(rest);
          if (Thread.currentThread().isInterrupted()) {
            return;
          }
        }
        engine.put(firstNumber + row, rows[row]);
        put.set(row + 1);
      }
    }

    private void show() throws IOException {
      int count = put.get();
      engine.show();
      long now = System.nanoTime();
      for (int row = shown.get(); row < count; row++) {
        waited[row] = now - due(row);
      }
      shown.set(count);
      if (count == rows.length && ended == 0) {
        ended = now;
      }
    }

    double rate() {
      return rows.length * 1e9 / Math.max(1, ended - begun);
    }

    double waited(double share) {
      long[] sorted = Arrays.copyOf(waited, shown.get());
      Arrays.sort(sorted);
      return Probe.rank(sorted, share) / MILLI;
    }
  }
}
