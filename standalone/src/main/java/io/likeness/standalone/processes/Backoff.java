package io.likeness.standalone.processes;

import java.time.Duration;

/**
 * When a process that died is started again: at once, then after pauses that double, and no more
 * once it has died too often in a row without having lived for a while.
 */
final class Backoff {

  static final Duration FIRST = Duration.ofMillis(100);
  static final Duration MAX = Duration.ofSeconds(15);

  /** A life this long says that starting works. */
  static final Duration GOOD_LIFE = Duration.ofSeconds(10);

  static final int SHORT_LIVES_MAX = 12;

  private int shortLives;

  /** The pause after a life of this length; negative where it is not to be started again. */
  Duration after(Duration life) {
    shortLives = life.compareTo(GOOD_LIFE) >= 0 ? 0 : shortLives + 1;
    if (shortLives > SHORT_LIVES_MAX) {
      return Duration.ofMillis(-1);
    }
    Duration pause = FIRST.multipliedBy(1L << Math.min(shortLives, 10));
    return pause.compareTo(MAX) < 0 ? pause : MAX;
  }
}
