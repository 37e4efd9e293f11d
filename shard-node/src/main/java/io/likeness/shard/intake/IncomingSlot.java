package io.likeness.shard.intake;

import io.likeness.wire.HeldSlotState;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.SlotPhase;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A slot this node shall hold whose data is brought from elsewhere, on a thread of its own.
 *
 * <pre>
 * COMING  waits for a place, copies, or pauses after a failure
 *    |
 *    +---> LANDED    its folder stands and can be opened
 *    +---> FROM_LOG  nobody can give it; the log has all of it
 *    +---> ENDED     it was no longer wanted; nothing of it is left
 * </pre>
 *
 * <p>As long as somebody says that it has the slot and is busy, this waits: the log would do, at
 * the price of building every graph again. Somebody who cannot be reached is tried a few times.
 * Where the log does not reach back to what the slot has, there is no way but a copy, and this
 * never gives up; nothing is ever passed over in silence.
 */
final class IncomingSlot implements Supply.Progress {

  enum Phase {
    COMING,
    LANDED,
    FROM_LOG,
    ENDED
  }

  private static final Logger log = LoggerFactory.getLogger(IncomingSlot.class);
  private static final int FAILURES_MAX = 5;
  static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(30);
  private static final long LOOK_MILLIS = 200;

  private final Supply.Want want;
  private final Supply supply;
  private final Semaphore places;
  private final Duration firstPause;
  private final ShardMeters meters;
  private final Runnable done;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private volatile long term;
  private volatile Phase phase = Phase.COMING;
  private volatile long toCopy;
  private volatile long copied;
  private volatile String trouble = "";
  private volatile boolean wanted = true;

  /**
   * @param places how many may copy at a time
   * @param firstPause after an attempt that brought nothing; it doubles
   * @param done called at the end, on the slot's thread
   */
  IncomingSlot(
      Supply.Want want,
      long term,
      Supply supply,
      Semaphore places,
      Duration firstPause,
      ShardMeters meters,
      Runnable done) {
    this.want = want;
    this.term = term;
    this.supply = supply;
    this.places = places;
    this.firstPause = firstPause;
    this.meters = meters;
    this.done = done;
    this.thread =
        Thread.ofPlatform()
            .name("shard-incoming-" + want.slot())
            .daemon(true)
            .unstarted(() -> run());
  }

  void start() {
    thread.start();
  }

  int number() {
    return want.slot();
  }

  Phase phase() {
    return phase;
  }

  void renew(long newTerm) {
    term = Math.max(term, newTerm);
  }

  /** For whoever decides about moves. */
  HeldSlotState state() {
    return HeldSlotState.newBuilder()
        .setSlot(want.slot())
        .setTerm(term)
        .setPhase(SlotPhase.COPYING)
        .setPosition(
            ShardPosition.newBuilder()
                .setSlot(want.slot())
                .setAppliedOffset(Math.min(want.contained(), want.logEnds()))
                .setEndOffset(want.logEnds()))
        .setBytesCopied(copied)
        .setBytesToCopy(toCopy)
        .setTrouble(trouble)
        .build();
  }

  // ---- The thread ----

  private void run() {
    Phase end = Phase.ENDED;
    try {
      end = bring();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (end == Phase.FROM_LOG || !wanted) {
      try {
        supply.discard(want.slot());
      } catch (IOException e) {
        log.warn("what was copied of slot {} stays: {}", want.slot(), e.toString());
      }
    }
    phase = end;
    done.run();
  }

  private Phase bring() throws InterruptedException {
    int failures = 0;
    for (int attempt = 0; !isStopping(); attempt++) {
      switch (attempt()) {
        case Supply.Outcome.Landed landed -> {
          log.info(
              "slot {} was copied up to {}: {} bytes", want.slot(), landed.nextOffset(), copied);
          return Phase.LANDED;
        }
        case Supply.Outcome.Busy busy -> trouble = busy.reason();
        case Supply.Outcome.Failed failed -> {
          if (isStopping()) {
            return Phase.ENDED;
          }
          failures++;
          meters.copyFailed();
          trouble = failed.reason();
          log.warn("slot {} could not be copied: {}", want.slot(), failed.reason());
          if (failures >= FAILURES_MAX && want.isInLog()) {
            return Phase.FROM_LOG;
          }
        }
        case Supply.Outcome.Nowhere nowhere -> {
          if (want.isInLog()) {
            return Phase.FROM_LOG;
          }
          if (trouble.isEmpty()) {
            log.error("slot {} cannot be served: {}", want.slot(), lacks(nowhere.reason()));
          }
          trouble = lacks(nowhere.reason());
        }
      }
      long pause = firstPause.toMillis() << Math.min(10, attempt);
      if (stopping.await(Math.min(PAUSE_MAX.toMillis(), pause), TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    return Phase.ENDED;
  }

  private String lacks(String reason) {
    return "the log begins at %d and this node has the records before %d; %s"
        .formatted(want.logBegins(), want.contained(), reason);
  }

  private Supply.Outcome attempt() throws InterruptedException {
    while (!places.tryAcquire(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      if (isStopping()) {
        return new Supply.Outcome.Busy("");
      }
    }
    meters.copyBegins();
    try {
      return supply.bring(want, this);
    } catch (RuntimeException e) {
      log.error("slot {} cannot be brought", want.slot(), e);
      return new Supply.Outcome.Failed(e.toString());
    } finally {
      meters.copyEnds();
      places.release();
    }
  }

  // ---- Told by the supply ----

  @Override
  public void toCopy(long bytes) {
    toCopy = bytes;
    copied = 0;
    trouble = "";
  }

  @Override
  public void copied(long bytes) {
    // One thread writes.
    copied = copied + bytes;
    meters.copied(bytes, false);
  }

  @Override
  public void check() throws InterruptedIOException {
    if (isStopping()) {
      throw new InterruptedIOException("slot " + want.slot() + " is no longer wanted");
    }
  }

  // ---- Ends ----

  private boolean isStopping() {
    return stopping.getCount() == 0;
  }

  /** The slot is not this node's any more: its thread ends soon, and takes away what it brought. */
  void abort() {
    wanted = false;
    stopping.countDown();
  }

  /** The node stops: what was brought stays for its next start. */
  void stop() {
    stopping.countDown();
  }

  /** After it was told to stop. */
  void awaitEnd() {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
