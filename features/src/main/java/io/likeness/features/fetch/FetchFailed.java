package io.likeness.features.fetch;

import io.likeness.wire.Rejection;
import java.time.Duration;

/**
 * The address gave nothing.
 *
 * @param retry whether it may answer later
 * @param notBefore how long it asked to be left alone; zero where it did not say
 */
public record FetchFailed(Rejection rejection, boolean retry, Duration notBefore)
    implements FetchOutcome {

  public FetchFailed(Rejection rejection, boolean retry) {
    this(rejection, retry, Duration.ZERO);
  }
}
