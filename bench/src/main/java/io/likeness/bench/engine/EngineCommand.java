package io.likeness.bench.engine;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.DataSets;
import io.likeness.bench.engine.data.Generator;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Compares the shard with other engines. */
@Command(
    name = "engine",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Measure the shard's engine beside others on the same data: what is found, and what that costs.",
      "Each engine runs in fresh JVMs of its own; they take turns step by step, one thread at a time."
    },
    footer = {
      "",
      "Modes:",
      "  curve     CPU, time and queries per second against recall; memory, disk, build (the default)",
      "  filters   CPU of searches that want 50, 10, 1 and 0.1 %% of the rows, or whole clusters of them",
      "  deep      CPU of pages of 100 from place 1, 1,001 and 9,901 on",
      "  cold      searches when the engine's files are not in the system's memory (Linux)",
      "  deletes   recall and CPU when a fifth of the rows was deleted",
      "  churn     recall after 50 rounds that replace 5 %% of the rows, against a fresh build",
      "  ingest    500 adds a second beside searches: from add to visible, and what searches lose",
      "  merge     what searches feel of a merge",
      "  restart   from the start of a process to its first answer",
      "",
      "Examples:",
      "  likeness bench engine --generate 50000",
      "  likeness bench engine --mode filters,deep --engines likeness,lucene",
      "  likeness bench engine --generate 200000 --engines likeness,lucene --svg curve.svg --json curve.json",
      "  likeness bench engine --base base.fvecs --queries query.fvecs --truth truth.ivecs",
      "Exit codes: 0 measured, 1 something failed, 2 wrong usage."
    })
public final class EngineCommand implements Callable<Integer> {

  private static final int HELD_OUT = 2_000;
  private static final int ROWS_MAX = 100_000_000;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--generate",
      paramLabel = "N",
      description = "Search N generated rows (default: 50000 where no --base is given).")
  @Nullable Integer generate;

  @Option(
      names = "--dimensions",
      paramLabel = "N",
      defaultValue = "512",
      description = "Of generated rows (default: ${DEFAULT-VALUE}).")
  int dimensions = 512;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "20261121",
      description = "Of generated rows (default: ${DEFAULT-VALUE}).")
  long seed = Generator.SEED;

  @Option(
      names = "--base",
      paramLabel = "FILE",
      description =
          "Search the rows of this file: .fvecs .bvecs .fbin .i8bin .u8bin; scaled to unit length.")
  @Nullable Path base;

  @Option(names = "--queries", paramLabel = "FILE", description = "Queries for --base.")
  @Nullable Path queries;

  @Option(
      names = "--truth",
      paramLabel = "FILE",
      description =
          "Exact nearest of each query: .ivecs .ibin. Checked; computed where absent or not by cosine.")
  @Nullable Path truth;

  @Option(
      names = "--engines",
      paramLabel = "NAME",
      split = ",",
      description = "Of: ${COMPLETION-CANDIDATES} (default: all).",
      completionCandidates = EngineNames.class)
  List<String> engines = Engines.names();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      split = ",",
      defaultValue = "curve",
      description = "What to measure (default: ${DEFAULT-VALUE}).")
  List<String> modes = List.of("curve");

  @Option(
      names = "--k",
      paramLabel = "N",
      split = ",",
      defaultValue = "10,100",
      description = "Results of a search, up to 100 (default: ${DEFAULT-VALUE}).")
  List<Integer> ks = List.of(10, 100);

  @Option(
      names = "--asked",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Queries of a step (default: ${DEFAULT-VALUE}).")
  int asked = 1_000;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "3",
      description = "Fresh JVMs of each engine; medians are taken (default: ${DEFAULT-VALUE}).")
  int runs = 3;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "30",
      description =
          "How long ingest adds, and how long it and merge search (default: ${DEFAULT-VALUE}).")
  int seconds = 30;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Keeps data and what the engines built, for the next time (default: below the system's temp folder).")
  Path work = Path.of(System.getProperty("java.io.tmpdir"), "likeness-bench-engine");

  @Option(
      names = "--rebuild",
      paramLabel = "NAME",
      split = ",",
      description =
          "Engines to build anew. Ours is built anew by itself when the shard's code has changed.")
  List<String> rebuild = List.of();

  @Option(
      names = "--heap",
      paramLabel = "SIZE",
      defaultValue = "6g",
      description = "Most heap of an engine's JVM (default: ${DEFAULT-VALUE}).")
  String heap = "6g";

  @Option(
      names = "--jvm",
      paramLabel = "FLAG",
      description = "One more flag for the engines' JVMs; may be repeated.")
  List<String> jvm = List.of();

  @Option(names = "--json", paramLabel = "FILE", description = "Write all figures to this file.")
  @Nullable Path json;

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description =
          "Draw recall against queries per second (curve only; k goes into the name where there are several).")
  @Nullable Path svg;

  /** For the help. */
  static final class EngineNames extends ArrayList<String> {
    private static final long serialVersionUID = 1L;

    EngineNames() {
      super(Engines.names());
    }
  }

  @Override
  public Integer call() throws IOException {
    check();
    Consumer<String> say = line -> System.err.println("bench: " + line);
    List<String> flags = new ArrayList<>(List.of("-Xmx" + heap));
    flags.addAll(jvm);
    JsonObject results = new JsonObject();
    try (DataSet data = data(say)) {
      Bed bed =
          new Bed(
              data,
              List.copyOf(new LinkedHashSet<>(engines)),
              new EngineFolders(work, flags, new HashSet<>(rebuild), say),
              Math.min(asked, data.queries().length),
              runs,
              flags,
              say);
      System.out.printf(
          "%s: %,d rows of %d dimensions, %,d queries a step, %d runs%n",
          data.name(), data.base().count(), data.base().dimensions(), bed.asked(), runs);
      for (Map.Entry<String, Mode> each : chosen().entrySet()) {
        Mode.Outcome outcome = each.getValue().measure(bed);
        System.out.println("\n" + outcome.table());
        results.put(each.getKey(), outcome.json());
        draw(each.getKey(), outcome.picture(), say);
      }
      write(bed, results, say);
    }
    return 0;
  }

  private Map<String, Mode> chosen() {
    Map<String, Mode> chosen = new LinkedHashMap<>();
    modes.forEach(mode -> chosen.putAll(of(mode)));
    return chosen;
  }

  /** By the names their figures get. Empty: there is no such mode. */
  private Map<String, Mode> of(String mode) {
    return switch (mode) {
      case "curve" -> {
        Map<String, Mode> curves = new LinkedHashMap<>();
        ks.forEach(k -> curves.put("recall_at_" + k, new CurveMode(k)));
        yield curves;
      }
      case "filters" -> Map.of(mode, new FiltersMode());
      case "deep" -> Map.of(mode, new DeepMode());
      case "cold" -> Map.of(mode, new ColdMode());
      case "restart" -> Map.of(mode, new RestartMode());
      case "deletes", "churn", "ingest", "merge" -> Map.of(mode, new SceneMode(mode, seconds));
      default -> Map.of();
    };
  }

  private DataSet data(Consumer<String> say) throws IOException {
    DataSets sets = new DataSets(work.toAbsolutePath(), say);
    if (base != null && queries != null) {
      return sets.fromFiles(base, queries, Optional.ofNullable(truth));
    }
    int rows = generate == null ? 50_000 : generate;
    return sets.generated(rows, dimensions, HELD_OUT, seed);
  }

  private void draw(String what, Optional<String> picture, Consumer<String> say)
      throws IOException {
    if (svg == null || picture.isEmpty()) {
      return;
    }
    String name = svg.getFileName().toString();
    Path file =
        ks.size() == 1
            ? svg
            : svg.resolveSibling(name.replaceFirst("(\\.svg)?$", "-" + what + ".svg"));
    Files.writeString(file, picture.get());
    say.accept("drew " + file);
  }

  private void write(Bed bed, JsonObject results, Consumer<String> say) throws IOException {
    if (json == null) {
      return;
    }
    JsonObject all =
        new JsonObject()
            .put("data", bed.data().name())
            .put("rows", bed.data().base().count())
            .put("dimensions", bed.data().base().dimensions())
            .put("queries", bed.asked())
            .put("runs", runs)
            .put("machine", Machine.describe())
            .put("jvm_flags", new JsonArray(bed.flags()))
            .put("results", results);
    Files.writeString(json, all.encodePrettily() + "\n");
    say.accept("wrote " + json);
  }

  // ---- Wrong usage ----

  private void check() {
    reject(generate != null && base != null, "--generate and --base exclude each other");
    reject((base == null) != (queries == null), "--base and --queries belong together");
    reject(truth != null && base == null, "--truth belongs to --base");
    for (String mode : modes) {
      reject(of(mode).isEmpty(), "there is no mode " + mode + "; --help lists them");
    }
    int rows = generate == null ? 1 : generate;
    within("--generate", rows, 1, ROWS_MAX);
    within("--dimensions", dimensions, 2, 4_096);
    within("--asked", asked, 1, 1_000_000);
    within("--runs", runs, 1, 100);
    within("--seconds", seconds, 1, 3_600);
    ks.forEach(k -> within("--k", k, 1, CurveMode.TRUTH_K));
    for (List<String> names : List.of(engines, rebuild)) {
      for (String name : names) {
        reject(
            !Engines.names().contains(name),
            "no engine is called " + name + "; there are " + String.join(", ", Engines.names()));
      }
    }
  }

  private void within(String option, int value, int least, int most) {
    reject(
        value < least || value > most,
        "%s is %d, at least %d and at most %d are possible".formatted(option, value, least, most));
  }

  private void reject(boolean wrong, String reason) {
    if (wrong) {
      CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
      throw new ParameterException(line, reason);
    }
  }
}
