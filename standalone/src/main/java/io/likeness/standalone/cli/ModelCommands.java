package io.likeness.standalone.cli;

import io.likeness.features.Calibration;
import io.likeness.features.DetectorManifest;
import io.likeness.features.DetectorPreset;
import io.likeness.features.ExecutionProvider;
import io.likeness.features.ModelCalibrator;
import io.likeness.features.ModelException;
import io.likeness.features.ModelFolder;
import io.likeness.features.ModelLibrary;
import io.likeness.features.ModelManifest;
import io.likeness.features.ModelPreset;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.model.ModelDownload;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Models as folders of this machine; none of these commands needs a running service. */
@Command(
    name = "model",
    description =
        "Bring models: any ONNX image encoder or detector is a folder of DIR/models with model.onnx and manifest.yaml.",
    subcommands = {
      ModelCommands.Check.class,
      ModelCommands.ListAll.class,
      ModelCommands.Bench.class,
      ModelCommands.Get.class,
      ModelCommands.Presets.class,
      ModelCommands.Calibrate.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "docs/models.md explains manifests and has recipes for well-known encoders and detectors."
    })
final class ModelCommands extends Group {

  private static final Duration MEASURED = Duration.ofSeconds(1);

  private static final String SHIPPED_OR_FOLDER =
      "With model.onnx and manifest.yaml (without one, or with \""
          + ModelLibrary.DEFAULT_NAME
          + "\" where no folder is called so: the model that ships).";

  /** Somebody's model; empty for the one that ships, which may be called by its name. */
  private static Optional<Path> brought(@Nullable Path folder) {
    boolean ships =
        folder == null
            || (folder.equals(Path.of(ModelLibrary.DEFAULT_NAME)) && !Files.exists(folder));
    return ships ? Optional.empty() : Optional.ofNullable(folder);
  }

  /** A command on this machine; what is wrong with a model ends it with a message of one line. */
  abstract static class LocalCommand implements Callable<Integer> {

    @Option(
        names = "--provider",
        paramLabel = "PROVIDER",
        defaultValue = "cpu",
        description = "What the model runs on: cpu, cuda or openvino (default: ${DEFAULT-VALUE}).")
    String provider = "cpu";

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help and end.")
    boolean help;

    Console console = Console.system();

    @Override
    public final Integer call() throws IOException, InterruptedException {
      ExecutionProvider named;
      try {
        named = ExecutionProvider.named(provider);
      } catch (IllegalArgumentException e) {
        throw new UsageFault("--provider " + e.getMessage());
      }
      try {
        return run(named);
      } catch (ModelException e) {
        throw new Failure(String.valueOf(e.getMessage()));
      }
    }

    abstract int run(ExecutionProvider named) throws IOException, InterruptedException;
  }

  /** Which folder of models. */
  static final class Models {

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "Data folder of likeness up (LIKENESS_DATA; default: ./data).")
    @Nullable Path data;

    @Option(
        names = "--models",
        paramLabel = "DIR",
        description = "Folder of models, in place of DIR/models of the data folder.")
    @Nullable Path models;

    /** The environment; a test brings its own. */
    Map<String, String> environment = System.getenv();

    Path folder() {
      if (models != null) {
        return models;
      }
      String usual = environment.getOrDefault("LIKENESS_DATA", Target.DATA_DEFAULT);
      return DataFolder.modelsIn(data != null ? data : Path.of(usual));
    }
  }

  @Command(
      name = "check",
      description =
          "Load a model's folder as the service does and say what it is, or exactly what is wrong with it.")
  static final class Check extends LocalCommand {

    @Parameters(arity = "0..1", paramLabel = "FOLDER", description = SHIPPED_OR_FOLDER)
    @Nullable Path folder;

    @Override
    int run(ExecutionProvider named) {
      Optional<Path> brought = brought(folder);
      if (brought.isPresent() && ModelFolder.isDetector(brought.get())) {
        tell(console, ModelFolder.checkDetector(brought.get(), named, MEASURED));
        return Exit.OK;
      }
      ModelFolder.Report report =
          brought.isPresent()
              ? ModelFolder.check(brought.get(), named, MEASURED)
              : ModelFolder.checkEmbedded(named, MEASURED);
      tell(console, report);
      return Exit.OK;
    }
  }

  @Command(
      name = "calibrate",
      description =
          "Measure a model on judged pairs of pictures and write its calibration into the manifest: a likeness of 0.8"
              + " then means that of as many pairs that show the same as do not, 8 in 10 with this cosine do.")
  static final class Calibrate extends LocalCommand {

    private static final long SEED = 1;

    @Parameters(paramLabel = "FOLDER", description = "With model.onnx and manifest.yaml.")
    Path folder = Path.of("");

    @Option(
        names = "--pairs",
        paramLabel = "FILE",
        description = "A table with the header one,other,same: two files beside it, and 1 or 0.")
    @Nullable Path pairs;

    @Option(
        names = "--photos",
        paramLabel = "DIR",
        description =
            "Photos and a photos.csv with the columns file and product: those of one product show the same.")
    @Nullable Path photos;

    @Override
    int run(ExecutionProvider named) throws IOException {
      if ((pairs == null) == (photos == null)) {
        throw new UsageFault("give --pairs or --photos, one of the two");
      }
      ModelCalibrator.Result result;
      try {
        List<ModelCalibrator.Pair> judged =
            pairs != null
                ? ModelCalibrator.ofTable(pairs)
                : ModelCalibrator.ofPhotos(Objects.requireNonNull(photos), SEED);
        result = ModelCalibrator.calibrate(folder, named, judged);
      } catch (IOException | IllegalArgumentException fault) {
        throw new Failure(String.valueOf(fault.getMessage()));
      }
      console.line(
          "%d pairs show the same, %d do not".formatted(result.same(), result.different()));
      console.line("cosine   likeness");
      for (Calibration.Point point : result.points()) {
        console.line(String.format(Locale.ROOT, "%7.4f  %7.4f", point.cosine(), point.likeness()));
      }
      console.line("written to " + folder.resolve("manifest.yaml"));
      return Exit.OK;
    }
  }

  private static void tell(Console console, ModelFolder.Report report) {
    ModelManifest manifest = report.manifest();
    tell(
        console,
        "model",
        manifest.id(),
        manifest.description(),
        manifest.licence(),
        manifest.sha256(),
        manifest.input());
    console.line(
        "output      %s, %d dimensions".formatted(manifest.output().name(), manifest.dimensions()));
    tell(console, report.speed(), report.opened());
    tellGolden(console, manifest.golden().isPresent(), report.goldenLines());
  }

  private static void tellGolden(Console console, boolean isThere, String lines) {
    if (isThere) {
      console.line("golden      as the manifest says");
      return;
    }
    console.line(
        "golden      none: add these lines to the manifest, so that it is checked wherever it runs");
    lines.lines().forEach(console::line);
  }

  private static void tell(Console console, ModelFolder.DetectorReport report) {
    DetectorManifest manifest = report.manifest();
    tell(
        console,
        "detector",
        manifest.id(),
        manifest.description(),
        manifest.licence(),
        manifest.sha256(),
        manifest.input());
    console.line(
        "output      "
            + switch (manifest.output()) {
              case DetectorManifest.Yolox grid ->
                  "%s, cells of %s pixels".formatted(grid.name(), grid.strides());
              case DetectorManifest.BoxesAndScores two ->
                  "%s and %s, corners in %s"
                      .formatted(two.boxes(), two.scores(), shown(two.corners()));
            });
    console.line(
        "labels      %d, %d of them ignored"
            .formatted(manifest.labels().size(), manifest.ignored().size()));
    console.line(
        "counts      scores from %s, of two that overlap by more than %s the better"
            .formatted(manifest.threshold(), manifest.overlap()));
    tell(console, report.speed(), report.opened());
    console.line(
        "found       %s in the picture every model is tried with"
            .formatted(
                report.found().isEmpty()
                    ? "nothing"
                    : report.found().stream()
                        .map(each -> "%s %.2f".formatted(each.label(), each.score()))
                        .collect(Collectors.joining(", "))));
    tellGolden(console, manifest.golden().isPresent(), report.goldenLines());
  }

  private static void tell(
      Console console,
      String kind,
      String id,
      String description,
      String licence,
      String sha256,
      ModelManifest.Input input) {
    console.line("%-12s".formatted(kind) + id);
    console.line("what        " + description);
    console.line("licence     " + licence);
    console.line("sha256      " + sha256 + ", as the manifest says");
    console.line(
        "input       %s, %d x %d, %s %s, %s"
            .formatted(
                input.name(),
                input.width(),
                input.height(),
                input.layout(),
                input.colours(),
                shown(input.resize())));
  }

  private static void tell(Console console, ModelFolder.Speed speed, Duration opened) {
    console.line(
        "speed       %.1f ms a picture on one core, %.1f ms of them to prepare it; loaded in %d ms"
            .formatted(
                millis(speed.prepare().plus(speed.run())),
                millis(speed.prepare()),
                opened.toMillis()));
  }

  private static String shown(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static double millis(Duration time) {
    return time.toNanos() / 1e6;
  }

  @Command(name = "list", description = "List the models a service on this machine would have.")
  static final class ListAll extends LocalCommand {

    @Mixin Models models = new Models();

    @Override
    int run(ExecutionProvider named) {
      Path folder = models.folder();
      List<List<String>> rows = new ArrayList<>();
      try (ModelLibrary library =
          ModelLibrary.open(
              Files.isDirectory(folder) ? Optional.of(folder) : Optional.empty(), named)) {
        for (ModelManifest each : library.models()) {
          rows.add(
              List.of(
                  each.name(),
                  each.version(),
                  each.dimensions() + " dimensions",
                  each.input().width() + " x " + each.input().height(),
                  each.licence(),
                  each.description()));
        }
        for (DetectorManifest each : library.detectors()) {
          rows.add(
              List.of(
                  each.name(),
                  each.version(),
                  each.labels().size() + " labels",
                  each.input().width() + " x " + each.input().height(),
                  each.licence(),
                  each.description()));
        }
      }
      console.table(List.of("NAME", "VERSION", "ANSWERS", "INPUT", "LICENCE", "WHAT"), rows);
      return Exit.OK;
    }
  }

  @Command(
      name = "bench",
      description = "Measure how many pictures a second a model takes, on one core and on all.")
  static final class Bench extends LocalCommand {

    @Parameters(arity = "0..1", paramLabel = "FOLDER", description = SHIPPED_OR_FOLDER)
    @Nullable Path folder;

    @Option(
        names = "--seconds",
        paramLabel = "N",
        defaultValue = "5",
        description = "How long each line is measured (default: ${DEFAULT-VALUE}).")
    int seconds = 5;

    @Override
    int run(ExecutionProvider named) {
      if (seconds < 1 || seconds > 3_600) {
        throw new UsageFault("--seconds " + seconds + " is not 1 to 3600");
      }
      int cores = Runtime.getRuntime().availableProcessors();
      List<Integer> threads = Stream.of(1, cores).distinct().toList();
      List<List<String>> rows = new ArrayList<>();
      for (ModelFolder.Speed speed :
          ModelFolder.bench(brought(folder), named, threads, Duration.ofSeconds(seconds))) {
        rows.add(
            List.of(
                Integer.toString(speed.threads()),
                "%.0f".formatted(speed.perSecond()),
                "%.2f".formatted(millis(speed.prepare())),
                "%.2f".formatted(millis(speed.run()))));
      }
      console.table(List.of(" THREADS", " PICTURES/S", " PREPARE MS", " MODEL MS"), rows);
      return Exit.OK;
    }
  }

  @Command(
      name = "get",
      description = {
        "Bring a model into the folder of models: download it, or copy it; try it; write its manifest from a preset.",
        "A download that was cut off goes on where it ended."
      },
      footer = {
        "",
        "Example: likeness model get file:///tmp/model.onnx --preset clip-vit-b32",
        "Then start the service again, and: likeness instance create shoes --model clip-vit-b32"
      })
  static final class Get extends LocalCommand {

    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final int ATTEMPTS_MAX = 5;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration SILENCE_MAX = Duration.ofSeconds(60);

    @Parameters(paramLabel = "URL", description = "https://…, file:///…, or the path of a file.")
    String url = "";

    @Option(
        names = "--preset",
        required = true,
        paramLabel = "NAME",
        description = "Which encoder or detector it is: likeness model presets lists them.")
    String preset = "";

    @Option(
        names = "--sha256",
        paramLabel = "HEX",
        description = "What the file must be; without it its checksum is told and kept.")
    @Nullable String sha256;

    @Option(
        names = "--name",
        paramLabel = "NAME",
        description = "What instances call it (default: the preset's name).")
    @Nullable String name;

    @Mixin Models models = new Models();

    @Override
    int run(ExecutionProvider named) throws IOException, InterruptedException {
      Optional<ModelPreset> encoder = ModelPreset.named(preset);
      Optional<DetectorPreset> detector = DetectorPreset.named(preset);
      if (encoder.isEmpty() && detector.isEmpty()) {
        throw new UsageFault(
            "--preset \""
                + preset
                + "\" is none of "
                + Stream.concat(
                        ModelPreset.all().stream().map(ModelPreset::name),
                        DetectorPreset.all().stream().map(DetectorPreset::name))
                    .toList());
      }
      if (sha256 != null && !SHA256.matcher(sha256).matches()) {
        throw new UsageFault("--sha256 \"" + sha256 + "\" is not 64 hexadecimal digits");
      }
      String called = name != null ? name : preset;
      if (!ModelManifest.isName(called)) {
        throw new UsageFault(
            "--name \"" + called + "\" is not 1 to 64 of lower-case letters, digits, . _ -");
      }
      Path folder = models.folder().resolve(called);
      if (Files.exists(folder.resolve("manifest.yaml"))) {
        throw new Failure(
            folder + " has a model already: remove it, or give this one another --name");
      }
      URI from = from();
      Path file = folder.resolve("model.onnx");
      String found;
      try {
        found =
            new ModelDownload(
                    ModelLibrary.MODEL_BYTES_MAX, ATTEMPTS_MAX, PAUSE, SILENCE_MAX, console::note)
                .get(from, file, Optional.ofNullable(sha256));
      } catch (ModelDownload.Failed e) {
        throw new Failure(String.valueOf(e.getMessage()));
      }
      console.note(
          "SHA-256 %s, %s"
              .formatted(
                  found,
                  sha256 == null
                      ? "compared with nothing: compare it with what its makers say"
                      : "as was asked for"));
      if (detector.isPresent()) {
        var unused = ModelFolder.makeManifest(folder, detector.get(), called);
        tell(console, ModelFolder.checkDetector(folder, named, MEASURED));
      } else {
        var unused = ModelFolder.makeManifest(folder, encoder.orElseThrow(), called);
        tell(console, ModelFolder.check(folder, named, MEASURED));
      }
      console.line("folder      " + folder);
      return Exit.OK;
    }

    private URI from() {
      try {
        URI from =
            url.contains("://")
                ? URI.create(url)
                : Path.of(url).toAbsolutePath().normalize().toUri();
        ModelDownload.check(from, Optional.ofNullable(sha256));
        return from;
      } catch (IllegalArgumentException e) {
        throw new UsageFault(String.valueOf(e.getMessage()));
      }
    }
  }

  @Command(
      name = "presets",
      description =
          "List the encoders and detectors whose manifests are known, or tell how to get one of them.")
  static final class Presets extends LocalCommand {

    @Parameters(arity = "0..1", paramLabel = "NAME", description = "One of them.")
    @Nullable String name;

    @Override
    int run(ExecutionProvider named) {
      if (name == null) {
        List<List<String>> rows = new ArrayList<>();
        for (ModelPreset each : ModelPreset.all()) {
          rows.add(
              List.of(
                  each.name(), each.dimensions() + " dimensions", each.licence(), each.title()));
        }
        for (DetectorPreset each : DetectorPreset.all()) {
          rows.add(
              List.of(each.name(), each.labels().size() + " labels", each.licence(), each.title()));
        }
        console.table(List.of("NAME", "ANSWERS", "LICENCE", "WHAT"), rows);
        return Exit.OK;
      }
      Optional<DetectorPreset> detector = DetectorPreset.named(name);
      if (detector.isPresent()) {
        DetectorPreset preset = detector.get();
        tell(preset.name(), preset.title(), preset.licence(), preset.weights(), preset.convert());
        return Exit.OK;
      }
      ModelPreset preset =
          ModelPreset.named(name)
              .orElseThrow(() -> new UsageFault("there is no preset \"" + name + "\""));
      tell(preset.name(), preset.title(), preset.licence(), preset.weights(), preset.convert());
      return Exit.OK;
    }

    private void tell(String preset, String title, String licence, String weights, String convert) {
      console.line("# " + title + ", licence of the weights: " + licence);
      console.line("# Weights: " + weights);
      console.line(convert.stripTrailing());
      console.line("likeness model get model.onnx --preset " + preset);
    }
  }
}
