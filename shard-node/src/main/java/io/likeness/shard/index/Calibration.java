package io.likeness.shard.index;

import java.util.Random;

/**
 * How well a finished graph finds what it should, measured on the graph itself before anybody
 * relies on it: sampled rows are searched for as if they were not there (so they cannot lead to
 * themselves), and compared with exact search over all rows. Who asks mostly has a picture unlike
 * those that are stored, and finding its nearest takes more. So each sampled row is also drawn
 * towards another, out of the neighbourhood the graph knows, and the efforts are those that find
 * these queries' nearest as well.
 *
 * @param recall share of the true nearest 10 of sampled rows that a walk finds with the effort
 *     these need, at most {@code effortFor10}
 * @param met rows whose codes a walk with {@code effortFor10} scores, on average
 * @param scored rows that it leaves to be scored exactly, on average
 * @param margin what a true score of a near row hardly ever exceeds its code's score by
 */
record Calibration(
    double recall, double met, double scored, float margin, int effortFor10, int effortFor100) {

  private static final int SAMPLES = 64;
  private static final int FEW = 10;
  private static final int MANY = 100;
  private static final double DEVIATIONS = 4;

  /** The share of another row in a query that no row is like. */
  private static final float DRAWN = 0.35f;

  /** Such queries may be harder than any that come: they raise efforts this much at most. */
  private static final int HARDER_MAX = 3;

  /** Steps of the ladder of efforts: each this much more than the one before. */
  private static final double STEP = 1.15;

  private static final int FEW_EFFORT_MAX = 640;
  private static final int MANY_EFFORT_MAX = 3_000;

  // Nanoseconds on one machine; only how they compare matters. A row that is met costs a jump
  // in memory first of all, the length of its code little.
  private static final double MEETING = 60;
  private static final double CODE_BYTE = 0.17;
  private static final double SCORING = 40;
  private static final double DIMENSION = 0.5;
  private static final double PROJECTED_DIMENSION = 0.05;

  /** What a search with these codes costs that finds the best 10. */
  double cost(Codec codec) {
    Projection projection = codec.projection();
    return met * (MEETING + CODE_BYTE * codec.bytes())
        + scored * (SCORING + DIMENSION * projection.dimensions())
        + PROJECTED_DIMENSION * projection.size() * projection.dimensions();
  }

  private record Found(double recall, int effort) {}

  /**
   * Some rows as queries, then the same drawn, and the exact nearest of each among all other rows.
   */
  record Sample(RowBlock block, int[] rows, float[][] queries, TopVids[] nearest) {

    /** Takes one look at all rows. */
    static Sample of(RowBlock block, int dimensions) {
      int samples = Math.min(SAMPLES, block.rows());
      int count = 2 * samples;
      Random random = new Random(block.rows());
      int[] rows = new int[count];
      float[][] queries = new float[count][dimensions];
      TopVids[] nearest = new TopVids[count];
      for (int i = 0; i < count; i++) {
        rows[i] = Codes.spreadRow(i % samples, samples, block.rows());
        block.copyTo(rows[i], queries[i]);
        if (i >= samples) {
          draw(queries[i], block, random.nextInt(block.rows()));
        }
        nearest[i] = new TopVids(MANY, Float.NEGATIVE_INFINITY);
      }
      // Rows outside, queries inside: each row is read from memory once.
      for (int row = 0; row < block.rows(); row++) {
        for (int i = 0; i < count; i++) {
          if (row != rows[i]) {
            nearest[i].offer(block.score(row, queries[i]), row);
          }
        }
      }
      return new Sample(block, rows, queries, nearest);
    }

    private static void draw(float[] query, RowBlock block, int towards) {
      float[] other = new float[query.length];
      block.copyTo(towards, other);
      for (int k = 0; k < query.length; k++) {
        query[k] = (1 - DRAWN) * query[k] + DRAWN * other[k];
      }
      float length = (float) Math.sqrt(Dots.dot(query, query));
      for (int k = 0; k < query.length && length > 0; k++) {
        query[k] /= length;
      }
    }

    /** The least efforts that reach the wanted recall, or the greatest tried. */
    Calibration measure(GraphFile graph, double recallWanted) {
      float margin = margin(graph);
      Found few = climb(graph, FEW, FEW_EFFORT_MAX, recallWanted);
      Found many = climb(graph, MANY, MANY_EFFORT_MAX, recallWanted);
      Work work = work(graph, few.effort(), margin);
      return new Calibration(
          few.recall(),
          work.met(),
          work.scored(),
          margin,
          few.effort(),
          Math.max(few.effort(), many.effort()));
    }

    private Found climb(GraphFile graph, int wanted, int effortMax, double recallWanted) {
      int enough = Math.min(wanted, block.rows() - 1);
      if (enough <= 0) {
        return new Found(1, 1);
      }
      Found own = climb(graph, 0, enough, enough, effortMax, recallWanted);
      int harder = Math.min(effortMax, HARDER_MAX * own.effort());
      Found drawn = climb(graph, rows.length / 2, enough, own.effort(), harder, recallWanted);
      return new Found(own.recall(), drawn.effort());
    }

    private Found climb(
        GraphFile graph, int first, int wanted, int from, int effortMax, double recallWanted) {
      int effort = from;
      while (true) {
        double recall = recall(graph, first, wanted, effort);
        if (recall >= recallWanted || effort >= effortMax || effort >= block.rows()) {
          return new Found(recall, effort);
        }
        effort = Math.min(effortMax, (int) Math.ceil(effort * STEP));
      }
    }

    /** Of half of the queries, from this one on. */
    private double recall(GraphFile graph, int first, int wanted, int effort) {
      int count = rows.length / 2;
      long hits = 0;
      for (int i = first; i < first + count; i++) {
        Frontier frontier = walk(graph, i, effort);
        // By score: among equal vectors any is as true as another.
        float worst = nearest[i].best(wanted);
        int reached = 0;
        for (int j = 0; j < frontier.size(); j++) {
          reached += block.score(frontier.row(j), queries[i]) >= worst ? 1 : 0;
        }
        hits += Math.min(wanted, reached);
      }
      return hits / ((double) count * wanted);
    }

    private record Work(double met, double scored) {}

    /** What {@link Nearest} would do for its answer of ten. */
    private Work work(GraphFile graph, int effort, float margin) {
      long met = 0;
      long scored = 0;
      for (int i = 0; i < rows.length; i++) {
        Frontier frontier = walk(graph, i, effort);
        met += Scratch.own().met();
        TopVids top = new TopVids(FEW, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < frontier.size() && frontier.score(j) + margin >= top.bound(); j++) {
          top.offer(block.score(frontier.row(j), queries[i]), frontier.row(j));
          scored++;
        }
      }
      return new Work(met / (double) rows.length, scored / (double) rows.length);
    }

    /** As if the row that is the query were not there. */
    private Frontier walk(GraphFile graph, int query, int effort) {
      Scratch scratch = Scratch.own();
      Codec.Query coded = graph.codes().codec().query(queries[query]);
      GraphWalk walk = new GraphWalk(graph, graph.codes().scorer(coded), scratch, Deadline.NONE);
      walk.hide(rows[query]);
      int start = graph.start(coded);
      int other = start == rows[query] ? (start + 1) % block.rows() : start;
      walk.run(other, row -> true, effort, Float.NEGATIVE_INFINITY);
      return scratch.frontier;
    }

    private float margin(GraphFile graph) {
      double sum = 0;
      double squares = 0;
      long count = 0;
      for (int i = 0; i < rows.length; i++) {
        Codes.Scorer scorer = graph.codes().scorer(queries[i]);
        for (int j = 0; j < nearest[i].count(); j++) {
          double off = nearest[i].score(j) - scorer.score(nearest[i].vid(j));
          sum += off;
          squares += off * off;
          count++;
        }
      }
      if (count == 0) {
        return 0;
      }
      double mean = sum / count;
      double deviation = Math.sqrt(Math.max(0, squares / count - mean * mean));
      return (float) Math.max(0, mean + DEVIATIONS * deviation);
    }
  }
}
