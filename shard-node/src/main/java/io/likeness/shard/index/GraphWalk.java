package io.likeness.shard.index;

import java.util.Arrays;
import java.util.Map;

/**
 * Best-first search of one segment's graph with exact scores. The walk goes where likeness leads,
 * wanted or not; only wanted rows enter the answer, and it ends when {@code effort} wanted rows are
 * known and nothing nearer than the worst of them is left to expand.
 */
final class GraphWalk {

  private static final int EXPANSIONS_PER_CHECK = 32;

  private final Segment segment;
  private final GraphFile graph;
  private final float[] query;
  private final VidSet wanted;
  private final int effort;
  private final long[] seen;
  // Both heaps hold (score as sortable int) << 32 | row. Open: the best at its root, negated.
  private long[] open = new long[256];
  private int opened;
  private final long[] best;
  private int found;

  GraphWalk(Segment segment, GraphFile graph, float[] query, VidSet wanted, int effort) {
    this.segment = segment;
    this.graph = graph;
    this.query = query;
    this.wanted = wanted;
    this.effort = effort;
    this.seen = new long[(graph.rows() + 63) >>> 6];
    this.best = new long[effort];
  }

  /** False: the deadline passed on the way. */
  boolean run(TopVids top, Deadline deadline) {
    int entry = descend();
    meet(entry, segment.score(entry, query));
    int untilCheck = EXPANSIONS_PER_CHECK;
    while (opened > 0) {
      long nearest = ~pop(open, opened--);
      if (found == effort && nearest < best[0]) {
        break;
      }
      int node = (int) nearest;
      for (int i = 0; i < graph.degree(); i++) {
        int near = graph.neighbour(node, i);
        if (near == GraphFile.NONE) {
          break;
        }
        if (firstSight(near)) {
          meet(near, segment.score(near, query));
        }
      }
      if (--untilCheck == 0) {
        if (deadline.hasPassed()) {
          return false;
        }
        untilCheck = EXPANSIONS_PER_CHECK;
      }
    }
    for (int i = 0; i < found; i++) {
      top.offer(score(best[i]), graph.vid((int) best[i]));
    }
    return true;
  }

  /** How many wanted rows the walk has met and kept. */
  int found() {
    return found;
  }

  /** Greedily from the top level to the entry of the lowest. */
  private int descend() {
    int node = graph.entry();
    float score = segment.score(node, query);
    for (int level = graph.upper().size() - 1; level >= 0; level--) {
      Map<Integer, int[]> nodes = graph.upper().get(level);
      boolean moved = true;
      while (moved) {
        moved = false;
        int[] near = nodes.get(node);
        if (near == null) {
          break;
        }
        for (int candidate : near) {
          float candidateScore = segment.score(candidate, query);
          if (candidateScore > score) {
            score = candidateScore;
            node = candidate;
            moved = true;
          }
        }
      }
    }
    firstSight(node);
    return node;
  }

  private boolean firstSight(int row) {
    long bit = 1L << row;
    if ((seen[row >>> 6] & bit) != 0) {
      return false;
    }
    seen[row >>> 6] |= bit;
    return true;
  }

  private void meet(int row, float score) {
    long entry = (long) sortable(score) << 32 | row;
    if (found == effort && entry < best[0]) {
      return;
    }
    if (opened == open.length) {
      open = Arrays.copyOf(open, opened * 2);
    }
    push(open, opened++, ~entry);
    if (!wanted.contains(graph.vid(row))) {
      return;
    }
    if (found < effort) {
      push(best, found++, entry);
    } else {
      pop(best, found);
      push(best, found - 1, entry);
    }
  }

  /** Floats as ints in the same order. */
  private static int sortable(float score) {
    int bits = Float.floatToRawIntBits(score);
    return bits ^ ((bits >> 31) & 0x7fffffff);
  }

  private static float score(long entry) {
    int bits = (int) (entry >> 32);
    return Float.intBitsToFloat(bits ^ ((bits >> 31) & 0x7fffffff));
  }

  // A binary heap of longs, the smallest at its root.

  private static void push(long[] heap, int size, long value) {
    int at = size;
    while (at > 0) {
      int parent = (at - 1) >>> 1;
      if (heap[parent] <= value) {
        break;
      }
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = value;
  }

  private static long pop(long[] heap, int size) {
    long root = heap[0];
    long value = heap[size - 1];
    int last = size - 1;
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= last) {
        break;
      }
      if (child + 1 < last && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= value) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = value;
    return root;
  }
}
