package io.likeness.shard.index;

import java.util.Arrays;

/**
 * The best vector ids seen so far, at most {@code limit} of them, and beside them every one that
 * ties with the worst of these. Who of the tied belongs to the answer depends on image ids, which
 * are known only later; many copies of one picture are common, so they must not be cut by chance.
 */
final class TopVids {

  /** Ties kept at most; beyond it the ones met first stay. */
  static final int TIES_MAX = 1 << 16;

  private final int limit;
  private final float floor;
  // A binary heap, the worst at its root.
  private float[] scores;
  private int[] vids;
  private int size;
  private int[] ties = new int[0];
  private int tied;

  /** {@code floor}: scores below it are not wanted. */
  TopVids(int limit, float floor) {
    this.limit = limit;
    this.floor = floor;
    int first = Math.min(limit, 64);
    this.scores = new float[first];
    this.vids = new int[first];
  }

  void offer(float score, int vid) {
    if (score < floor || limit == 0) {
      return;
    }
    if (size < limit) {
      if (size == scores.length) {
        int larger = Math.min(limit, size * 2);
        scores = Arrays.copyOf(scores, larger);
        vids = Arrays.copyOf(vids, larger);
      }
      rise(score, vid);
      return;
    }
    float worst = scores[0];
    if (score < worst) {
      return;
    }
    if (score == worst) {
      tie(vid);
      return;
    }
    int out = vids[0];
    sink(score, vid);
    if (scores[0] == worst) {
      tie(out);
    } else {
      tied = 0;
    }
  }

  /** Scores below it are of no use any more. */
  float bound() {
    return size < limit ? floor : scores[0];
  }

  /** The score of the one in this place, the best being the first; the last one's beyond. */
  float best(int place) {
    float[] sorted = Arrays.copyOf(scores, size);
    Arrays.sort(sorted);
    return sorted[Math.max(0, size - place)];
  }

  /** All kept, ties included, in no order. */
  int count() {
    return size + tied;
  }

  int vid(int i) {
    return i < size ? vids[i] : ties[i - size];
  }

  float score(int i) {
    return i < size ? scores[i] : scores[0];
  }

  private void tie(int vid) {
    if (tied == TIES_MAX) {
      return;
    }
    if (tied == ties.length) {
      ties = Arrays.copyOf(ties, Math.max(8, tied * 2));
    }
    ties[tied++] = vid;
  }

  private void rise(float score, int vid) {
    int at = size++;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (scores[parent] <= score) {
        break;
      }
      scores[at] = scores[parent];
      vids[at] = vids[parent];
      at = parent;
    }
    scores[at] = score;
    vids[at] = vid;
  }

  private void sink(float score, int vid) {
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && scores[child + 1] < scores[child]) {
        child++;
      }
      if (scores[child] >= score) {
        break;
      }
      scores[at] = scores[child];
      vids[at] = vids[child];
      at = child;
    }
    scores[at] = score;
    vids[at] = vid;
  }
}
