package io.likeness.shard.index;

import java.util.Arrays;

/**
 * What a walk has met and may still need, best first: every row that is nearer than the worst of
 * the {@code effort} best wanted ones. One sorted array serves as result and as agenda; entries are
 * few and mostly enter near the end, so shifting them costs less than two heaps would. Reused from
 * search to search; not safe for threads.
 */
final class Frontier {

  /** Rows are kept in this many bits beside two flags. */
  static final int ROWS_MAX = 1 << 30;

  private static final int LARGE = 1 << 16;
  private static final long EXPANDED = 1;
  private static final long WANTED = 2;

  // (score as sortable int) << 32 | row << 2 | wanted | expanded; best first.
  private long[] entries = new long[256];
  private int size;
  private int wanted;
  private int effort;
  private int next;

  void reset(int effort) {
    this.effort = effort;
    // What one deep search needed is not kept for all the shallow ones behind it.
    if (entries.length > LARGE && effort < LARGE / 4) {
      entries = new long[256];
    }
    this.size = 0;
    this.wanted = 0;
    this.next = 0;
  }

  /** Scores at or below it are of no use any more. */
  float bound() {
    return wanted < effort ? Float.NEGATIVE_INFINITY : score(size - 1);
  }

  void offer(float score, int row, boolean isWanted) {
    long entry = (long) sortable(score) << 32 | (long) row << 2 | (isWanted ? WANTED : 0);
    int at = place(entry);
    if (at == size && wanted == effort) {
      return;
    }
    if (size == entries.length) {
      entries = Arrays.copyOf(entries, size * 2);
    }
    System.arraycopy(entries, at, entries, at + 1, size - at);
    entries[at] = entry;
    size++;
    if (isWanted && ++wanted > effort) {
      // The last entry is a wanted one, and one too many.
      wanted--;
      size--;
    }
    if (wanted == effort) {
      while ((entries[size - 1] & WANTED) == 0) {
        size--;
      }
    }
    next = Math.min(next, at);
  }

  // ---- Many at once ----

  /**
   * Ready to keep the best {@code count} of rows that are all wanted and none of them an agenda:
   * shifting thousands of entries for each that enters would cost the square of their number, so
   * they lie in a heap, the worst on top, until {@link #settle}.
   */
  void gather(int count) {
    reset(count);
  }

  void gather(float score, int row) {
    long entry = (long) sortable(score) << 32 | (long) row << 2 | WANTED;
    if (size < effort) {
      if (size == entries.length) {
        entries = Arrays.copyOf(entries, size * 2);
      }
      rise(entry);
    } else if (effort > 0 && entry > entries[0]) {
      sink(entry);
    }
  }

  /** Scores below it are of no use any more while rows are gathered. */
  float gatheredBound() {
    return size < effort || size == 0 ? Float.NEGATIVE_INFINITY : score(0);
  }

  /** Puts what was gathered in order. */
  void settle() {
    Arrays.sort(entries, 0, size);
    for (int low = 0, high = size - 1; low < high; low++, high--) {
      long other = entries[low];
      entries[low] = entries[high];
      entries[high] = other;
    }
    wanted = size;
    next = size;
  }

  private void rise(long entry) {
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (entries[parent] <= entry) {
        break;
      }
      entries[at] = entries[parent];
      at = parent;
    }
    entries[at] = entry;
  }

  private void sink(long entry) {
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && entries[child + 1] < entries[child]) {
        child++;
      }
      if (entries[child] >= entry) {
        break;
      }
      entries[at] = entries[child];
      at = child;
    }
    entries[at] = entry;
  }

  private int place(long entry) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (entries[middle] >= entry) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The best row not yet expanded, which it now is; -1 where there is none. */
  int expand() {
    while (next < size) {
      long entry = entries[next];
      if ((entry & EXPANDED) == 0) {
        entries[next] = entry | EXPANDED;
        next++;
        return (int) entry >>> 2;
      }
      next++;
    }
    return -1;
  }

  /** The score of the row expanded last. */
  float expandedScore() {
    return score(next - 1);
  }

  int size() {
    return size;
  }

  int wanted() {
    return wanted;
  }

  int row(int index) {
    return (int) entries[index] >>> 2;
  }

  boolean isWanted(int index) {
    return (entries[index] & WANTED) != 0;
  }

  float score(int index) {
    int bits = (int) (entries[index] >> 32);
    return Float.intBitsToFloat(bits ^ ((bits >> 31) & 0x7fffffff));
  }

  /** Floats as ints in the same order. */
  private static int sortable(float score) {
    int bits = Float.floatToRawIntBits(score);
    return bits ^ ((bits >> 31) & 0x7fffffff);
  }
}
