package io.likeness.bench.engine.child;

import io.likeness.bench.engine.data.Subset;
import io.vertx.core.json.JsonObject;

/**
 * Queries to run one after the other.
 *
 * @param offset places passed over before {@code limit} are taken
 * @param from the first query, {@code queries} in all
 * @param truthK how deep the exact answers to compare with are, and of how many queries
 */
public record Ask(
    Subset subset,
    int offset,
    int limit,
    int effort,
    int from,
    int queries,
    int truthK,
    int truthQueries) {

  public static Ask nearest(
      int k, int effort, int from, int queries, int truthK, int truthQueries) {
    return new Ask(Subset.ALL, 0, k, effort, from, queries, truthK, truthQueries);
  }

  public Ask within(Subset wanted) {
    return new Ask(wanted, offset, limit, effort, from, queries, truthK, truthQueries);
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("subset", subset.name())
        .put("offset", offset)
        .put("limit", limit)
        .put("effort", effort)
        .put("from", from)
        .put("queries", queries)
        .put("truth_k", truthK)
        .put("truth_queries", truthQueries);
  }

  static Ask of(JsonObject json) {
    return new Ask(
        Subset.valueOf(json.getString("subset")),
        json.getInteger("offset"),
        json.getInteger("limit"),
        json.getInteger("effort"),
        json.getInteger("from"),
        json.getInteger("queries"),
        json.getInteger("truth_k"),
        json.getInteger("truth_queries"));
  }
}
