package io.likeness.shard.index;

import java.util.Arrays;

/** What one thread's walks and scans write into, from search to search: none of it is garbage. */
final class Scratch {

  private static final ThreadLocal<Scratch> OWN = ThreadLocal.withInitial(Scratch::new);

  final Frontier frontier = new Frontier();
  // One bit a row; only the words that a walk set are cleared behind it.
  private long[] seen = new long[1 << 10];
  private int[] met = new int[1 << 12];
  private int count;
  int[] neighbours = new int[64];

  /** Rows that are fetched together, then scored. */
  final int[] batch = new int[64];

  // Where reads that only warm the cache leave their sum, so that nobody optimises them away.
  int warmed;

  /** This thread's own. */
  static Scratch own() {
    return OWN.get();
  }

  /** Ready for a walk over so many rows. */
  void begin(int rows, int degree) {
    for (int i = 0; i < count; i++) {
      seen[met[i] >>> 6] = 0;
    }
    count = 0;
    if (seen.length << 6 < rows) {
      seen = new long[(rows + 63) >>> 6];
    }
    if (neighbours.length < degree) {
      neighbours = new int[degree];
    }
  }

  /** Whether the walk meets the row for the first time. */
  boolean meet(int row) {
    long word = seen[row >>> 6];
    long bit = 1L << row;
    if ((word & bit) != 0) {
      return false;
    }
    seen[row >>> 6] = word | bit;
    if (count == met.length) {
      met = Arrays.copyOf(met, count * 2);
    }
    met[count++] = row;
    return true;
  }

  /**
   * Puts those of the first {@code rows} that the walk meets for the first time in front; returns
   * how many they are. Which ones is as good as random, so no branch hangs on it.
   */
  int meet(int[] rows, int among) {
    int fresh = 0;
    for (int i = 0; i < among; i++) {
      int row = rows[i];
      long word = seen[row >>> 6];
      seen[row >>> 6] = word | 1L << row;
      rows[fresh] = row;
      fresh += (int) (~word >>> row & 1);
    }
    if (count + fresh > met.length) {
      met = Arrays.copyOf(met, Math.max(count + fresh, met.length * 2));
    }
    System.arraycopy(rows, 0, met, count, fresh);
    count += fresh;
    return fresh;
  }

  /** Rows met since the walk began. */
  int met() {
    return count;
  }
}
