package io.likeness.features.fetch;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What a {@link PictureFetcher} may do.
 *
 * @param allow hosts (by the name in the URL) and networks (as {@code 10.1.0.0/16}) that may be
 *     asked although they are not public
 * @param morePorts ports beside 80 and 443
 * @param bytesMax most bytes of an answer
 * @param deadline for the whole of one fetch, redirects included
 * @param redirectsMax redirects followed
 */
public record FetchConfig(
    List<String> allow,
    Set<Integer> morePorts,
    long bytesMax,
    Duration deadline,
    int redirectsMax) {

  public static final long BYTES_MAX_DEFAULT = 16L << 20;
  public static final Duration DEADLINE_DEFAULT = Duration.ofSeconds(10);
  public static final int REDIRECTS_MAX_DEFAULT = 3;

  private static final Duration DEADLINE_MAX = Duration.ofMinutes(10);

  public FetchConfig {
    allow = List.copyOf(allow);
    morePorts = Set.copyOf(morePorts);
    for (int port : morePorts) {
      check(port >= 1 && port <= 65535, "port " + port + " is not from 1 to 65535");
    }
    check(bytesMax >= 1 && bytesMax <= 1 << 30, "bytesMax " + bytesMax + " is not from 1 to 2^30");
    check(
        deadline.isPositive() && deadline.compareTo(DEADLINE_MAX) <= 0,
        "deadline " + deadline + " is not above 0, at most " + DEADLINE_MAX);
    check(
        redirectsMax >= 0 && redirectsMax <= 20,
        "redirectsMax " + redirectsMax + " is not from 0 to 20");
  }

  /** Public hosts only, on the usual ports. */
  public static FetchConfig defaults() {
    return new FetchConfig(
        List.of(), Set.of(), BYTES_MAX_DEFAULT, DEADLINE_DEFAULT, REDIRECTS_MAX_DEFAULT);
  }

  private static void check(boolean holds, String fault) {
    if (!holds) {
      throw new IllegalArgumentException(fault);
    }
  }
}
