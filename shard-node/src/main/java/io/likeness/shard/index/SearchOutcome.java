package io.likeness.shard.index;

import io.likeness.wire.Hit;
import java.util.List;

/** How a search of one shard can end. */
public sealed interface SearchOutcome {

  /**
   * Best first, ties by image id; the score is the cosine.
   *
   * @param total images that fulfil the filter, exactly
   */
  record Found(List<Hit> hits, long total) implements SearchOutcome {
    public Found {
      hits = List.copyOf(hits);
    }
  }

  /** The deadline passed first. */
  record Late() implements SearchOutcome {}

  /** The query cannot be compared with what the shard holds. */
  record Misfit(String reason) implements SearchOutcome {}
}
