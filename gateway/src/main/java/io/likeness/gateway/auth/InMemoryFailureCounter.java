package io.likeness.gateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;

/** The counter of one process. */
public final class InMemoryFailureCounter implements FailureCounter {

  private final Cache<String, Integer> counts;

  public InMemoryFailureCounter(int namesMax, Ticker ticker) {
    this.counts =
        Caffeine.newBuilder().maximumSize(namesMax).ticker(ticker).expireAfterWrite(MEMORY).build();
  }

  @Override
  public int count(String name) {
    Integer count = counts.getIfPresent(name);
    return count == null ? 0 : count;
  }

  @Override
  public void raise(String name) {
    counts.asMap().merge(name, 1, Integer::sum);
  }

  @Override
  public void clear(String name) {
    counts.invalidate(name);
  }
}
