package io.likeness.shard.index;

/** When to walk a graph and how hard, in one place; ENGINE figures are quoted in decision 0004. */
final class Plan {

  /** Wanted rows a walk keeps at least: recall@10 of about 0.97 at 200 thousand rows. */
  private static final int EFFORT_MIN = 96;

  /** Rows a walk scores for each one it keeps, about, in graphs of some 100 thousand rows. */
  private static final int SCORED_PER_KEPT = 20;

  private Plan() {}

  static int effort(int limit, int rows) {
    return (int) Math.min(rows, Math.max(EFFORT_MIN, 2L * limit));
  }

  /**
   * A scan scores {@code matching} rows; a walk scores what it always does, times the rows it has
   * to pass for each one it may keep. Scanning is exact, so it wins a draw.
   */
  static boolean scans(int matching, int rows, int effort) {
    double walk = (double) SCORED_PER_KEPT * effort * rows / Math.max(1, matching);
    return matching <= Math.max(walk, effort);
  }
}
