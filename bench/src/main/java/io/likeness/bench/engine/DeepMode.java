package io.likeness.bench.engine;

import io.likeness.bench.engine.child.Ask;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.rival.Engine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What does a page deep in the list cost, when it is to be right? */
final class DeepMode extends GridMode {

  private static final int LIMIT = 100;
  private static final int[] OFFSETS = {0, 1_000, 9_900};
  private static final int[] QUERIES = {500, 200, 50};

  /** Candidates for each place down to the page's end. */
  private static final double[] FACTORS = {1, 1.25, 1.5, 2, 3, 4};

  @Override
  String title() {
    return "CPU us (recall of the page of 100)";
  }

  @Override
  List<Kind> kinds(Bed bed) throws IOException {
    List<Kind> kinds = new ArrayList<>();
    for (int i = 0; i < OFFSETS.length; i++) {
      int end = OFFSETS[i] + LIMIT;
      int queries = Math.min(QUERIES[i], bed.asked());
      if (end > bed.data().base().count()) {
        bed.say().accept("no page ends at place " + end + " of " + bed.data().base().count());
        continue;
      }
      bed.data().computeTruth(List.of(Subset.ALL), end, queries, bed.say());
      Ask ask = Ask.nearest(LIMIT, queries, end, queries).behind(OFFSETS[i]);
      kinds.add(new Kind("from place " + (OFFSETS[i] + 1), ask));
    }
    return kinds;
  }

  @Override
  int[] efforts(Engine engine, Kind kind) {
    int[] efforts = new int[FACTORS.length];
    for (int i = 0; i < efforts.length; i++) {
      efforts[i] = (int) (FACTORS[i] * kind.ask().k());
    }
    return efforts;
  }
}
