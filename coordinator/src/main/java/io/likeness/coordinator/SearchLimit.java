package io.likeness.coordinator;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many searches may be under way, found out as it goes: a tenth more while all places are taken
 * and searches are answered without much waiting; a tenth less where most of them waited for a
 * thread longer than they ran, or one of twenty was refused one. The shards tell how long that was.
 * Latency alone would mistake a frozen node for a rush, and let nobody in because somebody waits
 * for it.
 *
 * <p>Not for several threads.
 */
final class SearchLimit {

  private static final long WINDOW_NANOS = Duration.ofMillis(100).toNanos();

  /** Refusing is work for nothing, and falls on whoever comes next, so few are enough. */
  private static final int REFUSED_ONE_OF = 20;

  /** What a search met. */
  enum Rush {
    NONE,
    /** It waited for threads for longer than it ran. */
    WAITED,
    /** It was refused for want of one. */
    REFUSED
  }

  private final int least;
  private final int most;
  private final LongSupplier nanoTime;
  private int limit;
  private long windowBegan;
  private int told;
  private int waited;
  private int refused;
  private boolean wasFull;

  SearchLimit(int least, int most, LongSupplier nanoTime) {
    if (least < 1 || most < least) {
      throw new IllegalArgumentException("bounds " + least + " to " + most + " are none");
    }
    this.least = least;
    this.most = most;
    this.nanoTime = nanoTime;
    this.limit = Math.min(most, 4 * least);
    this.windowBegan = nanoTime.getAsLong();
  }

  int now() {
    return limit;
  }

  /** A search is over. */
  void told(Rush rush, int underWay) {
    told++;
    waited += rush == Rush.WAITED ? 1 : 0;
    refused += rush == Rush.REFUSED ? 1 : 0;
    wasFull |= underWay >= limit;
    long now = nanoTime.getAsLong();
    if (now - windowBegan < WINDOW_NANOS) {
      return;
    }
    int step = Math.max(1, limit / 10);
    if (2 * (waited + refused) > told || REFUSED_ONE_OF * refused > told) {
      limit = Math.max(least, limit - step);
    } else if (wasFull) {
      limit = Math.min(most, limit + step);
    }
    windowBegan = now;
    told = 0;
    waited = 0;
    refused = 0;
    wasFull = false;
  }
}
