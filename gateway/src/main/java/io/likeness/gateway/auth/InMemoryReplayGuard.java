package io.likeness.gateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import java.time.Duration;
import java.util.Optional;

/** The guard of one process. */
public final class InMemoryReplayGuard implements ReplayGuard {

  private record Seen(String connection, Duration keep) {}

  private final Cache<String, Seen> seen;

  public InMemoryReplayGuard(int signaturesMax, Ticker ticker) {
    this.seen =
        Caffeine.newBuilder()
            .maximumSize(signaturesMax)
            .ticker(ticker)
            .expireAfter(Expiry.<String, Seen>creating((signature, sight) -> sight.keep()))
            .build();
  }

  @Override
  public Optional<String> firstSeenOn(String signature, String connection, Duration keep) {
    Seen before = seen.asMap().putIfAbsent(signature, new Seen(connection, keep));
    return Optional.ofNullable(before).map(Seen::connection);
  }
}
