package io.likeness.shard.index;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The wanted rows nearest to one query over all blocks of a view: in each block first about, by
 * codes, among many rows, then exactly, by the vectors themselves, among the few that may belong to
 * the answer. Only exact scores enter it, so it is all the same by which block, code or graph a row
 * was found, and what one block found spares the next ones work. For one thread and one search.
 */
final class Nearest {

  /** Up to this many matches more than are asked for are scored exactly at once. */
  private static final int SPARE = 24;

  /** About a tenth of a millisecond of work. */
  private static final int BATCHES_PER_CHECK = 64;

  /** A scan that keeps more rows than this puts them in order at its end only. */
  private static final int GATHERED = 1_024;

  /** Where at least one of so many rows is wanted, all are looked at, sixteen at a time. */
  private static final int SKIMMED = 4;

  private static final int ROWS_SKIMMED_PER_CHECK = 1 << 14;

  /** Where more of a block's rows than this are wanted, the others are a few deleted ones. */
  private static final double UNFILTERED = 0.97;

  private final float[] query;
  private final VidSet wanted;
  private final int limit;
  private final int effort;
  private final TopVids top;
  private final Deadline deadline;
  private final Scratch scratch = Scratch.own();
  // Young blocks share one codec.
  private @Nullable Codec codec;
  private Codec.@Nullable Query coded;

  /**
   * @param effort rows a walk keeps; 0: as many as each graph's recall demands
   * @param top takes what is found
   */
  Nearest(float[] query, VidSet wanted, int limit, int effort, TopVids top, Deadline deadline) {
    this.query = query;
    this.wanted = wanted;
    this.limit = limit;
    this.effort = effort;
    this.top = top;
    this.deadline = deadline;
  }

  /** False: the deadline passed on the way, and what was found is of no use. */
  boolean search(List<RowBlock> blocks) {
    for (RowBlock block : blocks) {
      if (deadline.hasPassed() || !search(block)) {
        return false;
      }
    }
    return true;
  }

  private boolean search(RowBlock block) {
    int matching = wanted.sizeWithin(block.firstVid(), block.endVid());
    if (matching == 0) {
      return true;
    }
    Codes codes = block.codes();
    if (codes == null || matching <= limit + SPARE) {
      return block.scan(query, wanted, top, deadline);
    }
    GraphFile graph = block instanceof Segment segment ? segment.graph() : null;
    if (graph != null) {
      int kept =
          effort > 0
              ? Math.max(effort, limit)
              : Plan.effort(graph.effort(limit), limit, matching < UNFILTERED * block.rows());
      if (!Plan.scans(matching, block.rows(), kept)) {
        return walk(block, graph, matching, kept);
      }
    }
    return scan(block, codes, matching);
  }

  private boolean walk(RowBlock block, GraphFile graph, int matching, int kept) {
    GraphWalk.Wanted test =
        matching == block.rows() ? row -> true : row -> wanted.contains(block.vid(row));
    float margin = graph.codes().margin();
    Codec.Query asked = coded(graph.codes());
    GraphWalk walk = new GraphWalk(graph, graph.codes().scorer(asked), scratch, deadline);
    GraphWalk.End end = walk.run(graph.start(asked), test, kept, top.bound() - margin);
    if (end == GraphWalk.End.LATE) {
      return false;
    }
    // A graph need not be connected everywhere; what it owes, the scan brings.
    if (end == GraphWalk.End.DONE && scratch.frontier.wanted() < Math.min(limit, matching)) {
      return scan(block, graph.codes(), matching);
    }
    rank(block, 0, margin);
    return true;
  }

  /** Scores every match by its code, and exactly as many as it takes to be sure of the best. */
  private boolean scan(RowBlock block, Codes codes, int matching) {
    Codes.Scorer scorer = scorer(codes);
    Skim skim = matching > block.rows() / SKIMMED ? codes.skim() : null;
    Skim.@Nullable Look look =
        skim == null ? null : skim.look(coded(codes).coordinates(), Dots.dot(query, query));
    // The same for each round, or what was ranked before would stand elsewhere.
    float least = top.bound();
    Frontier frontier = scratch.frontier;
    int ranked = 0;
    for (int kept = limit + SPARE; ; kept = (int) Math.min(matching, 4L * kept)) {
      boolean many = kept > GATHERED;
      if (many) {
        frontier.gather(kept);
      } else {
        frontier.reset(kept);
      }
      boolean inTime =
          look == null
              ? score(block, scorer, frontier, many)
              : skim(block, look, least, scorer, many);
      if (!inTime) {
        return false;
      }
      if (many) {
        frontier.settle();
      }
      // The order is total: what was ranked before stands in front again.
      if (rank(block, ranked, codes.margin()) || kept >= matching || frontier.size() < kept) {
        return true;
      }
      ranked = frontier.size();
    }
  }

  private boolean score(RowBlock block, Codes.Scorer scorer, Frontier frontier, boolean many) {
    int[] batch = scratch.batch;
    int end = block.endVid();
    int row = 0;
    int untilCheck = BATCHES_PER_CHECK;
    int vid = wanted.nextFrom(block.firstVid());
    while (vid >= 0 && vid < end) {
      int count = 0;
      int warmed = 0;
      for (; count < batch.length && vid >= 0 && vid < end; vid = wanted.nextFrom(vid + 1)) {
        row = block.rowOf(vid, row);
        batch[count++] = row;
        warmed += scorer.touch(row);
      }
      scratch.warmed += warmed;
      if (many) {
        gather(batch, count, scorer, frontier);
      } else {
        score(batch, count, scorer, frontier);
      }
      if (--untilCheck == 0) {
        if (deadline.hasPassed()) {
          return false;
        }
        untilCheck = BATCHES_PER_CHECK;
      }
    }
    return true;
  }

  /** Scores by their codes the matches that may reach this score. */
  private boolean skim(
      RowBlock block, Skim.Look look, float least, Codes.Scorer scorer, boolean many) {
    Frontier frontier = scratch.frontier;
    int[] batch = scratch.batch;
    int rows = block.rows();
    for (int first = 0; first < rows; first += Skim.ROWS) {
      int reaching = look.reaching(first, least);
      int count = 0;
      for (; reaching != 0; reaching &= reaching - 1) {
        int row = first + Integer.numberOfTrailingZeros(reaching);
        if (row < rows && wanted.contains(block.vid(row))) {
          batch[count++] = row;
        }
      }
      if (many) {
        gather(batch, count, scorer, frontier);
      } else {
        score(batch, count, scorer, frontier);
      }
      if (first % ROWS_SKIMMED_PER_CHECK == 0 && deadline.hasPassed()) {
        return false;
      }
    }
    return true;
  }

  private static void score(int[] rows, int count, Codes.Scorer scorer, Frontier frontier) {
    float worst = frontier.bound();
    for (int i = 0; i < count; i++) {
      float score = scorer.score(rows[i]);
      if (score >= worst) {
        frontier.offer(score, rows[i], true);
        worst = frontier.bound();
      }
    }
  }

  private static void gather(int[] rows, int count, Codes.Scorer scorer, Frontier frontier) {
    float worst = frontier.gatheredBound();
    for (int i = 0; i < count; i++) {
      float score = scorer.score(rows[i]);
      if (score >= worst) {
        frontier.gather(score, rows[i]);
        worst = frontier.gatheredBound();
      }
    }
  }

  /**
   * Scores what the frontier holds exactly, best first, from this one on. True: the next code is so
   * far below the worst of the answer that neither it nor any after it can belong there.
   */
  private boolean rank(RowBlock block, int from, float margin) {
    Frontier frontier = scratch.frontier;
    Segment cold = block instanceof Segment segment && segment.isCold() ? segment : null;
    long start = System.nanoTime();
    int read = 0;
    int fetched = from;
    boolean isCertain = false;
    for (int i = from; i < frontier.size(); i++) {
      if (frontier.score(i) + margin < top.bound()) {
        isCertain = true;
        break;
      }
      if (!frontier.isWanted(i)) {
        continue;
      }
      if (cold != null && i >= fetched) {
        fetched = fetch(cold, i, i == from ? limit + SPARE / 2 : SPARE);
      }
      int row = frontier.row(i);
      top.offer(block.score(row, query), block.vid(row));
      read++;
    }
    if (read > 0 && block instanceof Segment segment) {
      segment.read(read, System.nanoTime() - start);
    }
    return isCertain;
  }

  /** Asks for so many rows at once, so that the disk works on all of them together. */
  private int fetch(Segment segment, int from, int count) {
    Frontier frontier = scratch.frontier;
    int end = Math.min(frontier.size(), from + count);
    for (int i = from; i < end; i++) {
      if (frontier.isWanted(i)) {
        segment.fetch(frontier.row(i), 1);
      }
    }
    return end;
  }

  private Codes.Scorer scorer(Codes codes) {
    return codes.scorer(coded(codes));
  }

  private Codec.Query coded(Codes codes) {
    Codec.Query known = coded;
    if (known == null || codec != codes.codec()) {
      codec = codes.codec();
      known = codec.query(query);
      coded = known;
    }
    return known;
  }
}
