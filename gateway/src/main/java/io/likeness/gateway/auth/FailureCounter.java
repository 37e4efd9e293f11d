package io.likeness.gateway.auth;

import java.time.Duration;

/**
 * Counts failures in a row, for all gateways of the cluster; a count is forgotten {@link #MEMORY}
 * after its last rise.
 */
public interface FailureCounter {

  /** How long a count is kept, and so how long a lock lasts. */
  Duration MEMORY = Duration.ofMinutes(5);

  int count(String name);

  /** Counts one more. */
  void raise(String name);

  void clear(String name);
}
