package io.likeness.bench.engine;

import io.likeness.bench.engine.child.Ask;
import io.likeness.bench.engine.child.EngineChild;
import io.likeness.bench.engine.child.EngineChild.Ran;
import io.likeness.bench.engine.report.Columns;
import io.likeness.bench.engine.report.Curve;
import io.likeness.bench.engine.rival.Engine;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What does each of several kinds of search cost with each engine, at the least effort that finds
 * what is demanded? Of an engine that chooses its effort itself, what that costs is told as well.
 */
abstract class GridMode implements Mode {

  /** A kind of search. */
  record Kind(String label, Ask ask) {}

  private static final double DEMANDED = 0.98;
  private static final long STEP_MILLIS = 20_000;
  private static final long WARM_MILLIS = 1_500;
  private static final long FIRST_WARM_NANOS = 3_000_000_000L;
  private static final double MILLI = 1e3;

  abstract String title();

  /** The kinds, with everything that is needed to judge answers. */
  abstract List<Kind> kinds(Bed bed) throws IOException;

  /** Efforts to try for this kind, rising. */
  abstract int[] efforts(Engine engine, Kind kind);

  /** One engine with one kind of search, over all runs. */
  private static final class Cell {
    private int effort;
    private final List<Ran> ran = new ArrayList<>();

    Ran median() {
      return new Ran(
          Curve.median(curves()).points().getFirst().timing(),
          Curve.median(ran.stream().mapToDouble(Ran::recall).toArray()),
          ran.getFirst().queries());
    }

    private List<Curve> curves() {
      return ran.stream()
          .map(each -> new Curve(List.of(new Curve.Point(0, each.recall(), each.timing()))))
          .toList();
    }
  }

  @Override
  public Outcome measure(Bed bed) throws IOException {
    List<Kind> kinds = kinds(bed);
    Map<String, Map<Kind, Cell>> rows = new LinkedHashMap<>();
    for (String name : bed.engines()) {
      bed.folders().ready(name, bed.data());
    }
    for (int run = 1; run <= bed.runs(); run++) {
      bed.say().accept("run " + run + " of " + bed.runs());
      Map<String, EngineChild> children = new LinkedHashMap<>();
      try {
        for (String name : bed.engines()) {
          EngineChild child = bed.start(name);
          children.put(name, child);
          child.open();
          warm(child, kinds.getFirst());
        }
        for (Kind kind : kinds) {
          for (Map.Entry<String, EngineChild> entry : children.entrySet()) {
            ask(rows, entry.getKey(), entry.getValue(), kind);
          }
        }
      } finally {
        for (EngineChild child : children.values()) {
          child.close();
        }
      }
    }
    return new Outcome(table(kinds, rows), json(rows), Optional.empty());
  }

  /** The first kind would otherwise bear what the compiler takes. */
  private static void warm(EngineChild child, Kind first) throws IOException {
    long begun = System.nanoTime();
    while (System.nanoTime() - begun < FIRST_WARM_NANOS) {
      child.run(first.ask().by(4 * first.ask().k()).atMost(WARM_MILLIS));
    }
  }

  private void ask(Map<String, Map<Kind, Cell>> rows, String name, EngineChild child, Kind kind)
      throws IOException {
    try (Engine engine = Engines.of(name)) {
      Cell cell = cell(rows, name, kind);
      if (cell.ran.isEmpty()) {
        cell.effort = least(child, kind, efforts(engine, kind));
      }
      cell.ran.add(measured(child, kind.ask().by(cell.effort)));
      if (engine.ownEffort().isPresent()) {
        Cell own = cell(rows, name + ", own effort", kind);
        own.effort = engine.ownEffort().getAsInt();
        own.ran.add(measured(child, kind.ask().by(own.effort)));
      }
    }
  }

  private static Cell cell(Map<String, Map<Kind, Cell>> rows, String row, Kind kind) {
    return rows.computeIfAbsent(row, each -> new LinkedHashMap<>())
        .computeIfAbsent(kind, each -> new Cell());
  }

  /** The least effort that finds what is demanded, the greatest where none does. */
  private static int least(EngineChild child, Kind kind, int[] efforts) throws IOException {
    for (int effort : efforts) {
      if (child.run(kind.ask().by(effort).atMost(WARM_MILLIS)).recall() >= DEMANDED) {
        return effort;
      }
    }
    return efforts[efforts.length - 1];
  }

  private static Ran measured(EngineChild child, Ask ask) throws IOException {
    child.run(ask.atMost(WARM_MILLIS));
    return child.run(ask.atMost(STEP_MILLIS));
  }

  // ---- What it says ----

  private String table(List<Kind> kinds, Map<String, Map<Kind, Cell>> rows) {
    List<String> heads = new ArrayList<>(List.of(title()));
    kinds.forEach(kind -> heads.add(kind.label()));
    Columns table = new Columns(heads.toArray(String[]::new));
    rows.forEach(
        (name, cells) -> {
          List<String> row = new ArrayList<>(List.of(name));
          for (Kind kind : kinds) {
            Cell cell = cells.get(kind);
            row.add(cell == null ? "-" : text(cell.median()));
          }
          table.row(row);
        });
    return table.toString();
  }

  private static String text(Ran ran) {
    double cpu = ran.timing().cpu();
    String format = cpu >= 10 * MILLI ? "%,.0f (%.3f)" : "%.0f (%.3f)";
    return String.format(Locale.ROOT, format, cpu, ran.recall());
  }

  private static JsonObject json(Map<String, Map<Kind, Cell>> rows) {
    JsonObject json = new JsonObject();
    rows.forEach(
        (name, cells) -> {
          JsonArray all = new JsonArray();
          cells.forEach(
              (kind, cell) -> {
                Ran ran = cell.median();
                all.add(
                    new JsonObject()
                        .put("kind", kind.label())
                        .put("effort", cell.effort)
                        .put("recall", ran.recall())
                        .put("cpu_us", ran.timing().cpu())
                        .put("process_cpu_us", ran.timing().processCpu())
                        .put("mean_us", ran.timing().mean())
                        .put("p50_us", ran.timing().p50())
                        .put("p99_us", ran.timing().p99())
                        .put("queries", ran.queries()));
              });
          json.put(name, all);
        });
    return json;
  }
}
