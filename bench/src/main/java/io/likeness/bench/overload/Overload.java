package io.likeness.bench.overload;

import io.likeness.bench.Latencies;
import io.likeness.bench.api.Answer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;

/** The measuring itself. */
final class Overload {

  /** Searches at a time in the closed loop. */
  private static final int[] AT_A_TIME = {1, 2, 4, 8, 16, 32, 64};

  /** Of the driver's own: what would be more is not sent, and counted. */
  private static final int UNDER_WAY_MAX = 2_000;

  private static final int STATUS_OK = 200;
  private static final int STATUS_BUSY = 429;

  private final Asker flood;
  private final Asker quiet;
  private final int seconds;
  private final int times;

  Overload(Asker flood, Asker quiet, int seconds, int times) {
    this.flood = flood;
    this.quiet = quiet;
    this.seconds = seconds;
    this.times = times;
  }

  /** What came of one line. */
  private static final class Tally {
    private final Latencies good = new Latencies();
    private final LongAdder busy = new LongAdder();
    private final LongAdder busyWithoutWord = new LongAdder();
    private final LongAdder other = new LongAdder();
    private final LongAdder notSent = new LongAdder();

    void ask(Asker asker, int number, long due) {
      try {
        Answer answer = asker.search(number);
        if (answer.status() == STATUS_OK) {
          good.add(System.nanoTime() - due);
        } else if (answer.status() == STATUS_BUSY) {
          busy.increment();
          if (answer.header("Retry-After").isEmpty()) {
            busyWithoutWord.increment();
          }
        } else {
          other.increment();
        }
      } catch (IOException e) {
        other.increment();
      }
    }

    JsonObject json(double took) {
      return good.json()
          .put("answered_per_second", rounded(good.count() / took))
          .put("refused_429", busy.sum())
          .put("without_retry_after", busyWithoutWord.sum())
          .put("failed_otherwise", other.sum())
          .put("not_sent", notSent.sum());
    }
  }

  JsonObject run() throws InterruptedException {
    JsonObject result = new JsonObject();
    // For the compiler.
    Tally unused = closed(8, Math.max(5, seconds / 2));
    double peak = 0;
    for (int threads : AT_A_TIME) {
      long begun = System.nanoTime();
      Tally tally = closed(threads, Math.max(3, seconds / 3));
      double perSecond = tally.good.count() / secondsSince(begun);
      result.put("closed_" + threads + "_per_second", rounded(perSecond));
      peak = Math.max(peak, perSecond);
    }
    result.put("peak_per_second", rounded(peak));
    double quietRate = Math.max(2, peak / 20);
    JsonObject alone = open(0, quietRate).quiet();
    Both both = open(times * peak, quietRate);
    double goodput =
        both.flood().getDouble("answered_per_second")
            + both.quiet().getDouble("answered_per_second");
    return result
        .put("offered_per_second", rounded(times * peak))
        .put("goodput_per_second", rounded(goodput))
        .put("goodput_of_peak", rounded(goodput / peak * 100) / 100)
        .put("flood", both.flood())
        .put("quiet_rate_per_second", rounded(quietRate))
        .put("quiet_alone", alone)
        .put("quiet_beside_flood", both.quiet());
  }

  private Tally closed(int threads, int forSeconds) throws InterruptedException {
    Tally tally = new Tally();
    long end = System.nanoTime() + forSeconds * 1_000_000_000L;
    List<Thread> askers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int first = i;
      askers.add(
          Thread.startVirtualThread(
              () -> {
                for (int n = first; System.nanoTime() < end; n += threads) {
                  tally.ask(flood, n, System.nanoTime());
                }
              }));
    }
    for (Thread asker : askers) {
      asker.join();
    }
    return tally;
  }

  private record Both(JsonObject flood, JsonObject quiet) {}

  private Both open(double floodRate, double quietRate) throws InterruptedException {
    Tally flooding = new Tally();
    Tally asking = new Tally();
    long begun = System.nanoTime();
    Thread flooder = Thread.ofPlatform().start(() -> arrive(flood, floodRate, flooding));
    Thread asker = Thread.ofPlatform().start(() -> arrive(quiet, quietRate, asking));
    flooder.join();
    asker.join();
    double took = secondsSince(begun);
    return new Both(flooding.json(took), asking.json(took));
  }

  /** At a fixed rate; what is slow delays nobody behind it. */
  private void arrive(Asker asker, double rate, Tally tally) {
    Semaphore room = new Semaphore(UNDER_WAY_MAX);
    long begun = System.nanoTime();
    int count = (int) (rate * seconds);
    try {
      for (int i = 0; i < count; i++) {
        int number = i;
        long due = begun + (long) (i * 1e9 / rate);
        long early = due - System.nanoTime();
        if (early > 0) {
          Thread.sleep(early / 1_000_000, (int) (early % 1_000_000));
        }
        if (!room.tryAcquire()) {
          tally.notSent.increment();
          continue;
        }
        Thread.startVirtualThread(
            () -> {
              try {
                tally.ask(asker, number, due);
              } finally {
                room.release();
              }
            });
      }
      room.acquire(UNDER_WAY_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static double secondsSince(long begun) {
    return (System.nanoTime() - begun) / 1e9;
  }

  private static double rounded(double value) {
    return Math.round(value * 10) / 10.0;
  }
}
