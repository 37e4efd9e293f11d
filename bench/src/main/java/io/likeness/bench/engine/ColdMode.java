package io.likeness.bench.engine;

import io.likeness.bench.engine.child.Ask;
import io.likeness.bench.engine.child.EngineChild;
import io.likeness.bench.engine.child.EngineChild.Ran;
import io.likeness.bench.engine.child.PageCache;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.report.Columns;
import io.likeness.bench.engine.report.Curve;
import io.likeness.bench.engine.rival.Engine;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What does a search cost when the engine's files are not in memory? The code is warm; the files
 * are dropped from the system's cache, once before a row of queries and, worse, before every query.
 * The queries are none of those that warmed it.
 */
final class ColdMode implements Mode {

  private static final int K = 10;
  private static final double DEMANDED = 0.96;
  private static final int IN_A_ROW = 200;
  private static final int EACH_DROPPED = 100;
  private static final long WARM_MILLIS = 4_000;
  private static final long MILLIS_MOST = 60_000;

  /** One engine in one run. */
  private record Row(int effort, double cachedShare, Ran warm, Ran inARow, Ran eachDropped) {}

  @Override
  public Outcome measure(Bed bed) throws IOException {
    if (PageCache.ofThisSystem().isEmpty()) {
      throw new IOException(
          "the mode cold needs Linux: this system offers no way to drop cached files");
    }
    bed.data().computeTruth(List.of(Subset.ALL), CurveMode.TRUTH_K, bed.asked(), bed.say());
    Map<String, List<Row>> rows = new LinkedHashMap<>();
    for (String name : bed.engines()) {
      bed.folders().ready(name, bed.data());
      rows.put(name, new ArrayList<>());
    }
    for (int run = 1; run <= bed.runs(); run++) {
      bed.say().accept("run " + run + " of " + bed.runs());
      for (Map.Entry<String, List<Row>> entry : rows.entrySet()) {
        try (EngineChild child = bed.start(entry.getKey())) {
          child.open();
          entry.getValue().add(row(bed, child, entry.getKey()));
        }
      }
    }
    return new Outcome(table(rows), json(rows), Optional.empty());
  }

  private static Row row(Bed bed, EngineChild child, String name) throws IOException {
    int half = bed.asked() / 2;
    Ask warming = Ask.nearest(K, half, CurveMode.TRUTH_K, bed.asked());
    int effort = least(child, name, warming);
    child.run(warming.by(effort).atMost(WARM_MILLIS));
    Ask fresh = warming.by(effort).queries(half, Math.min(half, IN_A_ROW)).atMost(MILLIS_MOST);
    Ran warm = child.run(fresh);
    double share = child.drop();
    Ran inARow = child.run(fresh);
    int few = Math.min(half, EACH_DROPPED);
    Ran eachDropped = child.run(fresh.queries(half, few).onColdFiles());
    return new Row(effort, share, warm, inARow, eachDropped);
  }

  private static int least(EngineChild child, String name, Ask ask) throws IOException {
    try (Engine engine = Engines.of(name)) {
      int[] efforts = engine.efforts(K);
      for (int effort : efforts) {
        if (child.run(ask.by(effort).atMost(WARM_MILLIS)).recall() >= DEMANDED) {
          return effort;
        }
      }
      return efforts[efforts.length - 1];
    }
  }

  // ---- What it says ----

  private static String table(Map<String, List<Row>> rows) {
    Columns table =
        new Columns(
            "k=10, files dropped",
            "recall",
            "still cached",
            "warm p50 ms",
            "after a drop: p50",
            "p99",
            "CPU us",
            "faults",
            "before every query: p50",
            "p99",
            "CPU us",
            "faults");
    rows.forEach(
        (name, runs) ->
            table.row(
                List.of(
                    name,
                    text("%.4f", runs, row -> row.warm().recall()),
                    text("%.1f %%", runs, row -> 100 * row.cachedShare()),
                    text("%.3f", runs, row -> row.warm().timing().p50() / 1e3),
                    text("%.2f", runs, row -> row.inARow().timing().p50() / 1e3),
                    text("%.2f", runs, row -> row.inARow().timing().p99() / 1e3),
                    text("%,.0f", runs, row -> row.inARow().timing().processCpu()),
                    text("%.1f", runs, row -> row.inARow().timing().faults()),
                    text("%.2f", runs, row -> row.eachDropped().timing().p50() / 1e3),
                    text("%.2f", runs, row -> row.eachDropped().timing().p99() / 1e3),
                    text("%,.0f", runs, row -> row.eachDropped().timing().processCpu()),
                    text("%.1f", runs, row -> row.eachDropped().timing().faults()))));
    return table.toString();
  }

  private static String text(String format, List<Row> runs, ToDoubleFunction<Row> figure) {
    return String.format(Locale.ROOT, format, median(runs, figure));
  }

  private static double median(List<Row> runs, ToDoubleFunction<Row> figure) {
    return Curve.median(runs.stream().mapToDouble(figure).toArray());
  }

  private static JsonObject json(Map<String, List<Row>> rows) {
    JsonObject json = new JsonObject();
    rows.forEach(
        (name, runs) ->
            json.put(
                name,
                new JsonObject()
                    .put("effort", runs.getFirst().effort())
                    .put("still_cached_share", median(runs, Row::cachedShare))
                    .put("warm", json(runs, Row::warm))
                    .put("in_a_row_after_a_drop", json(runs, Row::inARow))
                    .put("dropped_before_every_query", json(runs, Row::eachDropped))));
    return json;
  }

  private static JsonObject json(List<Row> runs, Function<Row, Ran> which) {
    return new JsonObject()
        .put("recall", median(runs, row -> which.apply(row).recall()))
        .put("p50_us", median(runs, row -> which.apply(row).timing().p50()))
        .put("p99_us", median(runs, row -> which.apply(row).timing().p99()))
        .put("cpu_us", median(runs, row -> which.apply(row).timing().cpu()))
        .put("process_cpu_us", median(runs, row -> which.apply(row).timing().processCpu()))
        .put("faults", median(runs, row -> which.apply(row).timing().faults()));
  }
}
