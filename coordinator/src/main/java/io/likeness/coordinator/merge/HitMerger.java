package io.likeness.coordinator.merge;

import io.likeness.proto.image.ImageIds;
import io.likeness.wire.Hit;
import java.util.Comparator;
import java.util.List;

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
}
