package io.likeness.standalone.sizing;

/**
 * What a cluster shall hold and do, and of what its machines are.
 *
 * @param qps searches a second
 * @param p99Millis of a search, without making a vector of a query's picture
 * @param addsPerSecond pictures that come in all the time
 * @param pictureBytes of a picture in the log; 0 where producers send addresses or vectors
 * @param cores, memoryBytes, diskBytes of a shard node
 */
public record Wish(
    long images,
    int dimensions,
    boolean int8,
    double qps,
    double p99Millis,
    int replicas,
    double addsPerSecond,
    long pictureBytes,
    int cores,
    long memoryBytes,
    long diskBytes) {

  public static final long IMAGES_MAX = 4_000_000_000L;
  private static final long GIB = 1L << 30;

  public Wish {
    within("--images", images, 1, IMAGES_MAX);
    within("--dims", dimensions, 8, 4096);
    within("--qps", qps, 1, 100_000);
    within("--p99", p99Millis, 5, 60_000, " ms");
    within("--replicas", replicas, 1, 7);
    within("--adds", addsPerSecond, 0, 1_000_000);
    within("--picture", pictureBytes, 0, 16 << 20);
    within("--cores", cores, 1, 256);
    within("--memory", memoryBytes / GIB, 4, 4096, " GiB");
    within("--disk", diskBytes / GIB, 10, 1 << 20, " GiB");
  }

  private static void within(String name, double value, double min, double max) {
    within(name, value, min, max, "");
  }

  private static void within(String name, double value, double min, double max, String unit) {
    if (!(value >= min && value <= max)) {
      throw new CannotPlan(
          "%s is %s%s, not %s to %s%s"
              .formatted(
                  name, Numbers.plain(value), unit, Numbers.plain(min), Numbers.plain(max), unit));
    }
  }
}
