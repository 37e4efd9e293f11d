package io.likeness.shard.index;

import io.likeness.proto.image.ImageIds;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * Vector ids in their final order: best first, equal scores by image id. Who somebody is costs a
 * look into Lucene, so it is asked of those only whose order hangs on it.
 */
record Ranking(int[] vids, float[] scores) {

  /** Image ids by vector id. */
  interface Ids {
    Map<Integer, String> of(int[] vids) throws IOException;
  }

  /** The first {@code limit} of these. */
  static Ranking of(TopVids top, int limit, Ids ids) throws IOException {
    int count = top.count();
    // Sorted as longs: the best score first, and its place to find the vector id again.
    long[] order = new long[count];
    for (int i = 0; i < count; i++) {
      order[i] = (long) ~sortable(top.score(i)) << 32 | i;
    }
    Arrays.sort(order);
    int[] vids = new int[count];
    float[] scores = new float[count];
    for (int i = 0; i < count; i++) {
      vids[i] = top.vid((int) order[i]);
      scores[i] = top.score((int) order[i]);
    }
    Ranking ranking = new Ranking(vids, scores);
    ranking.settleTies(limit, ids);
    return ranking.first(limit);
  }

  int size() {
    return vids.length;
  }

  Ranking first(int count) {
    return count >= vids.length
        ? this
        : new Ranking(Arrays.copyOf(vids, count), Arrays.copyOf(scores, count));
  }

  /** Puts every run of equal scores that begins before {@code limit} in order of image ids. */
  private void settleTies(int limit, Ids ids) throws IOException {
    IntStream.Builder tied = IntStream.builder();
    for (int from = 0; from < limit && from < vids.length; from = endOfRun(from)) {
      int to = endOfRun(from);
      for (int i = from; i < to && to - from > 1; i++) {
        tied.add(vids[i]);
      }
    }
    int[] unsettled = tied.build().toArray();
    if (unsettled.length == 0) {
      return;
    }
    Map<Integer, String> names = ids.of(unsettled);
    Comparator<Integer> byName =
        Comparator.comparing(vid -> Objects.requireNonNull(names.get(vid)), ImageIds.ORDER);
    for (int from = 0; from < limit && from < vids.length; from = endOfRun(from)) {
      int to = endOfRun(from);
      if (to - from > 1) {
        Integer[] run = Arrays.stream(vids, from, to).boxed().toArray(Integer[]::new);
        Arrays.sort(run, byName);
        for (int i = from; i < to; i++) {
          vids[i] = run[i - from];
        }
      }
    }
  }

  private int endOfRun(int from) {
    int end = from + 1;
    while (end < scores.length && scores[end] == scores[from]) {
      end++;
    }
    return end;
  }

  /** Floats as ints in the same order. */
  private static int sortable(float score) {
    int bits = Float.floatToRawIntBits(score + 0f);
    return bits ^ ((bits >> 31) & 0x7fffffff);
  }
}
