package io.likeness.shard.index;

import java.time.Duration;

/**
 * The moment after which an answer helps nobody; it may come early, when the asker goes away. Loops
 * ask it as they go.
 */
public final class Deadline {

  /** For work that nobody waits for. */
  static final Deadline NONE = new Deadline(System.nanoTime() + Long.MAX_VALUE / 2);

  private final long nanoTime;
  private volatile boolean abandoned;

  Deadline(long nanoTime) {
    this.nanoTime = nanoTime;
  }

  public static Deadline in(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos());
  }

  /** This much after a moment of {@link System#nanoTime}, or this deadline where it is sooner. */
  public Deadline orSooner(long from, Duration duration) {
    long other = from + duration.toNanos();
    return other - nanoTime < 0 ? new Deadline(other) : this;
  }

  /** The asker is gone. */
  public void abandon() {
    abandoned = true;
  }

  public boolean isAbandoned() {
    return abandoned;
  }

  public boolean hasPassed() {
    return abandoned || System.nanoTime() - nanoTime > 0;
  }

  public Duration remaining() {
    return abandoned ? Duration.ZERO : Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime()));
  }
}
