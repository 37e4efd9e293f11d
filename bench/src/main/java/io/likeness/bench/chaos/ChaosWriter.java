package io.likeness.bench.chaos;

import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.chaos.History.Change;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Adds, changes and deletes the images of an instance of its own, by ready vectors, through
 * whatever happens; one thread. Each image carries the number of the write it comes from as a tag.
 */
final class ChaosWriter implements Runnable {

  /** Of every image's tag, so that a filter alone finds all. */
  static final String ALL = "all";

  static final String MARK = "mark";

  private static final int IDS = 80;
  private static final Duration BACK_OFF = Duration.ofMillis(100);

  /** Between writes: what is asked is not how fast it goes. */
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final ApiClient api;
  private final String instance;
  private final int dimensions;
  private final SplittableRandom random;
  private final History history = new History();
  // Held for one write at a time; whoever takes it knows that no write is under way.
  private final ReentrantLock turn = new ReentrantLock(true);
  private volatile boolean stopped;
  private long mark;

  ChaosWriter(ApiClient api, String instance, int dimensions, long seed) {
    this.api = api;
    this.instance = instance;
    this.dimensions = dimensions;
    this.random = new SplittableRandom(seed);
  }

  String instance() {
    return instance;
  }

  History history() {
    return history;
  }

  /** Returns once no write is under way; only the same thread may {@link #resume}. */
  void pause() {
    turn.lock();
  }

  void resume() {
    turn.unlock();
  }

  void stop() {
    stopped = true;
    if (turn.isHeldByCurrentThread()) {
      turn.unlock();
    }
  }

  @Override
  public void run() {
    while (!stopped) {
      boolean taken;
      turn.lock();
      try {
        taken = stopped || write();
      } finally {
        turn.unlock();
      }
      LockSupport.parkNanos((taken ? PAUSE : BACK_OFF).toNanos());
    }
  }

  /** One write; false where it was not acknowledged. */
  private boolean write() {
    String id = "i" + random.nextInt(IDS);
    int die = random.nextInt(10);
    Change change = die < 5 ? Change.ADD : die < 8 ? Change.UPDATE : Change.DELETE;
    mark++;
    history.sent(id, change, mark);
    try {
      Answer answer = send(id, change);
      String token =
          answer.status() == 200 || answer.status() == 202
              ? answer.json().getString("token", "")
              : "";
      if (token.isEmpty()) {
        return false;
      }
      history.acknowledged(id, change, mark, token);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Answer send(String id, Change change) throws IOException {
    JsonObject tags = new JsonObject().put(ALL, "yes").put(MARK, Long.toString(mark));
    String path = ApiClient.imagePath(instance, id) + "?wait=0";
    return switch (change) {
      case ADD -> {
        JsonArray vector = new JsonArray();
        for (int i = 0; i < dimensions; i++) {
          vector.add(random.nextInt(-1_000, 1_000) / 1_000.0);
        }
        JsonObject body = new JsonObject().put("vector", vector).put("tags", tags);
        yield api.call("PUT", path, BodyPublishers.ofString(body.encode()), "application/json");
      }
      case UPDATE ->
          api.call(
              "PATCH",
              path,
              BodyPublishers.ofString(new JsonObject().put("tags", tags).encode()),
              "application/json");
      case DELETE -> api.delete(instance, id, "0");
    };
  }
}
