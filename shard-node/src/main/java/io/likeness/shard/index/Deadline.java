package io.likeness.shard.index;

import java.time.Duration;

/** The moment after which an answer helps nobody. Loops ask it as they go. */
public record Deadline(long nanoTime) {

  /** For work that nobody waits for. */
  static final Deadline NONE = new Deadline(System.nanoTime() + Long.MAX_VALUE / 2);

  public static Deadline in(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos());
  }

  public boolean hasPassed() {
    return System.nanoTime() - nanoTime > 0;
  }

  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime()));
  }
}
