package io.likeness.shard.intake;

/** Spreads bytes over time. Safe for threads. */
public final class ByteRate {

  private final long bytesPerSecond;
  private long freeAt = System.nanoTime();

  /**
   * @param bytesPerSecond 0: as fast as may be
   */
  public ByteRate(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Takes so many bytes; returns the nanoseconds to wait before they may be used, at least 0. */
  public synchronized long take(long bytes) {
    if (bytesPerSecond == 0) {
      return 0;
    }
    long now = System.nanoTime();
    long wait = Math.max(0, freeAt - now);
    freeAt = now + wait + (long) (bytes / (double) bytesPerSecond * 1e9);
    return wait;
  }
}
