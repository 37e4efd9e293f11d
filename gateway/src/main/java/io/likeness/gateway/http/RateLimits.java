package io.likeness.gateway.http;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How often each account may ask this gateway: a bucket of tokens per account that fills at the
 * permitted rate and holds what a burst may take. Accounts that have not asked for a while are
 * forgotten; by then their buckets are full.
 */
public final class RateLimits {

  private static final int ACCOUNTS_MAX = 100_000;

  private final double perSecond;
  private final double burst;
  private final LongSupplier nanoClock;
  private final Cache<String, Bucket> buckets;

  public RateLimits(double perSecond, double burst, LongSupplier nanoClock) {
    if (!(perSecond > 0) || !(burst >= 1)) {
      throw new IllegalArgumentException(
          "no rate: " + perSecond + " a second with bursts of " + burst);
    }
    this.perSecond = perSecond;
    this.burst = burst;
    this.nanoClock = nanoClock;
    this.buckets =
        Caffeine.newBuilder()
            .maximumSize(ACCOUNTS_MAX)
            .expireAfterAccess(Duration.ofMinutes(10))
            .build();
  }

  public double perSecond() {
    return perSecond;
  }

  /** Whether this account may ask once more now. */
  public boolean take(String account) {
    long now = nanoClock.getAsLong();
    return buckets.get(account, any -> new Bucket(burst, now)).take(now, perSecond, burst);
  }

  private static final class Bucket {

    private double tokens;
    private long atNanos;

    Bucket(double tokens, long atNanos) {
      this.tokens = tokens;
      this.atNanos = atNanos;
    }

    synchronized boolean take(long now, double perSecond, double burst) {
      tokens = Math.min(burst, tokens + Math.max(0, now - atNanos) * perSecond / 1e9);
      atNanos = now;
      if (tokens < 1) {
        return false;
      }
      tokens--;
      return true;
    }
  }
}
