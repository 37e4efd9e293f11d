package io.likeness.coordinator.fanout;

import java.time.Duration;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * How long answers took lately: counts in buckets a fifth apart, all halved every ten seconds. Not
 * for several threads.
 */
final class Latencies {

  private static final double FIRST_NANOS = 50_000;
  private static final double STEP = 1.2;
  // Up to four minutes.
  private static final int BUCKETS = 86;
  private static final long HALF_LIFE_NANOS = Duration.ofSeconds(10).toNanos();

  /** Below this weight it says nothing. */
  private static final double WEIGHT_MIN = 20;

  private final double[] counts = new double[BUCKETS];
  private double sum;
  private long halvedAt;

  Latencies(long now) {
    this.halvedAt = now;
  }

  void add(long nanos, long now) {
    halve(now);
    counts[bucket(nanos)]++;
    sum++;
  }

  /** The upper end of the bucket below which this share lies; empty where too little is known. */
  OptionalLong quantile(double share, long now) {
    halve(now);
    if (sum < WEIGHT_MIN) {
      return OptionalLong.empty();
    }
    double wanted = sum * share;
    double met = 0;
    int bucket = 0;
    while (bucket < BUCKETS - 1) {
      met += counts[bucket];
      if (met >= wanted) {
        break;
      }
      bucket++;
    }
    return OptionalLong.of((long) (FIRST_NANOS * Math.pow(STEP, bucket)));
  }

  private static int bucket(long nanos) {
    double steps = Math.ceil(Math.log(Math.max(1, nanos) / FIRST_NANOS) / Math.log(STEP));
    return (int) Math.clamp(steps, 0, BUCKETS - 1);
  }

  private void halve(long now) {
    long halves = (now - halvedAt) / HALF_LIFE_NANOS;
    if (halves <= 0) {
      return;
    }
    halvedAt += halves * HALF_LIFE_NANOS;
    if (halves > 20) {
      Arrays.fill(counts, 0);
      sum = 0;
      return;
    }
    double factor = 1.0 / (1L << halves);
    for (int i = 0; i < BUCKETS; i++) {
      counts[i] *= factor;
    }
    sum *= factor;
  }
}
