package io.likeness.bench.engine;

import io.likeness.bench.engine.child.Ask;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.rival.Engine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What does a filter cost, whatever share of the rows it leaves, and whether it has to do with the
 * vectors or not? Filters are known before the search: their evaluation is not measured, but ours
 * is looked up among kept bitmaps.
 */
final class FiltersMode extends GridMode {

  private static final int QUERIES = 500;
  private static final int K = 10;

  @Override
  String title() {
    return "CPU us (recall@10)";
  }

  @Override
  List<Kind> kinds(Bed bed) throws IOException {
    int queries = Math.min(QUERIES, bed.asked());
    List<Subset> subsets = new ArrayList<>(List.of(Subset.ALL));
    subsets.addAll(Subset.FILTERS);
    bed.data().computeTruth(subsets, K, queries, bed.say());
    List<Kind> kinds = new ArrayList<>();
    for (Subset subset : subsets) {
      double share = bed.data().members(subset).cardinality() / (double) bed.data().base().count();
      String label =
          subset.isClustered()
              ? String.format(Locale.ROOT, "clusters, %.1f %%", 100 * share)
              : subset.label();
      kinds.add(new Kind(label, Ask.nearest(K, queries, K, queries).within(subset)));
    }
    return kinds;
  }

  @Override
  int[] efforts(Engine engine, Kind kind) {
    return engine.efforts(K);
  }
}
