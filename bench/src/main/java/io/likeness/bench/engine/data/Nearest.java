package io.likeness.bench.engine.data;

import java.util.Arrays;

/**
 * The best {@code k} of what is offered: greatest score first, of equal scores the smaller ordinal.
 * A heap of longs in which greater means better.
 */
public final class Nearest {

  private final long[] heap;
  private int count;

  public Nearest(int k) {
    this.heap = new long[k];
  }

  private static long key(float score, int ordinal) {
    int bits = Float.floatToIntBits(score);
    int ordered = bits ^ ((bits >> 31) & 0x7fffffff);
    return (long) ordered << 32 | (0xffffffffL - ordinal);
  }

  private static int ordinal(long key) {
    return (int) (0xffffffffL - (key & 0xffffffffL));
  }

  private static float score(long key) {
    int ordered = (int) (key >> 32);
    return Float.intBitsToFloat(ordered ^ ((ordered >> 31) & 0x7fffffff));
  }

  public void offer(float score, int ordinal) {
    offer(key(score, ordinal));
  }

  private void offer(long key) {
    if (count < heap.length) {
      up(count++, key);
    } else if (heap.length > 0 && key > heap[0]) {
      down(key);
    }
  }

  void offerAll(Nearest other) {
    for (int i = 0; i < other.count; i++) {
      offer(other.heap[i]);
    }
  }

  private void up(int from, long key) {
    int at = from;
    while (at > 0 && heap[(at - 1) / 2] > key) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = key;
  }

  private void down(long key) {
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= count) {
        break;
      }
      if (child + 1 < count && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= key) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = key;
  }

  public int count() {
    return count;
  }

  private long[] bestFirst() {
    long[] sorted = Arrays.copyOf(heap, count);
    Arrays.sort(sorted);
    for (int i = 0; i < count / 2; i++) {
      long kept = sorted[i];
      sorted[i] = sorted[count - 1 - i];
      sorted[count - 1 - i] = kept;
    }
    return sorted;
  }

  public int[] ordinals() {
    return Arrays.stream(bestFirst()).mapToInt(Nearest::ordinal).toArray();
  }

  public float[] scores() {
    long[] keys = bestFirst();
    float[] scores = new float[keys.length];
    for (int i = 0; i < keys.length; i++) {
      scores[i] = score(keys[i]);
    }
    return scores;
  }
}
