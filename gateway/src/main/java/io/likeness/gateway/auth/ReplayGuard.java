package io.likeness.gateway.auth;

import java.time.Duration;
import java.util.Optional;

/**
 * Remembers the signatures that were accepted, for all gateways of the cluster. Bounded: under more
 * requests than it has room for the oldest are forgotten first, and the clock window is what is
 * left.
 */
public interface ReplayGuard {

  /**
   * Remembers a signature together with the connection it came on.
   *
   * @return the connection it was first seen on; empty where it is new
   */
  Optional<String> firstSeenOn(String signature, String connection, Duration keep);
}
