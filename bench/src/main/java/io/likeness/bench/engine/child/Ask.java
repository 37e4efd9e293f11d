package io.likeness.bench.engine.child;

import io.likeness.bench.engine.data.Subset;
import io.vertx.core.json.JsonObject;

/**
 * Queries to run one after the other.
 *
 * @param offset places passed over before {@code limit} are taken
 * @param from the first query, {@code queries} in all
 * @param truthK how deep the exact answers to compare with are, and of how many queries
 * @param millisLeast the queries are gone through again until so much time has passed, so that fast
 *     engines are measured for as long as slow ones
 * @param millisMost no further query begins after this time
 * @param cold before each query the engine's files are dropped from memory
 */
public record Ask(
    Subset subset,
    int offset,
    int limit,
    int effort,
    int from,
    int queries,
    int truthK,
    int truthQueries,
    long millisLeast,
    long millisMost,
    boolean cold) {

  private static final long MILLIS_MOST = 600_000;

  /** The nearest of all rows. */
  public static Ask nearest(int k, int queries, int truthK, int truthQueries) {
    return new Ask(Subset.ALL, 0, k, k, 0, queries, truthK, truthQueries, 0, MILLIS_MOST, false);
  }

  public Ask by(int otherEffort) {
    return new Ask(
        subset,
        offset,
        limit,
        otherEffort,
        from,
        queries,
        truthK,
        truthQueries,
        millisLeast,
        millisMost,
        cold);
  }

  public Ask within(Subset wanted) {
    return new Ask(
        wanted,
        offset,
        limit,
        effort,
        from,
        queries,
        truthK,
        truthQueries,
        millisLeast,
        millisMost,
        cold);
  }

  /** The {@code limit} places behind {@code places}. */
  public Ask behind(int places) {
    return new Ask(
        subset,
        places,
        limit,
        effort,
        from,
        queries,
        truthK,
        truthQueries,
        millisLeast,
        millisMost,
        cold);
  }

  public Ask queries(int first, int count) {
    return new Ask(
        subset,
        offset,
        limit,
        effort,
        first,
        count,
        truthK,
        truthQueries,
        millisLeast,
        millisMost,
        cold);
  }

  public Ask atMost(long millis) {
    return new Ask(
        subset,
        offset,
        limit,
        effort,
        from,
        queries,
        truthK,
        truthQueries,
        millisLeast,
        millis,
        cold);
  }

  public Ask atLeast(long millis) {
    return new Ask(
        subset,
        offset,
        limit,
        effort,
        from,
        queries,
        truthK,
        truthQueries,
        millis,
        millisMost,
        cold);
  }

  public Ask onColdFiles() {
    return new Ask(
        subset,
        offset,
        limit,
        effort,
        from,
        queries,
        truthK,
        truthQueries,
        millisLeast,
        millisMost,
        true);
  }

  /** What the engine is asked for. */
  public int k() {
    return offset + limit;
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
        .put("truth_queries", truthQueries)
        .put("millis_least", millisLeast)
        .put("millis_most", millisMost)
        .put("cold", cold);
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
        json.getInteger("truth_queries"),
        json.getLong("millis_least"),
        json.getLong("millis_most"),
        json.getBoolean("cold"));
  }
}
