package io.likeness.bench.kill;

import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;

/** Adds and deletes without pause, through whatever happens to the system. One thread. */
final class Writer implements Runnable {

  private static final int IDS = 60;
  private static final int PICTURES = 24;
  private static final Duration BACK_OFF = Duration.ofMillis(100);

  private final String name;
  private final ApiClient api;
  private final String instance;
  private final SplittableRandom random;
  private final List<byte[]> pictures;
  private final Ledger ledger = new Ledger();
  private volatile boolean stopped;
  // Held for one change at a time; whoever takes it knows that no change is under way.
  private final ReentrantLock turn = new ReentrantLock(true);

  Writer(String name, ApiClient api, String instance, long seed) {
    this.name = name;
    this.api = api;
    this.instance = instance;
    this.random = new SplittableRandom(seed);
    this.pictures = LongStream.range(0, PICTURES).mapToObj(i -> Pictures.jpeg(seed + i)).toList();
  }

  Ledger ledger() {
    return ledger;
  }

  /** Returns once no change is under way; only the same thread may {@link #resume}. */
  void pause() {
    turn.lock();
  }

  void resume() {
    turn.unlock();
  }

  /** Ends after the change under way, paused or not. */
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
        taken = stopped || change();
      } finally {
        turn.unlock();
      }
      if (!taken) {
        LockSupport.parkNanos(BACK_OFF.toNanos());
      }
    }
  }

  /** One change; false where the system did not take it. */
  private boolean change() {
    String id = name + "-" + random.nextInt(IDS);
    boolean add = random.nextInt(5) < 3;
    ledger.unanswered(id);
    try {
      Answer answer =
          add
              ? api.add(instance, id, pictures.get(random.nextInt(PICTURES)), "0")
              : api.delete(instance, id, "0");
      // A deletion of what is not there is answered too, and must hold as well.
      boolean taken =
          answer.status() == 200 || answer.status() == 202 || (!add && answer.status() == 204);
      if (taken && add) {
        ledger.acknowledgedAdd(id);
      } else if (taken) {
        ledger.acknowledgedDelete(id);
      }
      return taken;
    } catch (IOException e) {
      return false;
    }
  }
}
