package io.likeness.bench.engine;

import io.likeness.bench.engine.child.Ask;
import io.likeness.bench.engine.child.EngineChild;
import io.likeness.bench.engine.child.Timing;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.report.Columns;
import io.likeness.bench.engine.report.Curve;
import io.likeness.bench.engine.report.RecallPicture;
import io.likeness.bench.engine.rival.Engine;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.ToDoubleFunction;

/**
 * What does a search cost at the same recall? Each engine is asked the same queries at rising
 * efforts. In a run all engines live, each in its own fresh JVM, and take turns step by step, so
 * that what else the machine does falls on all alike. One of them works at a time.
 */
final class CurveMode implements Mode {

  static final int TRUTH_K = 100;

  private static final double[] RECALLS = {0.90, 0.95, 0.98, 0.99};
  private static final double COMPARED = 0.95;

  /** An engine that finds this much needs no greater effort. */
  private static final double ENOUGH = 0.998;

  private static final long WARM_NANOS = 10_000_000_000L;
  private static final int WARM_QUERIES = 100;
  private static final long WARM_STEP_MILLIS = 100;
  private static final long STEP_MILLIS = 300;
  private static final int ROUNDS = 2;
  private static final double MICROS = 1e6;
  private static final double NOTHING_SECONDS = 0.05;

  private final int k;

  CurveMode(int k) {
    this.k = k;
  }

  /** One engine over all runs. */
  private static final class Line {
    private final EngineFolders.Ready ready;
    private final List<Curve> curves = new ArrayList<>();
    private final List<Curve> own = new ArrayList<>();
    private EngineChild.Opened opened = new EngineChild.Opened(0, 0);
    private EngineChild.Size size = new EngineChild.Size(0, 0);

    Line(EngineFolders.Ready ready) {
      this.ready = ready;
    }

    Curve median() {
      return Curve.median(curves);
    }
  }

  /** An engine's process during a run. */
  private static final class Turn {
    private final EngineChild child;
    private List<Integer> efforts;
    private final OptionalInt ownEffort;
    private final List<EngineChild.Ran> own = new ArrayList<>();
    private final Map<Integer, List<EngineChild.Ran>> ran = new LinkedHashMap<>();

    Turn(EngineChild child, String name, int k) throws IOException {
      this.child = child;
      try (Engine engine = Engines.of(name)) {
        this.efforts = Arrays.stream(engine.efforts(k)).boxed().toList();
        this.ownEffort = engine.ownEffort();
      }
    }
  }

  @Override
  public Outcome measure(Bed bed) throws IOException {
    bed.data().computeTruth(List.of(Subset.ALL), TRUTH_K, bed.asked(), bed.say());
    Map<String, Line> lines = new LinkedHashMap<>();
    for (String engine : bed.engines()) {
      lines.put(engine, new Line(bed.folders().ready(engine, bed.data())));
    }
    for (int run = 1; run <= bed.runs(); run++) {
      bed.say().accept("run " + run + " of " + bed.runs());
      run(bed, lines);
    }
    return outcome(bed, lines);
  }

  private void run(Bed bed, Map<String, Line> lines) throws IOException {
    Map<String, Turn> turns = new LinkedHashMap<>();
    try {
      for (String engine : lines.keySet()) {
        Turn turn = new Turn(bed.start(engine), engine, k);
        turns.put(engine, turn);
        line(lines, engine).opened = turn.child.open();
        warm(bed, turn);
      }
      int steps = turns.values().stream().mapToInt(turn -> turn.efforts.size()).max().orElse(0);
      for (int round = 0; round < ROUNDS; round++) {
        for (int step = 0; step < steps; step++) {
          for (Turn turn : turns.values()) {
            if (step < turn.efforts.size()) {
              int effort = turn.efforts.get(step);
              turn.ran
                  .computeIfAbsent(effort, each -> new ArrayList<>())
                  .add(turn.child.run(ask(bed, effort, bed.asked()).atLeast(STEP_MILLIS)));
            }
          }
        }
        for (Turn turn : turns.values()) {
          if (turn.ownEffort.isPresent()) {
            int effort = turn.ownEffort.getAsInt();
            turn.own.add(turn.child.run(ask(bed, effort, bed.asked()).atLeast(STEP_MILLIS)));
          }
        }
      }
      for (Map.Entry<String, Turn> entry : turns.entrySet()) {
        Line line = line(lines, entry.getKey());
        for (int round = 0; round < ROUNDS; round++) {
          line.curves.add(curve(entry.getValue(), round));
        }
        for (EngineChild.Ran ran : entry.getValue().own) {
          line.own.add(new Curve(List.of(new Curve.Point(0, ran.recall(), ran.timing()))));
        }
        line.size = entry.getValue().child.size();
      }
    } finally {
      for (Turn turn : turns.values()) {
        turn.child.close();
      }
    }
  }

  private static Line line(Map<String, Line> lines, String engine) {
    Line line = lines.get(engine);
    if (line == null) {
      throw new IllegalStateException("no line for " + engine);
    }
    return line;
  }

  private Ask ask(Bed bed, int effort, int queries) {
    return Ask.nearest(k, queries, TRUTH_K, bed.asked()).by(effort);
  }

  /** Until the compiler has had time at every effort; leaves out the efforts nobody needs. */
  private void warm(Bed bed, Turn turn) throws IOException {
    int queries = Math.min(WARM_QUERIES, bed.asked());
    List<Integer> needed = new ArrayList<>();
    long begun = System.nanoTime();
    double recall = 0;
    for (int effort : turn.efforts) {
      if (recall < ENOUGH) {
        needed.add(effort);
        recall = turn.child.run(ask(bed, effort, queries)).recall();
      }
    }
    turn.efforts = needed;
    do {
      for (int effort : needed) {
        turn.child.run(ask(bed, effort, queries).atLeast(WARM_STEP_MILLIS));
      }
    } while (System.nanoTime() - begun < WARM_NANOS);
  }

  private static Curve curve(Turn turn, int round) {
    List<Curve.Point> points = new ArrayList<>();
    turn.ran.forEach(
        (effort, rounds) -> {
          EngineChild.Ran ran = rounds.get(round);
          points.add(new Curve.Point(effort, ran.recall(), ran.timing()));
        });
    return new Curve(points);
  }

  // ---- What it says ----

  private Outcome outcome(Bed bed, Map<String, Line> lines) {
    Map<String, Curve> curves = new LinkedHashMap<>();
    lines.forEach((engine, line) -> curves.put(engine, line.median()));
    String title = "recall@%d against speed, one thread: %s".formatted(k, bed.data().name());
    JsonObject json = new JsonObject();
    lines.forEach((engine, line) -> json.put(engine, json(bed, line)));
    return new Outcome(table(bed, lines), json, Optional.of(RecallPicture.of(title, k, curves)));
  }

  private String table(Bed bed, Map<String, Line> lines) {
    int rows = bed.data().base().count();
    Columns cpu =
        new Columns(
            "CPU us a query, k=" + k,
            "0.90",
            "0.95",
            "0.98",
            "0.99",
            "spread 0.95",
            "vs lucene 0.95",
            "0.99",
            "p50 ms 0.95",
            "p99 ms",
            "queries/s",
            "best recall");
    Columns size =
        new Columns(
            "bytes a vector", "held", "mapped", "disk", "rows per CPU s", "build s", "open ms");
    Line lucene = lines.get(Engines.LUCENE);
    Optional<Curve> rival = Optional.ofNullable(lucene).map(Line::median);
    lines.forEach(
        (engine, line) -> {
          Curve curve = line.median();
          List<String> cells = new ArrayList<>(List.of(engine));
          for (double recall : RECALLS) {
            cells.add(text("%.0f", curve.at(recall, Timing::cpu)));
          }
          cells.add(text("%.0f %%", spread(line.curves)));
          cells.add(ratio(rival, curve, COMPARED));
          cells.add(ratio(rival, curve, 0.99));
          cells.add(text("%.3f", scaled(curve.at(COMPARED, Timing::p50), 1e-3)));
          cells.add(text("%.3f", scaled(curve.at(COMPARED, Timing::p99), 1e-3)));
          cells.add(text("%,.0f", inverse(curve.at(COMPARED, Timing::mean))));
          cells.add(text("%.4f", OptionalDouble.of(curve.bestRecall())));
          cpu.row(cells);
          size.row(
              List.of(
                  engine,
                  perRow(line.size.held(), rows),
                  perRow(line.size.cached(), rows),
                  perRow(line.opened.diskBytes(), rows),
                  text("%,.0f", buildRate(line, rows)),
                  text("%.1f", OptionalDouble.of(line.ready.built().wallSeconds())),
                  text("%.0f", OptionalDouble.of(line.opened.openMillis()))));
        });
    return cpu + "\n\n" + own(lines) + size;
  }

  /** Engines that choose their effort: what they then find, and what that costs. */
  private static String own(Map<String, Line> lines) {
    Columns own = new Columns("by its own effort", "recall", "CPU us", "p50 ms", "p99 ms");
    boolean any = false;
    for (Map.Entry<String, Line> entry : lines.entrySet()) {
      if (!entry.getValue().own.isEmpty()) {
        any = true;
        Curve.Point point = Curve.median(entry.getValue().own).points().getFirst();
        own.row(
            List.of(
                entry.getKey(),
                text("%.4f", OptionalDouble.of(point.recall())),
                text("%.0f", OptionalDouble.of(point.timing().cpu())),
                text("%.3f", OptionalDouble.of(point.timing().p50() / 1e3)),
                text("%.3f", OptionalDouble.of(point.timing().p99() / 1e3))));
      }
    }
    return any ? own + "\n\n" : "";
  }

  /** Empty of what builds nothing. */
  private static OptionalDouble buildRate(Line line, double rows) {
    double seconds = line.ready.built().cpuSeconds();
    return seconds < NOTHING_SECONDS ? OptionalDouble.empty() : OptionalDouble.of(rows / seconds);
  }

  private static String perRow(long bytes, int rows) {
    return text("%,.0f", OptionalDouble.of(bytes / (double) rows));
  }

  /** How far the cheapest and the dearest round lie apart, in per cent of the median. */
  private static OptionalDouble spread(List<Curve> curves) {
    double[] costs =
        curves.stream()
            .map(curve -> curve.at(COMPARED, Timing::cpu))
            .flatMapToDouble(OptionalDouble::stream)
            .sorted()
            .toArray();
    return costs.length < 2
        ? OptionalDouble.empty()
        : OptionalDouble.of(100 * (costs[costs.length - 1] - costs[0]) / Curve.median(costs));
  }

  /** How many times cheaper than the rival. */
  private static String ratio(Optional<Curve> rival, Curve curve, double recall) {
    OptionalDouble theirs =
        rival.map(each -> each.at(recall, Timing::cpu)).orElse(OptionalDouble.empty());
    OptionalDouble ours = curve.at(recall, Timing::cpu);
    return theirs.isEmpty() || ours.isEmpty()
        ? "-"
        : String.format(Locale.ROOT, "%.2fx", theirs.getAsDouble() / ours.getAsDouble());
  }

  private static OptionalDouble scaled(OptionalDouble value, double factor) {
    return value.isEmpty() ? value : OptionalDouble.of(value.getAsDouble() * factor);
  }

  private static OptionalDouble inverse(OptionalDouble micros) {
    return micros.isEmpty() ? micros : OptionalDouble.of(MICROS / micros.getAsDouble());
  }

  private static String text(String format, OptionalDouble value) {
    return value.isEmpty() ? "-" : String.format(Locale.ROOT, format, value.getAsDouble());
  }

  private JsonObject json(Bed bed, Line line) {
    double rows = bed.data().base().count();
    Curve curve = line.median();
    JsonArray points = new JsonArray();
    for (Curve.Point point : curve.points()) {
      points.add(json(point).put("effort", point.effort()));
    }
    JsonArray rounds = new JsonArray();
    line.curves.forEach(each -> rounds.add(atRecalls(each, Timing::cpu)));
    JsonArray own = new JsonArray();
    if (!line.own.isEmpty()) {
      own.add(json(Curve.median(line.own).points().getFirst()));
    }
    return new JsonObject()
        .put("k", k)
        .put("points", points)
        .put("by_own_effort", own)
        .put("cpu_us_at_recall", atRecalls(curve, Timing::cpu))
        .put("cpu_us_at_recall_of_each_round", rounds)
        .put("held_bytes_per_vector", line.size.held() / rows)
        .put("mapped_bytes_per_vector", line.size.cached() / rows)
        .put("disk_bytes_per_vector", line.opened.diskBytes() / rows)
        .put("build_cpu_seconds", line.ready.built().cpuSeconds())
        .put("build_most_private_mib", line.ready.built().mostPrivateMib())
        .put(
            "build_rows_per_cpu_second",
            buildRate(line, rows).isEmpty() ? null : buildRate(line, rows).getAsDouble())
        .put("open_ms", line.opened.openMillis());
  }

  private static JsonObject json(Curve.Point point) {
    Timing timing = point.timing();
    return new JsonObject()
        .put("recall", point.recall())
        .put("cpu_us", timing.cpu())
        .put("process_cpu_us", timing.processCpu())
        .put("mean_us", timing.mean())
        .put("p50_us", timing.p50())
        .put("p99_us", timing.p99());
  }

  private static JsonObject atRecalls(Curve curve, ToDoubleFunction<Timing> figure) {
    JsonObject json = new JsonObject();
    for (double recall : RECALLS) {
      OptionalDouble value = curve.at(recall, figure);
      json.put(
          String.format(Locale.ROOT, "%.2f", recall), value.isEmpty() ? null : value.getAsDouble());
    }
    return json;
  }
}
