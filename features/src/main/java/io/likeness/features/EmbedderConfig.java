package io.likeness.features;

/**
 * What an {@link Embedder} may use.
 *
 * @param threads pictures decoded and embedded at the same time
 * @param batchMax pictures one thread takes in hand at a time, of one call's many
 * @param cacheBytes memory for vectors of known content; 0 keeps none
 * @param pixelsMax most pixels a picture may have, by its header
 * @param bytesMax most bytes a picture's file may have
 */
public record EmbedderConfig(
    int threads, int batchMax, long cacheBytes, long pixelsMax, long bytesMax) {

  public static final long PIXELS_MAX_DEFAULT = 60_000_000;
  public static final long BYTES_MAX_DEFAULT = 16L << 20;
  public static final long CACHE_BYTES_DEFAULT = 32L << 20;
  public static final int BATCH_MAX_DEFAULT = 8;

  public EmbedderConfig {
    check("threads", threads, 1, 256);
    check("batchMax", batchMax, 1, 256);
    check("cacheBytes", cacheBytes, 0, 1L << 40);
    check("pixelsMax", pixelsMax, 1, 1_000_000_000L);
    check("bytesMax", bytesMax, 1, 1L << 30);
  }

  /** The usual bounds with as many threads as the machine has cores. */
  public static EmbedderConfig defaults() {
    return new EmbedderConfig(
        Math.min(256, Runtime.getRuntime().availableProcessors()),
        BATCH_MAX_DEFAULT,
        CACHE_BYTES_DEFAULT,
        PIXELS_MAX_DEFAULT,
        BYTES_MAX_DEFAULT);
  }

  private static void check(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " is " + value + ", must be " + min + " to " + max);
    }
  }
}
