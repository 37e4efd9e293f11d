package io.likeness.shard.index;

/**
 * Best-first search of one segment's graph, scored by codes. The walk goes where likeness leads,
 * wanted or not; it ends when the wanted rows it was told to keep are known and nothing nearer than
 * the worst of them is left to expand. All of a row's neighbours that are new are touched before
 * any is scored, so that the memory they lie in is fetched at once and not one after the other.
 */
final class GraphWalk {

  private static final int EXPANSIONS_PER_CHECK = 32;

  /** Steps a walk goes before it heeds the bound of others: its start may be far off. */
  private static final int FIRST_STEPS = 12;

  enum End {
    DONE,
    /** Nothing is left that could reach the bound. */
    BOUND,
    LATE
  }

  /** Which rows may enter the answer. */
  interface Wanted {
    boolean test(int row);
  }

  private final GraphFile graph;
  private final Codes.Scorer scorer;
  private final Scratch scratch;
  private final Deadline deadline;

  GraphWalk(GraphFile graph, Codes.Scorer scorer, Scratch scratch, Deadline deadline) {
    this.graph = graph;
    this.scorer = scorer;
    this.scratch = scratch;
    this.deadline = deadline;
    scratch.begin(graph.rows(), graph.degree());
  }

  /** As if this row were not there. */
  void hide(int row) {
    scratch.meet(row);
  }

  /**
   * Leaves what it found in the frontier of the scratch.
   *
   * @param effort wanted rows to keep
   * @param bound what codes score below it is of no use: others have found enough better ones
   */
  End run(int start, Wanted wanted, int effort, float bound) {
    Frontier frontier = scratch.frontier;
    frontier.reset(effort);
    if (scratch.meet(start)) {
      frontier.offer(scorer.score(start), start, wanted.test(start));
    }
    int steps = 0;
    for (int row = frontier.expand(); row >= 0; row = frontier.expand()) {
      if (++steps > FIRST_STEPS && frontier.expandedScore() < bound) {
        return End.BOUND;
      }
      expand(row, wanted);
      if (steps % EXPANSIONS_PER_CHECK == 0 && deadline.hasPassed()) {
        return End.LATE;
      }
    }
    return End.DONE;
  }

  private void expand(int row, Wanted wanted) {
    int[] near = scratch.neighbours;
    graph.neighbours(row, near);
    int fresh = scratch.meet(near, graph.degree());
    int warmed = 0;
    for (int i = 0; i < fresh; i++) {
      warmed += scorer.touch(near[i]);
    }
    scratch.warmed += warmed;
    Frontier frontier = scratch.frontier;
    float worst = frontier.bound();
    for (int i = 0; i < fresh; i++) {
      float score = scorer.score(near[i]);
      if (score > worst) {
        frontier.offer(score, near[i], wanted.test(near[i]));
        worst = frontier.bound();
      }
    }
  }
}
