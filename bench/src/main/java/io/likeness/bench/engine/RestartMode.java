package io.likeness.bench.engine;

import io.likeness.bench.engine.child.Ask;
import io.likeness.bench.engine.child.EngineChild;
import io.likeness.bench.engine.child.PageCache;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.report.Columns;
import io.likeness.bench.engine.report.Curve;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * How long after a start does an engine answer? From the start of a JVM to its first answer, with
 * the engine's files in the system's memory and, where they can be dropped, without.
 */
final class RestartMode implements Mode {

  private static final int K = 10;

  /** All in milliseconds; the last from the start of the process. */
  private record Start(double open, double firstSearch, double serving) {}

  private static final class Starts {
    private final List<Start> warm = new ArrayList<>();
    private final List<Start> cold = new ArrayList<>();
  }

  @Override
  public Outcome measure(Bed bed) throws IOException {
    bed.data().computeTruth(List.of(Subset.ALL), CurveMode.TRUTH_K, bed.asked(), bed.say());
    Optional<PageCache> cache = PageCache.ofThisSystem();
    Map<String, Starts> all = new LinkedHashMap<>();
    for (String name : bed.engines()) {
      bed.folders().ready(name, bed.data());
      all.put(name, new Starts());
    }
    for (int run = 1; run <= bed.runs(); run++) {
      bed.say().accept("run " + run + " of " + bed.runs());
      for (Map.Entry<String, Starts> entry : all.entrySet()) {
        EngineFolders.Ready ready = bed.folders().ready(entry.getKey(), bed.data());
        // The first start brings the files into memory.
        start(bed, entry.getKey());
        entry.getValue().warm.add(start(bed, entry.getKey()));
        if (cache.isPresent()) {
          PageCache.sync(ready.folder());
          cache.get().drop(ready.folder());
          entry.getValue().cold.add(start(bed, entry.getKey()));
        }
      }
    }
    return new Outcome(table(all), json(all), Optional.empty());
  }

  private static Start start(Bed bed, String name) throws IOException {
    long begun = System.nanoTime();
    try (EngineChild child = bed.start(name)) {
      double open = child.open().openMillis();
      double first =
          child.run(Ask.nearest(K, 1, CurveMode.TRUTH_K, bed.asked()).by(2 * K)).timing().p50();
      return new Start(open, first / 1e3, (System.nanoTime() - begun) / 1e6);
    }
  }

  private static String table(Map<String, Starts> all) {
    Columns table =
        new Columns(
            "ms",
            "files cached: open",
            "first search",
            "serving after",
            "files dropped: open",
            "first search",
            "serving after");
    all.forEach(
        (name, starts) -> {
          List<String> row = new ArrayList<>(List.of(name));
          for (List<Start> some : List.of(starts.warm, starts.cold)) {
            row.add(text(some.stream().mapToDouble(Start::open).toArray()));
            row.add(text(some.stream().mapToDouble(Start::firstSearch).toArray()));
            row.add(text(some.stream().mapToDouble(Start::serving).toArray()));
          }
          table.row(row);
        });
    return table.toString();
  }

  private static String text(double[] values) {
    return values.length == 0 ? "-" : String.format(Locale.ROOT, "%,.0f", Curve.median(values));
  }

  private static JsonObject json(Map<String, Starts> all) {
    JsonObject json = new JsonObject();
    all.forEach(
        (name, starts) ->
            json.put(
                name,
                new JsonObject()
                    .put("files_cached", json(starts.warm))
                    .put("files_dropped", json(starts.cold))));
    return json;
  }

  private static JsonObject json(List<Start> starts) {
    JsonObject json = new JsonObject();
    if (!starts.isEmpty()) {
      json.put("open_ms", Curve.median(starts.stream().mapToDouble(Start::open).toArray()))
          .put(
              "first_search_ms",
              Curve.median(starts.stream().mapToDouble(Start::firstSearch).toArray()))
          .put("serving_ms", Curve.median(starts.stream().mapToDouble(Start::serving).toArray()));
    }
    return json;
  }
}
