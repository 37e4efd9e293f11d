package io.likeness.shard.index;

import io.likeness.wire.Filter;

/**
 * What is asked of one shard.
 *
 * @param vector of unit length; empty: by filter alone, in order of id
 * @param limit the best this many
 * @param minCosine hits below it are not wanted
 * @param countOnly the total is enough
 */
public record ShardSearch(
    float[] vector,
    Filter filter,
    int limit,
    float minCosine,
    boolean withAttributes,
    boolean countOnly,
    Deadline deadline) {

  public ShardSearch {
    if (limit < 0) {
      throw new IllegalArgumentException("limit " + limit + " is negative");
    }
  }
}
