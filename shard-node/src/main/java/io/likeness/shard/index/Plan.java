package io.likeness.shard.index;

/** Whether to walk a graph or to scan its codes, in one place. */
final class Plan {

  /** Rows a walk scores for each one it keeps, about. */
  private static final int SCORED_PER_KEPT = 20;

  /** A row met on a walk costs as much as this many of a scan, which reads memory in order. */
  private static final int WALKED_TO_SCANNED = 3;

  /**
   * Beyond what calibration says, since callers' queries are not as near to the rows as rows are to
   * each other.
   */
  private static final int SPARE = 16;

  /** Filters may want rows far from any the query is near to; there a walk has to look wider. */
  private static final int FILTERED_MIN = 64;

  /** A walk that keeps more rows than this spends its time on keeping them in order. */
  private static final int WALK_MAX = 8_192;

  private Plan() {}

  /** Wanted rows that a walk keeps. */
  static int effort(int calibrated, int limit, boolean filtered) {
    int usual = Math.max(calibrated, limit + SPARE);
    return filtered ? Math.max(FILTERED_MIN, usual + limit / 2) : usual;
  }

  /**
   * A scan scores {@code matching} rows; a walk scores what it always does, times the rows it has
   * to pass for each one it may keep. Scanning finds them all, so it wins a draw.
   */
  static boolean scans(int matching, int rows, int effort) {
    double walk = (double) WALKED_TO_SCANNED * SCORED_PER_KEPT * effort * rows / matching;
    return matching <= walk || effort > WALK_MAX;
  }
}
