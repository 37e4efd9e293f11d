package io.likeness.shard.index;

/**
 * How well a finished graph finds what it should, measured on the graph itself before anybody
 * relies on it: sampled rows are searched for as if they were not there (so they cannot lead to
 * themselves), and compared with exact search over all rows.
 *
 * @param recall share of the true nearest 10 that the walk with {@code effortFor10} finds
 * @param margin what a true score of a near row hardly ever exceeds its code's score by
 */
record Calibration(double recall, float margin, int effortFor10, int effortFor100) {

  private static final int SAMPLES = 128;
  private static final int FEW = 10;
  private static final int MANY = 100;
  private static final double DEVIATIONS = 3;

  /** Steps of the ladder of efforts: each this much more than the one before. */
  private static final double STEP = 1.15;

  private static final int FEW_EFFORT_MAX = 640;
  private static final int MANY_EFFORT_MAX = 3_000;

  /** The least efforts that reach the wanted recall, or the greatest tried. */
  static Calibration of(RowBlock rows, GraphFile graph, int dimensions, double recallWanted) {
    Sample sample = Sample.of(rows, dimensions);
    Found few = sample.climb(graph, FEW, FEW_EFFORT_MAX, recallWanted);
    Found many = sample.climb(graph, MANY, MANY_EFFORT_MAX, recallWanted);
    return new Calibration(
        few.recall(), sample.margin(graph), few.effort(), Math.max(few.effort(), many.effort()));
  }

  private record Found(double recall, int effort) {}

  /** Some rows as queries, and the exact nearest of each among all the others. */
  private record Sample(RowBlock block, int[] rows, float[][] queries, TopVids[] nearest) {

    static Sample of(RowBlock block, int dimensions) {
      int count = Math.min(SAMPLES, block.rows());
      int[] rows = new int[count];
      float[][] queries = new float[count][dimensions];
      TopVids[] nearest = new TopVids[count];
      for (int i = 0; i < count; i++) {
        rows[i] = Codes.spreadRow(i, count, block.rows());
        block.copyTo(rows[i], queries[i]);
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

    Found climb(GraphFile graph, int wanted, int effortMax, double recallWanted) {
      int enough = Math.min(wanted, block.rows() - 1);
      double recall = 1;
      int effort = enough;
      while (enough > 0) {
        recall = recall(graph, enough, effort);
        if (recall >= recallWanted || effort >= effortMax || effort >= block.rows()) {
          break;
        }
        effort = Math.min(effortMax, (int) Math.ceil(effort * STEP));
      }
      return new Found(recall, Math.max(1, effort));
    }

    private double recall(GraphFile graph, int wanted, int effort) {
      long hits = 0;
      for (int i = 0; i < rows.length; i++) {
        Scratch scratch = Scratch.own();
        GraphWalk walk =
            new GraphWalk(graph, graph.codes().scorer(queries[i]), scratch, Deadline.NONE);
        walk.hide(rows[i]);
        int start = graph.start(queries[i]);
        int other = start == rows[i] ? (start + 1) % block.rows() : start;
        walk.run(other, row -> true, effort, Float.NEGATIVE_INFINITY);
        // By score: among equal vectors any is as true as another.
        float worst = nearest[i].best(wanted);
        int reached = 0;
        for (int j = 0; j < scratch.frontier.size(); j++) {
          reached += block.score(scratch.frontier.row(j), queries[i]) >= worst ? 1 : 0;
        }
        hits += Math.min(wanted, reached);
      }
      return hits / ((double) rows.length * wanted);
    }

    float margin(GraphFile graph) {
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
