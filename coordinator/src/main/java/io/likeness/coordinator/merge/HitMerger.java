package io.likeness.coordinator.merge;

import io.likeness.proto.image.ImageIds;
import io.likeness.wire.Hit;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One page out of the shards' best hits. */
public final class HitMerger {

  /** Best first; equal ones by id, so that pages are stable. */
  public static final Comparator<Hit> BY_SCORE =
      Comparator.comparingDouble(Hit::getScore)
          .reversed()
          .thenComparing(Hit::getImageId, ImageIds.ORDER);

  /** For what was asked for without a picture. */
  public static final Comparator<Hit> BY_ID = Comparator.comparing(Hit::getImageId, ImageIds.ORDER);

  private HitMerger() {}

  /**
   * Hits {@code offset} to {@code offset + limit} of all; each list is in this order already and
   * holds the best of its shard that far.
   */
  public static List<Hit> merge(
      List<List<Hit>> shards, Comparator<Hit> order, int offset, int limit) {
    return SortedLists.merge(shards, order, offset, limit);
  }

  /** As above, of the best of each group: a group that several shards hold counts once. */
  public static List<Hit> mergeGroups(
      List<List<Hit>> shards, Comparator<Hit> order, int offset, int limit) {
    int all = shards.stream().mapToInt(List::size).sum();
    Set<String> met = new HashSet<>();
    return SortedLists.merge(shards, order, 0, all).stream()
        .filter(hit -> !hit.hasGroup() || met.add(hit.getGroup()))
        .skip(offset)
        .limit(limit)
        .toList();
  }
}
