package io.likeness.bench.engine;

import io.likeness.bench.engine.child.EngineChild;
import io.likeness.bench.engine.report.Columns;
import io.likeness.bench.engine.report.Curve;
import io.likeness.bench.engine.rival.Engines;
import io.likeness.shard.index.Disk;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A scene, played with each engine that takes changes, one after the other: what goes on in it
 * takes all cores. The engine works on a copy of what it has built.
 */
final class SceneMode implements Mode {

  private static final double LARGE = 100;
  private static final double MIDDLE = 10;

  private final String scene;
  private final int seconds;

  SceneMode(String scene, int seconds) {
    this.scene = scene;
    this.seconds = seconds;
  }

  @Override
  public Outcome measure(Bed bed) throws IOException {
    List<String> engines =
        bed.engines().stream().filter(Engines.changingNames()::contains).toList();
    if (engines.isEmpty()) {
      throw new IOException(
          "the mode %s is for engines that take changes: %s"
              .formatted(scene, String.join(", ", Engines.changingNames())));
    }
    Map<String, List<JsonObject>> played = new LinkedHashMap<>();
    for (String engine : engines) {
      bed.folders().ready(engine, bed.data());
    }
    for (int run = 1; run <= bed.runs(); run++) {
      for (String engine : engines) {
        bed.say().accept("run %d of %d: %s".formatted(run, bed.runs(), engine));
        played.computeIfAbsent(engine, each -> new ArrayList<>()).add(play(bed, engine));
      }
    }
    Map<String, JsonObject> medians = new LinkedHashMap<>();
    played.forEach((engine, figures) -> medians.put(engine, median(figures)));
    JsonObject json = new JsonObject();
    medians.forEach(json::put);
    return new Outcome(table(medians), json, Optional.empty());
  }

  private JsonObject play(Bed bed, String engine) throws IOException {
    Path stage = bed.folders().stage(engine, bed.data());
    try (EngineChild child = bed.folders().start(engine, bed.data(), stage.resolve("copy"))) {
      Path spare = Files.createDirectory(stage.resolve("spare"));
      return child.play(scene, spare, bed.asked(), seconds, bed.say());
    } finally {
      Disk.deleteTree(stage);
    }
  }

  private static JsonObject median(List<JsonObject> runs) {
    JsonObject median = new JsonObject();
    for (String figure : runs.getFirst().fieldNames()) {
      median.put(
          figure, Curve.median(runs.stream().mapToDouble(run -> run.getDouble(figure)).toArray()));
    }
    return median;
  }

  private String table(Map<String, JsonObject> medians) {
    List<String> heads = new ArrayList<>(List.of(scene));
    heads.addAll(medians.keySet());
    Columns table = new Columns(heads.toArray(String[]::new));
    for (String figure : medians.values().iterator().next().fieldNames()) {
      List<String> row = new ArrayList<>(List.of(figure.replace('_', ' ')));
      for (JsonObject each : medians.values()) {
        row.add(text(each.getDouble(figure)));
      }
      table.row(row);
    }
    return table.toString();
  }

  private static String text(double value) {
    if (value == Math.rint(value) || value >= LARGE) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, value >= MIDDLE ? "%.1f" : "%.4f", value);
  }
}
