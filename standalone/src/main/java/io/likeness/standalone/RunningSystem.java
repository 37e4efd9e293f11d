package io.likeness.standalone;

import io.likeness.gateway.auth.Credentials;
import java.net.URI;
import java.util.Optional;

/** A whole system that serves, in one process or in several. Closing it stops it cleanly. */
public interface RunningSystem extends AutoCloseable {

  /** Where its gateway serves, without a slash at the end. */
  URI endpoint();

  /** The account made at the first start: the administrator's. */
  Credentials credentials();

  /** The broker's address, for producers and consumers on this machine. */
  String kafkaBootstrap();

  /** Whether nothing had served from this data folder before. */
  boolean isFirstStart();

  /** Why it cannot go on; empty while it can. */
  Optional<String> failure();

  /** Whether somebody else than its terminal asked it to end. */
  default boolean isEndAsked() {
    return false;
  }

  @Override
  void close();
}
