package io.likeness.shard.index;

/**
 * How well a finished graph finds what it should, measured on the graph itself before anybody
 * relies on it: sampled rows are searched for as if they were not there (so they cannot lead to
 * themselves), and compared with exact search over all rows.
 *
 * @param recall share of the true nearest 10 that the walk with {@code effortFor10} finds
 * @param scored rows such a walk has scored exactly, on average
 * @param margin what a true score of a near row hardly ever exceeds its code's score by
 */
record Calibration(double recall, double scored, float margin, int effortFor10, int effortFor100) {

  private static final int SAMPLES = 128;
  private static final int FEW = 10;
  private static final int MANY = 100;
  private static final double DEVIATIONS = 4;

  /** Steps of the ladder of efforts: each this much more than the one before. */
  private static final double STEP = 1.15;

  private static final int FEW_EFFORT_MAX = 640;
  private static final int MANY_EFFORT_MAX = 3_000;

  /** What a search costs that finds the best 10, in codes of 32 bytes met and scored. */
  double cost(int codeBytes) {
    return effortFor10 * MET_PER_KEPT * (0.5 + codeBytes / 64.0) + scored * CODES_PER_ROW;
  }

  private record Found(double recall, int effort) {}

  private static final int MET_PER_KEPT = 20;
  private static final int CODES_PER_ROW = 8;

  /** Some rows as queries, and the exact nearest of each among all the others. */
  record Sample(RowBlock block, int[] rows, float[][] queries, TopVids[] nearest) {

    /** Takes one look at all rows. */
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

    /** The least efforts that reach the wanted recall, or the greatest tried. */
    Calibration measure(GraphFile graph, double recallWanted) {
      float margin = margin(graph);
      Found few = climb(graph, FEW, FEW_EFFORT_MAX, recallWanted);
      Found many = climb(graph, MANY, MANY_EFFORT_MAX, recallWanted);
      return new Calibration(
          few.recall(),
          scored(graph, few.effort(), margin),
          margin,
          few.effort(),
          Math.max(few.effort(), many.effort()));
    }

    private Found climb(GraphFile graph, int wanted, int effortMax, double recallWanted) {
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
        Frontier frontier = walk(graph, i, effort);
        // By score: among equal vectors any is as true as another.
        float worst = nearest[i].best(wanted);
        int reached = 0;
        for (int j = 0; j < frontier.size(); j++) {
          reached += block.score(frontier.row(j), queries[i]) >= worst ? 1 : 0;
        }
        hits += Math.min(wanted, reached);
      }
      return hits / ((double) rows.length * wanted);
    }

    /** How many rows {@link Nearest} would score exactly for its answer of ten. */
    private double scored(GraphFile graph, int effort, float margin) {
      long scored = 0;
      for (int i = 0; i < rows.length; i++) {
        Frontier frontier = walk(graph, i, effort);
        TopVids top = new TopVids(FEW, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < frontier.size() && frontier.score(j) + margin >= top.bound(); j++) {
          top.offer(block.score(frontier.row(j), queries[i]), frontier.row(j));
          scored++;
        }
      }
      return scored / (double) rows.length;
    }

    /** As if the row that is the query were not there. */
    private Frontier walk(GraphFile graph, int query, int effort) {
      Scratch scratch = Scratch.own();
      Codes.Scorer scorer = graph.codes().scorer(queries[query]);
      GraphWalk walk = new GraphWalk(graph, scorer, scratch, Deadline.NONE);
      walk.hide(rows[query]);
      int start = graph.start(queries[query]);
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
