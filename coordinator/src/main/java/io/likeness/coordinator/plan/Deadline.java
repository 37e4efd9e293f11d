package io.likeness.coordinator.plan;

import java.time.Duration;

/** The moment after which nobody waits for the answer any more; it travels with every question. */
public record Deadline(long nanoTime) {

  public static Deadline in(Duration time) {
    return new Deadline(System.nanoTime() + time.toNanos());
  }

  /** At least a millisecond: waiting for nothing is an error to some. */
  public Duration remaining() {
    return Duration.ofNanos(Math.max(1_000_000, nanoTime - System.nanoTime()));
  }

  public int remainingMillis() {
    return Math.toIntExact(Math.min(Integer.MAX_VALUE, remaining().toMillis()));
  }

  public boolean isOver() {
    return System.nanoTime() >= nanoTime;
  }
}
