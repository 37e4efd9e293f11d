package io.likeness.bench.chaos;

import java.time.Duration;

/**
 * Searches of a while.
 *
 * @param failed answered with no answer, or not at all
 * @param partial answered by some of the shards, and saying so
 * @param slowest of those that demand nothing
 */
public record Counts(
    long searches, long failed, long partial, long demanding, long refused, Duration slowest) {

  static final Counts NONE = new Counts(0, 0, 0, 0, 0, Duration.ZERO);

  Counts plus(Counts other) {
    return new Counts(
        searches + other.searches,
        failed + other.failed,
        partial + other.partial,
        demanding + other.demanding,
        refused + other.refused,
        slowest.compareTo(other.slowest) > 0 ? slowest : other.slowest);
  }
}
