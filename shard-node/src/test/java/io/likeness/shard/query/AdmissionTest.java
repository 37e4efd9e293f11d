package io.likeness.shard.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.node.process.SearchLimit;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Over threads that are pretended, in virtual time. */
class AdmissionTest {

  private static final int THREADS = 2;
  private static final int QUEUE = 256;

  private final AtomicLong now = new AtomicLong(-7);

  private Admission admission(int least, int slots) {
    return new Admission(
        new SearchLimit(least, THREADS + QUEUE, THREADS + QUEUE, now::get),
        () -> slots,
        new SimpleMeterRegistry());
  }

  private record Asked(long at, Admission.Place place) {}

  /** Threads that take from a queue, and how much of what they did came in time. */
  private final class Threads {
    final Deque<Asked> queue = new ArrayDeque<>();
    final long[] freeAt = new long[THREADS];
    final Admission.@Nullable Place[] running = new Admission.Place[THREADS];
    final long tookNanos;
    final long deadlineNanos;
    int good;

    Threads(Duration took, Duration deadline) {
      this.tookNanos = took.toNanos();
      this.deadlineNanos = deadline.toNanos();
    }

    void work() {
      for (int i = 0; i < THREADS; i++) {
        if (freeAt[i] > now.get()) {
          continue;
        }
        Admission.Place done = running[i];
        if (done != null) {
          done.leave();
          running[i] = null;
        }
        while (!queue.isEmpty() && running[i] == null) {
          Asked next = queue.remove();
          long waited = now.get() - next.at();
          next.place().begins(Duration.ofNanos(waited), Duration.ofNanos(deadlineNanos));
          if (waited > deadlineNanos) {
            next.place().leave();
          } else {
            running[i] = next.place();
            freeAt[i] = now.get() + tookNanos;
            good += waited + tookNanos <= deadlineNanos ? 1 : 0;
          }
        }
      }
    }
  }

  /** Share of what the threads can do that came in time, in the second half of a minute. */
  private double goodput(Admission admission, Duration took, Duration deadline, int times) {
    Threads threads = new Threads(took, deadline);
    Duration half = Duration.ofSeconds(30);
    Duration pause = took.dividedBy((long) THREADS * times);
    int before = 0;
    for (Duration at = Duration.ZERO; at.compareTo(half.multipliedBy(2)) < 0; at = at.plus(pause)) {
      now.addAndGet(pause.toNanos());
      threads.work();
      try {
        threads.queue.add(new Asked(now.get(), admission.enter()));
      } catch (RejectedExecutionException e) {
        // it goes elsewhere
      }
      if (at.compareTo(half) < 0) {
        before = threads.good;
      }
    }
    double possible = THREADS * half.toNanos() / (double) took.toNanos();
    return (threads.good - before) / possible;
  }

  @Test
  void doesWhatThreadsCanAtFiveTimesTheLoad() {
    Duration took = Duration.ofMillis(100);
    Duration deadline = Duration.ofSeconds(1);
    // With as many places as ever, all that is done is done too late.
    Admission all = admission(THREADS + QUEUE, 1);
    assertThat(goodput(all, took, deadline, 5)).isLessThan(0.2);
    Admission adaptive = admission(8, 1);
    assertThat(goodput(adaptive, took, deadline, 5)).isGreaterThan(0.95);
    assertThat(adaptive.places()).isLessThan(40);
  }

  @Test
  void leavesShortSearchesThePlacesTheyAreDoneIn() {
    Admission adaptive = admission(8, 1);
    assertThat(goodput(adaptive, Duration.ofMillis(1), Duration.ofSeconds(5), 5))
        .isGreaterThan(0.95);
    assertThat(adaptive.places()).isEqualTo(THREADS + QUEUE);
  }

  @Test
  void alwaysHasPlacesForTwoSearchesOfEverySlot() {
    Admission adaptive = admission(8, 100);
    assertThat(goodput(adaptive, Duration.ofMillis(100), Duration.ofSeconds(1), 5)).isNotNaN();
    assertThat(adaptive.places()).isEqualTo(200);
  }

  @Test
  void refusesBeyondTheLimitAndTakesTheNextWhenOneLeaves() {
    Admission fixed =
        new Admission(new SearchLimit(2, 2, now::get), () -> 1, new SimpleMeterRegistry());
    Admission.Place first = fixed.enter();
    assertThat(fixed.enter()).isNotNull();
    assertThatThrownBy(fixed::enter)
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessageContaining("2 searches are under way");
    first.leave();
    assertThat(fixed.enter()).isNotNull();
    assertThat(fixed.underWay()).isEqualTo(2);
  }
}
