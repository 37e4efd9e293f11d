package io.likeness.coordinator;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many searches may be under way, found out as it goes: a tenth more while all places are taken
 * and searches are answered without much waiting, a tenth less where most of them waited for a
 * thread longer than they ran, or were refused. The shards tell how long that was. Latency alone
 * would mistake a frozen node for a rush, and let nobody in because somebody waits for it.
 *
 * <p>Not for several threads.
 */
final class SearchLimit {

  private static final long WINDOW_NANOS = Duration.ofMillis(100).toNanos();

  private final int least;
  private final int most;
  private final LongSupplier nanoTime;
  private int limit;
  private long windowBegan;
  private int told;
  private int rushed;
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
  void told(boolean wasRushed, int underWay) {
    told++;
    rushed += wasRushed ? 1 : 0;
    wasFull |= underWay >= limit;
    long now = nanoTime.getAsLong();
    if (now - windowBegan < WINDOW_NANOS) {
      return;
    }
    int step = Math.max(1, limit / 10);
    if (2 * rushed > told) {
      limit = Math.max(least, limit - step);
    } else if (wasFull) {
      limit = Math.min(most, limit + step);
    }
    windowBegan = now;
    told = 0;
    rushed = 0;
    wasFull = false;
  }
}
