package io.likeness.shard.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.HeldSlotState;
import io.likeness.wire.SlotPhase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class IncomingSlotTest {

  private static final Supply.Outcome LANDED = new Supply.Outcome.Landed(90);
  private static final Supply.Outcome BUSY = new Supply.Outcome.Busy("enough to do");
  private static final Supply.Outcome FAILED = new Supply.Outcome.Failed("no answer");
  private static final Supply.Outcome NOWHERE = new Supply.Outcome.Nowhere("nobody serves it");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Semaphore places = new Semaphore(1);
  private final CountDownLatch done = new CountDownLatch(1);

  /** Answers as told; the last answer for ever. */
  private static class Scripted implements Supply {
    final Deque<Outcome> answers;
    int attempts;
    int discarded;

    Scripted(Outcome... answers) {
      this.answers = new ArrayDeque<>(List.of(answers));
    }

    @Override
    public void recover() {}

    @Override
    public boolean mayHave(int slot) {
      return true;
    }

    @Override
    public synchronized Outcome bring(Want want, Progress progress) {
      attempts++;
      progress.toCopy(100);
      progress.copied(40);
      return answers.size() == 1 ? answers.getFirst() : answers.removeFirst();
    }

    synchronized int attempts() {
      return attempts;
    }

    @Override
    public synchronized void discard(int slot) {
      discarded++;
    }

    @Override
    public boolean isElsewhere(int slot, long offset) {
      return false;
    }
  }

  private IncomingSlot start(long contained, long logBegins, Supply supply) {
    IncomingSlot slot =
        new IncomingSlot(
            new Supply.Want(7, "log-1", contained, logBegins, 100),
            1,
            supply,
            places,
            Duration.ofMillis(1),
            new ShardMeters(registry),
            done::countDown);
    slot.start();
    return slot;
  }

  private IncomingSlot.Phase end(IncomingSlot slot) throws InterruptedException {
    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
    return slot.phase();
  }

  private double failures() {
    return registry.get("likeness.shard.copy.failures").counter().count();
  }

  @Test
  void triesAgainUntilItLands() throws InterruptedException {
    Scripted supply = new Scripted(FAILED, BUSY, FAILED, LANDED);
    assertThat(end(start(0, 0, supply))).isEqualTo(IncomingSlot.Phase.LANDED);
    assertThat(supply.attempts()).isEqualTo(4);
    assertThat(supply.discarded).isZero();
    assertThat(failures()).isEqualTo(2);
    assertThat(registry.get("likeness.shard.copy.bytes").tag("direction", "received").counter())
        .satisfies(bytes -> assertThat(bytes.count()).isEqualTo(160));
  }

  @Test
  void readsTheLogWhereNobodyCanBeReached() throws InterruptedException {
    Scripted supply = new Scripted(FAILED);
    assertThat(end(start(0, 0, supply))).isEqualTo(IncomingSlot.Phase.FROM_LOG);
    assertThat(supply.attempts()).isEqualTo(5);
    assertThat(supply.discarded).isEqualTo(1);
  }

  @Test
  void readsTheLogAtOnceWhereNobodyElseHoldsTheSlot() throws InterruptedException {
    Scripted supply = new Scripted(NOWHERE);
    assertThat(end(start(20, 20, supply))).isEqualTo(IncomingSlot.Phase.FROM_LOG);
    assertThat(supply.attempts()).isEqualTo(1);
  }

  @Test
  void waitsForOneThatIsBusy() throws InterruptedException {
    Scripted supply = new Scripted(BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY, LANDED);
    assertThat(end(start(0, 0, supply))).isEqualTo(IncomingSlot.Phase.LANDED);
    assertThat(failures()).isZero();
  }

  @Test
  void passesOverNoRecordTheLogHasNoMore() throws InterruptedException {
    Scripted supply = new Scripted(NOWHERE, FAILED, FAILED, FAILED, FAILED, FAILED, NOWHERE);
    IncomingSlot slot = start(20, 21, supply);
    Awaitility.await().until(() -> supply.attempts() >= 9);
    assertThat(slot.phase()).isEqualTo(IncomingSlot.Phase.COMING);
    Awaitility.await().until(() -> !slot.state().getTrouble().isEmpty());
    HeldSlotState state = slot.state();
    assertThat(state.getPhase()).isEqualTo(SlotPhase.COPYING);
    assertThat(state.getTrouble())
        .isEqualTo(
            "the log begins at 21 and this node has the records before 20; nobody serves it");
    assertThat(state.getBytesToCopy()).isEqualTo(100);
    assertThat(state.getBytesCopied()).isEqualTo(40);
    slot.stop();
    slot.awaitEnd();
    assertThat(slot.phase()).isEqualTo(IncomingSlot.Phase.ENDED);
    assertThat(supply.discarded).isZero();
  }

  @Test
  void takesAwayWhatItBroughtWhereNobodyWantsItAnyMore() throws InterruptedException {
    CountDownLatch copying = new CountDownLatch(1);
    Scripted supply =
        new Scripted(LANDED) {
          @Override
          public Outcome bring(Want want, Progress progress) {
            copying.countDown();
            try {
              while (true) {
                progress.check();
                Thread.onSpinWait();
              }
            } catch (InterruptedIOException e) {
              return new Outcome.Failed(e.toString());
            }
          }
        };
    IncomingSlot slot = start(0, 0, supply);
    assertThat(copying.await(60, TimeUnit.SECONDS)).isTrue();
    slot.abort();
    assertThat(end(slot)).isEqualTo(IncomingSlot.Phase.ENDED);
    assertThat(supply.discarded).isEqualTo(1);
    assertThat(failures()).isZero();
    assertThat(places.availablePermits()).isEqualTo(1);
  }

  @Test
  void endsWhileItWaitsForAPlace() throws InterruptedException {
    assertThat(places.tryAcquire()).isTrue();
    IncomingSlot slot = start(0, 0, new Scripted(LANDED));
    slot.abort();
    assertThat(end(slot)).isEqualTo(IncomingSlot.Phase.ENDED);
  }
}
