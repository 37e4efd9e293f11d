package io.likeness.features.fetch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a {@link PictureFetcher} may do.
 *
 * @param allow hosts (by the name in the URL) and networks (as {@code 10.1.0.0/16}) that may be
 *     asked although they are not public
 * @param morePorts ports beside 80 and 443
 * @param bytesMax most bytes of an answer
 * @param deadline for the whole of one fetch, redirects included, once there is room for it
 * @param redirectsMax redirects followed
 * @param room how many fetches there may be at a time
 * @param objectStores by the scheme of their addresses, {@code s3} or {@code obs}; a scheme that is
 *     not here is closed
 */
public record FetchConfig(
    List<String> allow,
    Set<Integer> morePorts,
    long bytesMax,
    Duration deadline,
    int redirectsMax,
    Room room,
    Map<String, ObjectStoreConfig> objectStores) {

  public static final long BYTES_MAX_DEFAULT = 16L << 20;
  public static final Duration DEADLINE_DEFAULT = Duration.ofSeconds(10);
  public static final int REDIRECTS_MAX_DEFAULT = 3;

  private static final Duration DEADLINE_MAX = Duration.ofMinutes(10);

  /**
   * How many fetches there may be at a time.
   *
   * @param all over all hosts
   * @param perHost from one host, so that a slow one does not take the room of the others
   */
  public record Room(int all, int perHost) {

    public static final int ALL_DEFAULT = 32;
    public static final int PER_HOST_DEFAULT = 8;
    public static final int MOST = 1_024;

    public Room {
      check(all >= 1 && all <= MOST, "fetches at a time are " + all + ", not 1 to " + MOST);
      check(
          perHost >= 1 && perHost <= MOST,
          "fetches at a time from one host are " + perHost + ", not 1 to " + MOST);
    }

    public static Room defaults() {
      return new Room(ALL_DEFAULT, PER_HOST_DEFAULT);
    }
  }

  public FetchConfig {
    allow = List.copyOf(allow);
    morePorts = Set.copyOf(morePorts);
    objectStores = Map.copyOf(objectStores);
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
    for (String scheme : objectStores.keySet()) {
      check(
          ObjectAddress.SCHEMES.contains(scheme),
          "\"" + scheme + "\" is not a scheme of object stores: " + ObjectAddress.SCHEMES);
    }
  }

  /** With the usual room, and no object store. */
  public FetchConfig(
      List<String> allow,
      Set<Integer> morePorts,
      long bytesMax,
      Duration deadline,
      int redirectsMax) {
    this(allow, morePorts, bytesMax, deadline, redirectsMax, Room.defaults(), Map.of());
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
