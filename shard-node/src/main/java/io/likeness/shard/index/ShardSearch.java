package io.likeness.shard.index;

import io.likeness.wire.Filter;

/**
 * What is asked of one shard.
 *
 * @param vector of unit length; empty: by filter alone, in order of id
 * @param limit the best this many
 * @param minCosine hits below it are not wanted
 * @param effort rows that walks of graphs keep; 0: as many as the demanded recall takes
 * @param countOnly the total is enough
 * @param groupBy the best image of each value of this tag, and of those without it each by itself;
 *     empty: every image
 */
public record ShardSearch(
    float[] vector,
    Filter filter,
    int limit,
    float minCosine,
    int effort,
    boolean withAttributes,
    boolean countOnly,
    Deadline deadline,
    String groupBy) {

  public ShardSearch(
      float[] vector,
      Filter filter,
      int limit,
      float minCosine,
      int effort,
      boolean withAttributes,
      boolean countOnly,
      Deadline deadline) {
    this(vector, filter, limit, minCosine, effort, withAttributes, countOnly, deadline, "");
  }

  public ShardSearch {
    if (limit < 0) {
      throw new IllegalArgumentException("limit " + limit + " is negative");
    }
    if (effort < 0) {
      throw new IllegalArgumentException("effort " + effort + " is negative");
    }
    if (!groupBy.isEmpty() && vector.length == 0) {
      throw new IllegalArgumentException("groups by " + groupBy + " of a search without a vector");
    }
  }

  /** The same, to be answered by another time. */
  ShardSearch within(Deadline other) {
    return new ShardSearch(
        vector, filter, limit, minCosine, effort, withAttributes, countOnly, other, groupBy);
  }

  /** The same search, another page of it. */
  public ShardSearch page(int pageLimit, boolean attributes, Deadline until) {
    return new ShardSearch(
        vector, filter, pageLimit, minCosine, effort, attributes, countOnly, until, groupBy);
  }
}
