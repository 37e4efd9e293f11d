package io.likeness.node.process;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many searches may be under way, found out as it goes: a tenth more while all places are taken
 * and searches are answered without much waiting; a tenth less where most of them waited too long,
 * or one of twenty was refused. What is too long is for those to say who know what a search is for;
 * it is never the whole latency, which would mistake a frozen node for a rush, and let nobody in
 * because somebody waits for it.
 *
 * <p>Not for several threads.
 */
public final class SearchLimit {

  private static final long WINDOW_NANOS = Duration.ofMillis(100).toNanos();

  /** Refusing is work for nothing, and falls on whoever comes next, so few are enough. */
  private static final int REFUSED_ONE_OF = 20;

  /** What a search met. */
  public enum Rush {
    NONE,
    /** It waited for a thread for too long. */
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

  /** It begins at four times the least. */
  public SearchLimit(int least, int most, LongSupplier nanoTime) {
    this(least, most, Math.min(most, 4 * least), nanoTime);
  }

  public SearchLimit(int least, int most, int first, LongSupplier nanoTime) {
    if (least < 1 || first < least || most < first) {
      throw new IllegalArgumentException(
          "bounds %d to %d, first %d, are none".formatted(least, most, first));
    }
    this.least = least;
    this.most = most;
    this.nanoTime = nanoTime;
    this.limit = first;
    this.windowBegan = nanoTime.getAsLong();
  }

  public int now() {
    return limit;
  }

  /** A search is over. */
  public void told(Rush rush, int underWay) {
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
