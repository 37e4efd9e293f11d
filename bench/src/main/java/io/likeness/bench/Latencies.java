package io.likeness.bench;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.Locale;

/** How long things took; safe for many threads. */
public final class Latencies {

  private static final double MILLI = 1e6;

  private long[] nanos = new long[1024];
  private int count;

  public synchronized void add(long took) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = took;
  }

  public synchronized int count() {
    return count;
  }

  /** Milliseconds that this share of all stayed within; 0 where there is none. */
  public synchronized double millis(double share) {
    if (count == 0) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(nanos, count);
    Arrays.sort(sorted);
    return sorted[Math.min(count - 1, (int) Math.ceil(share * count) - 1)] / MILLI;
  }

  public JsonObject json() {
    return new JsonObject()
        .put("count", count())
        .put("p50_ms", rounded(millis(0.5)))
        .put("p99_ms", rounded(millis(0.99)))
        .put("max_ms", rounded(millis(1)));
  }

  public String text() {
    return String.format(
        Locale.ROOT,
        "p50 %.1f ms, p99 %.1f ms, longest %.1f ms (%d)",
        millis(0.5),
        millis(0.99),
        millis(1),
        count());
  }

  private static double rounded(double millis) {
    return Math.round(millis * 100) / 100.0;
  }
}
