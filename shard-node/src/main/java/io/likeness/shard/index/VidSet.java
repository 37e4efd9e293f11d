package io.likeness.shard.index;

import java.util.Arrays;

/** A set of vector ids as bits. Grows; not safe for threads: writers hand out copies. */
final class VidSet {

  private long[] words;

  VidSet(int capacity) {
    this(new long[(capacity + 63) >>> 6]);
  }

  private VidSet(long[] words) {
    this.words = words;
  }

  VidSet copy() {
    return new VidSet(words.clone());
  }

  boolean contains(int vid) {
    int word = vid >>> 6;
    return word < words.length && (words[word] & (1L << vid)) != 0;
  }

  void add(int vid) {
    int word = vid >>> 6;
    if (word >= words.length) {
      words = Arrays.copyOf(words, Math.max(word + 1, words.length + (words.length >> 1) + 16));
    }
    words[word] |= 1L << vid;
  }

  void remove(int vid) {
    int word = vid >>> 6;
    if (word < words.length) {
      words[word] &= ~(1L << vid);
    }
  }

  void removeAll(VidSet others) {
    int common = Math.min(words.length, others.words.length);
    for (int i = 0; i < common; i++) {
      words[i] &= ~others.words[i];
    }
  }

  long bytes() {
    return (long) words.length * Long.BYTES;
  }

  int size() {
    int count = 0;
    for (long word : words) {
      count += Long.bitCount(word);
    }
    return count;
  }

  /** How many lie in {@code [from, to)}. */
  int sizeWithin(int from, int to) {
    int end = Math.min(to, words.length << 6);
    if (from >= end) {
      return 0;
    }
    int first = from >>> 6;
    int last = (end - 1) >>> 6;
    long head = -1L << from;
    long foot = -1L >>> -end;
    if (first == last) {
      return Long.bitCount(words[first] & head & foot);
    }
    int count = Long.bitCount(words[first] & head) + Long.bitCount(words[last] & foot);
    for (int i = first + 1; i < last; i++) {
      count += Long.bitCount(words[i]);
    }
    return count;
  }

  /** The smallest member at or after {@code from}; -1 where there is none. */
  int nextFrom(int from) {
    int word = from >>> 6;
    if (word >= words.length) {
      return -1;
    }
    long rest = words[word] & (-1L << from);
    while (rest == 0) {
      if (++word == words.length) {
        return -1;
      }
      rest = words[word];
    }
    return (word << 6) + Long.numberOfTrailingZeros(rest);
  }
}
