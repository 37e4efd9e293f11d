package io.likeness.coordinator.merge;

import io.likeness.wire.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;

/** The next hits out of what shards have next, and how many of each shard's they used up. */
public final class CursorMerger {

  /**
   * What one shard has next, in order.
   *
   * @param mayHaveMore whether there may be hits behind these
   */
  public record Next(List<Hit> hits, boolean mayHaveMore) {}

  /**
   * What came of it.
   *
   * @param taken hits of each shard that were used, passed over ones included
   * @param isShort fewer than wanted, though a shard may have more: ask it and merge again
   * @param hasMore something is left, or may be
   */
  public record Merged(List<Hit> hits, int[] taken, boolean isShort, boolean hasMore) {}

  private record Head(Hit hit, int shard, int place) {}

  private CursorMerger() {}

  /** The first {@code limit} in order; {@code passOver}: known already. */
  public static Merged merge(
      List<Next> shards, Comparator<Hit> order, int limit, Predicate<Hit> passOver) {
    PriorityQueue<Head> heads = new PriorityQueue<>((a, b) -> order.compare(a.hit(), b.hit()));
    int[] taken = new int[shards.size()];
    boolean isDry = false;
    for (int i = 0; i < taken.length; i++) {
      isDry |= !push(heads, shards, i, 0);
    }
    List<Hit> hits = new ArrayList<>();
    // Behind a list that ran dry lies perhaps something better than any head.
    while (hits.size() < limit && !isDry && !heads.isEmpty()) {
      Head best = heads.remove();
      taken[best.shard()]++;
      if (!passOver.test(best.hit())) {
        hits.add(best.hit());
      }
      isDry = !push(heads, shards, best.shard(), best.place() + 1);
    }
    boolean hasMore = isDry || !heads.isEmpty();
    return new Merged(hits, taken, hits.size() < limit && hasMore, hasMore);
  }

  /** False: it ran dry, but may have more. */
  private static boolean push(PriorityQueue<Head> heads, List<Next> shards, int shard, int place) {
    Next next = shards.get(shard);
    if (place < next.hits().size()) {
      heads.add(new Head(next.hits().get(place), shard, place));
      return true;
    }
    return !next.mayHaveMore();
  }
}
