package io.likeness.gateway.publish;

import io.likeness.proto.vector.Version;
import java.time.Duration;

/** What became of an event on its way into the log. */
public sealed interface PublishOutcome {

  /** Every in-sync replica of the log has it. */
  record Published(Version version) implements PublishOutcome {}

  /** Larger than a record may be. */
  record TooLarge(long bytes, long bytesMax) implements PublishOutcome {}

  /**
   * Not taken, or not known to be: too much is on its way, or the log did not answer. Sending it
   * again is harmless.
   */
  record NotTaken(String why, Duration retryAfter) implements PublishOutcome {}
}
