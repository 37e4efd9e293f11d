package io.likeness.ingest.feature;

import java.time.Duration;

/**
 * How long and how often addresses are tried.
 *
 * @param attempts how often one address is tried
 * @param firstPause between the first two attempts; it doubles
 * @param patience how long a batch waits for its slowest picture
 */
public record FetchPatience(int attempts, Duration firstPause, Duration patience) {

  public FetchPatience {
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts are " + attempts + ", at least 1");
    }
    if (firstPause.isNegative() || !patience.isPositive()) {
      throw new IllegalArgumentException(
          "the pause is " + firstPause + " and the patience " + patience + ", not above 0");
    }
  }
}
