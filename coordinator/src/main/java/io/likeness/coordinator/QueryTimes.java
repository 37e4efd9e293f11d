package io.likeness.coordinator;

import io.likeness.coordinator.plan.Deadline;
import java.time.Duration;

/**
 * How long askers may wait.
 *
 * @param usual for whoever names no deadline
 * @param most what a named one is cut to
 */
record QueryTimes(Duration usual, Duration most) {

  QueryTimes {
    if (!usual.isPositive() || usual.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "the usual deadline is " + usual + ", not above 0 and at most " + most);
    }
  }

  Deadline deadline(int wantedMillis) {
    return Deadline.in(wantedMillis <= 0 ? usual : shorter(Duration.ofMillis(wantedMillis), most));
  }

  /** The time to wait for a shard that itself waits this long before it answers. */
  Deadline deadlineAfter(Duration wait) {
    return Deadline.in(wait.plus(usual));
  }

  Duration wait(int wantedMillis) {
    return shorter(Duration.ofMillis(Math.max(0, wantedMillis)), most);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
