package io.likeness.shard.index;

import java.util.Locale;

/**
 * What the shards of a node hold outside the heap, against what they may. Whoever is about to load
 * or to make something big asks first, with the figure; what does not fit is refused with the
 * figures instead of being tried, since a process that runs out of memory takes all of them along.
 */
public final class MemoryLedger {

  private final long capacity;
  private long taken;

  public MemoryLedger(long capacity) {
    if (capacity <= 0) {
      throw new IllegalArgumentException("capacity " + capacity + " is not above 0");
    }
    this.capacity = capacity;
  }

  public static MemoryLedger unbounded() {
    return new MemoryLedger(Long.MAX_VALUE);
  }

  /** A part that somebody holds. Closing it twice is once. */
  public final class Claim implements AutoCloseable {
    private long bytes;

    private Claim(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public void close() {
      synchronized (MemoryLedger.this) {
        taken -= bytes;
        bytes = 0;
      }
    }
  }

  /** {@code what} names it in the refusal. */
  public Claim claim(String what, long bytes) throws NoMemoryException {
    synchronized (this) {
      if (bytes > capacity - taken) {
        throw new NoMemoryException(
            String.format(
                Locale.ROOT,
                "%s takes %.1f MiB; of the %.1f MiB that shards may hold (shard.memory), %.1f are"
                    + " free",
                what,
                mib(bytes),
                mib(capacity),
                mib(capacity - taken)));
      }
      taken += bytes;
    }
    return new Claim(bytes);
  }

  /** Counts what cannot be refused any more; whoever asks next finds less. */
  synchronized void count(long bytes) {
    taken += bytes;
  }

  public synchronized long taken() {
    return taken;
  }

  public long capacity() {
    return capacity;
  }

  private static double mib(long bytes) {
    return bytes / (double) (1 << 20);
  }
}
