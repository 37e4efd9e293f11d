package io.likeness.features.decode.pool;

import java.time.Duration;

/**
 * What a pool of decoding processes may use.
 *
 * @param children processes at the same time; 0 decodes in this process
 * @param deadline processor time one picture may take; five times as much may pass by the clock,
 *     for a machine that has other things to do
 * @param memoryBytes what one process may use, its own needs included
 * @param picturesEach pictures after which a process is replaced by a fresh one
 */
public record PoolConfig(int children, Duration deadline, long memoryBytes, int picturesEach) {

  public static final Duration DEADLINE_DEFAULT = Duration.ofSeconds(2);
  public static final long MEMORY_BYTES_DEFAULT = 256L << 20;
  public static final long MEMORY_BYTES_MIN = 160L << 20;
  public static final int PICTURES_EACH_DEFAULT = 20_000;

  public PoolConfig {
    if (children < 0 || children > 256) {
      throw new IllegalArgumentException("children is " + children + ", must be 0 to 256");
    }
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline is " + deadline + ", must be above 0");
    }
    if (memoryBytes < MEMORY_BYTES_MIN) {
      throw new IllegalArgumentException(
          "memoryBytes is " + memoryBytes + ", must be at least " + MEMORY_BYTES_MIN);
    }
    if (picturesEach < 1) {
      throw new IllegalArgumentException("picturesEach is " + picturesEach + ", must be above 0");
    }
  }

  /** With the usual bounds. */
  public static PoolConfig of(int children) {
    return new PoolConfig(children, DEADLINE_DEFAULT, MEMORY_BYTES_DEFAULT, PICTURES_EACH_DEFAULT);
  }
}
