package io.likeness.bench.engine.child;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.data.Truth;
import io.likeness.bench.engine.rival.Engine;
import io.likeness.bench.engine.rival.Engines;
import io.likeness.bench.engine.scene.Scene;
import io.likeness.bench.engine.scene.Stage;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One engine in a JVM of its own, so that what the compiler learnt from one engine does not slow
 * the next. Takes requests as lines of JSON, answers each with a line; ends when its input ends.
 */
public final class EngineMain {

  private static final long NANOS_A_MILLI = 1_000_000;

  private static final int LEFT = 0;
  private static final int FAILED = 1;

  // Held, or its level would be forgotten.
  private static final Logger LIBRARIES = Logger.getLogger("");

  private final String name;
  private final Engine engine;
  private final DataSet data;
  private final Path folder;
  private final Map<String, Truth> truths = new HashMap<>();
  private Subset subset = Subset.ALL;
  private @Nullable PageCache pageCache;

  private EngineMain(String name, Engine engine, DataSet data, Path folder) {
    this.name = name;
    this.engine = engine;
    this.data = data;
    this.folder = folder;
  }

  public static void main(String[] args) {
    System.setProperty("logback.configurationFile", "logback-bench.xml");
    // Libraries tell here which instructions they use.
    LIBRARIES.setLevel(Level.WARNING);
    // What a library prints must not look like an answer.
    PrintStream answers = System.out;
    System.setOut(System.err);
    int status = LEFT;
    try (DataSet data = DataSet.open(Path.of(args[1]));
        Engine engine = Engines.of(args[0])) {
      new EngineMain(args[0], engine, data, Path.of(args[2])).serve(answers);
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      e.printStackTrace();
      status = FAILED;
    }
    System.exit(status);
  }

  private void serve(PrintStream answers) throws IOException, InterruptedException {
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      answers.println(answer(new JsonObject(line), answers).encode());
      answers.flush();
    }
  }

  private JsonObject answer(JsonObject request, PrintStream answers)
      throws IOException, InterruptedException {
    return switch (request.getString("do")) {
      case "build" -> build();
      case "open" -> open();
      case "run" -> run(Ask.of(request));
      case "size" -> size();
      case "drop" -> drop();
      case "play" -> play(request, answers);
      default -> throw new IOException("unknown request " + request.encode());
    };
  }

  private JsonObject build() throws IOException {
    long cpu = Gauges.processCpuNanos();
    long begun = System.nanoTime();
    try (PeakWatch peak = new PeakWatch()) {
      engine.build(folder, data);
      return new EngineChild.Built(
              (Gauges.processCpuNanos() - cpu) / 1e9,
              (System.nanoTime() - begun) / 1e9,
              peak.mostBytes() >> 20)
          .json();
    }
  }

  private JsonObject open() throws IOException {
    long before = Gauges.heldBytes();
    long begun = System.nanoTime();
    engine.open(folder, data);
    long opened = System.nanoTime();
    return new JsonObject()
        .put("open_ms", (opened - begun) / 1e6)
        .put("held_before", before)
        .put("disk_bytes", engine.bytesOnDisk());
  }

  private JsonObject size() throws IOException {
    // Ours, not the engine's.
    truths.clear();
    return new JsonObject()
        .put("held_bytes", Gauges.heldBytes())
        .put("cached_bytes", Gauges.mappedResidentBytes(engine.files()));
  }

  /** The answer comes behind lines that only say how it goes. */
  private JsonObject play(JsonObject request, PrintStream answers)
      throws IOException, InterruptedException {
    String wanted = request.getString("scene");
    Scene scene = Scene.ALL.get(wanted);
    if (scene == null) {
      throw new IOException("unknown scene " + wanted);
    }
    Stage stage =
        new Stage(
            name,
            folder,
            Path.of(request.getString("spare")),
            data,
            request.getInteger("queries"),
            request.getInteger("seconds"),
            line -> {
              answers.println(new JsonObject().put("say", line).encode());
              answers.flush();
            });
    return scene.play(stage);
  }

  /** Drops the engine's files from memory and says how far that went. */
  private JsonObject drop() throws IOException {
    PageCache cache = pageCache();
    cache.drop(engine.files());
    return new JsonObject().put("cached_share", cache.cachedShare(engine.files()));
  }

  private PageCache pageCache() throws IOException {
    if (pageCache == null) {
      pageCache =
          PageCache.ofThisSystem()
              .orElseThrow(() -> new IOException("this system offers no way to drop cached files"));
    }
    return pageCache;
  }

  private Truth truth(Ask ask) throws IOException {
    String key = ask.subset() + "/" + ask.truthK() + "/" + ask.truthQueries();
    Truth known = truths.get(key);
    if (known == null) {
      known = data.truth(ask.subset(), ask.truthK(), ask.truthQueries());
      truths.put(key, known);
    }
    return known;
  }

  private JsonObject run(Ask ask) throws IOException {
    if (ask.subset() != subset) {
      engine.restrict(ask.subset());
      subset = ask.subset();
    }
    int[][] answers = new int[ask.queries()][];
    long[] nanos = new long[ask.queries()];
    long cpu = 0;
    long processCpu = 0;
    long faults = Gauges.majorFaults();
    long now = System.nanoTime();
    long enough = now + ask.millisLeast() * NANOS_A_MILLI;
    long end = now + ask.millisMost() * NANOS_A_MILLI;
    int done = 0;
    // Asking for CPU takes time of its own: once for all, unless there is work between queries.
    long processCpuBegun = Gauges.processCpuNanos();
    long cpuBegun = Gauges.threadCpuNanos();
    while ((done < answers.length || now < enough) && now < end) {
      if (ask.cold()) {
        cpu += Gauges.threadCpuNanos() - cpuBegun;
        processCpu += Gauges.processCpuNanos() - processCpuBegun;
        pageCache().drop(engine.files());
        processCpuBegun = Gauges.processCpuNanos();
        cpuBegun = Gauges.threadCpuNanos();
      }
      if (done == nanos.length) {
        nanos = Arrays.copyOf(nanos, 2 * done);
      }
      int query = done % answers.length;
      long begun = System.nanoTime();
      answers[query] = engine.search(data.queries()[ask.from() + query], ask.k(), ask.effort());
      now = System.nanoTime();
      nanos[done++] = now - begun;
    }
    cpu += Gauges.threadCpuNanos() - cpuBegun;
    processCpu += Gauges.processCpuNanos() - processCpuBegun;
    Timing timing =
        Timing.of(Arrays.copyOf(nanos, done), cpu, processCpu, Gauges.majorFaults() - faults);
    return timing
        .toJson()
        .put("queries", done)
        .put("recall", recall(ask, Arrays.copyOf(answers, Math.min(done, answers.length))));
  }

  private double recall(Ask ask, int[][] answers) throws IOException {
    Truth truth = truth(ask);
    long hits = 0;
    long due = 0;
    for (int i = 0; i < answers.length; i++) {
      int query = ask.from() + i;
      int[] answer = answers[i];
      int from = Math.min(ask.offset(), answer.length);
      int[] page = Arrays.copyOfRange(answer, from, answer.length);
      due += truth.due(query, ask.offset(), ask.limit());
      hits +=
          truth.hits(query, ask.offset(), ask.limit(), page, data.base(), data.queries()[query]);
    }
    return due == 0 ? 1 : hits / (double) due;
  }
}
