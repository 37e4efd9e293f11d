package io.likeness.bench.chaos;

import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.chaos.History.Demand;
import io.likeness.bench.chaos.History.Seen;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * Searches without pause, through whatever happens; one thread. Most searches demand nothing and
 * must not fail; one in {@link #DEMANDING} demands the last writes of its instance and is compared
 * with them. Those may fail: what cannot be shown in time is refused, and not answered with less.
 */
final class ChaosSearcher implements Runnable {

  private static final int DEMANDING = 8;
  private static final int DEMANDED_MAX = 100;
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** A dozen processes on a few busy cores are slow; what is asked is whether anybody answers. */
  private static final String DEADLINE = "10s";

  private static final int TOLD_MAX = 20;

  private final ApiClient api;
  private final List<ChaosWriter> writers;
  private final int dimensions;
  private final SplittableRandom random;
  private volatile boolean stopped;
  private Counts counts = Counts.NONE;
  private final List<String> faults = new ArrayList<>();

  ChaosSearcher(ApiClient api, List<ChaosWriter> writers, int dimensions, long seed) {
    this.api = api;
    this.writers = writers;
    this.dimensions = dimensions;
    this.random = new SplittableRandom(seed);
  }

  void stop() {
    stopped = true;
  }

  /** What was counted since this was last asked. */
  synchronized Counts take() {
    Counts taken = counts;
    counts = Counts.NONE;
    return taken;
  }

  synchronized List<String> takeFaults() {
    List<String> taken = List.copyOf(faults);
    faults.clear();
    return taken;
  }

  @Override
  public void run() {
    while (!stopped) {
      ChaosWriter writer = writers.get(random.nextInt(writers.size()));
      if (random.nextInt(DEMANDING) == 0) {
        demanding(writer);
      } else {
        plain(writer);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void plain(ChaosWriter writer) {
    JsonArray vector = new JsonArray();
    for (int i = 0; i < dimensions; i++) {
      vector.add(random.nextInt(-1_000, 1_000) / 1_000.0);
    }
    JsonObject request =
        new JsonObject().put("vector", vector).put("limit", 20).put("deadline", DEADLINE);
    long begun = System.nanoTime();
    String failure = "";
    boolean partial = false;
    try {
      Answer answer = api.search(writer.instance(), request);
      if (answer.status() == 200) {
        Seen seen = seen(answer.json());
        note(History.faultsOf(seen, 1));
        partial = !seen.isWhole();
      } else {
        failure = answer.status() + ": " + answer.text();
      }
    } catch (IOException e) {
      failure = String.valueOf(e.getMessage());
    }
    if (!failure.isEmpty() && !stopped) {
      failed(failure);
    }
    count(
        new Counts(
            1,
            failure.isEmpty() ? 0 : 1,
            partial ? 1 : 0,
            0,
            0,
            Duration.ofNanos(System.nanoTime() - begun)));
  }

  private void demanding(ChaosWriter writer) {
    Demand demand;
    Seen seen;
    // Nobody may write in between: what is demanded would be known no more.
    writer.pause();
    try {
      demand = writer.history().demand(DEMANDED_MAX);
      JsonObject request =
          new JsonObject()
              .put("tags", new JsonObject().put(ChaosWriter.ALL, "yes"))
              .put("limit", 1_000)
              .put("tokens", new JsonArray(demand.tokens()));
      Answer answer = api.search(writer.instance(), request);
      if (answer.status() != 200) {
        count(new Counts(0, 0, 0, 1, 1, Duration.ZERO));
        return;
      }
      seen = seen(answer.json());
    } catch (IOException e) {
      count(new Counts(0, 0, 0, 1, 1, Duration.ZERO));
      return;
    } finally {
      writer.resume();
    }
    List<String> wrong = new ArrayList<>(History.faultsOf(seen, 1));
    wrong.addAll(History.faultsOf(seen, demand));
    note(wrong);
    count(new Counts(0, 0, 0, 1, 0, Duration.ZERO));
  }

  static Seen seen(JsonObject answer) {
    List<Seen.Hit> hits = new ArrayList<>();
    JsonArray all = answer.getJsonArray("hits");
    for (int i = 0; i < all.size(); i++) {
      JsonObject hit = all.getJsonObject(i);
      hits.add(new Seen.Hit(hit.getString("id"), mark(hit)));
    }
    JsonObject coverage = answer.getJsonObject("coverage");
    return new Seen(hits, coverage.getInteger("asked"), coverage.getInteger("answered"));
  }

  /** Of a hit, or of an image in a list. */
  static long mark(JsonObject image) {
    return Long.parseLong(
        image.getJsonObject("tags", new JsonObject()).getString(ChaosWriter.MARK, "0"));
  }

  private final List<String> failures = new ArrayList<>();

  private synchronized void failed(String how) {
    if (failures.size() < TOLD_MAX) {
      failures.add(how.substring(0, Math.min(200, how.length())));
    }
  }

  synchronized List<String> takeFailures() {
    List<String> taken = List.copyOf(failures);
    failures.clear();
    return taken;
  }

  private synchronized void note(List<String> found) {
    if (faults.size() < TOLD_MAX) {
      faults.addAll(found);
    }
  }

  private synchronized void count(Counts more) {
    counts = counts.plus(more);
  }
}
