package io.likeness.features;

import io.likeness.features.decode.Bitmap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/** A model's folder as those who bring one look at it: is it sound, how fast is it, make one. */
public final class ModelFolder {

  private static final int WARM_UP_RUNS = 5;

  private ModelFolder() {}

  /**
   * What a sound model is.
   *
   * @param opened how long it took to load and to try it
   * @param golden the values its manifest has, or should have
   */
  public record Report(
      ModelManifest manifest, Duration opened, Speed speed, ModelManifest.Golden golden) {

    /** The golden values as lines of a manifest. */
    public String goldenLines() {
      return ManifestFile.write(golden);
    }
  }

  /**
   * What a sound detector is.
   *
   * @param found what it finds in the picture every model is tried with
   * @param golden the boxes its manifest has, or should have
   */
  public record DetectorReport(
      DetectorManifest manifest,
      Duration opened,
      Speed speed,
      List<Subject> found,
      DetectorManifest.Golden golden) {

    /** The golden boxes as lines of a manifest. */
    public String goldenLines() {
      return ManifestFile.write(golden);
    }
  }

  /**
   * One picture after the other on each of so many threads.
   *
   * @param perSecond pictures, all threads together
   * @param prepare median time to lay a picture before the model
   * @param run median time of the model
   */
  public record Speed(int threads, double perSecond, Duration prepare, Duration run) {}

  /**
   * Opens a folder's model as the roles do and measures it.
   *
   * @throws ModelException saying what is wrong, and of a folder without a manifest what the model
   *     takes and answers
   */
  public static Report check(Path folder, ExecutionProvider provider, Duration measure) {
    mustHaveManifest(folder);
    long begun = System.nanoTime();
    try (OnnxModel model = ModelLibrary.open(folder, provider)) {
      Duration opened = Duration.ofNanos(System.nanoTime() - begun);
      return new Report(
          model.manifest(), opened, speed(Work.of(model), 1, measure), goldenOf(model));
    }
  }

  /** The same of a folder with a detector. */
  public static DetectorReport checkDetector(
      Path folder, ExecutionProvider provider, Duration measure) {
    mustHaveManifest(folder);
    long begun = System.nanoTime();
    try (OnnxDetector detector = ModelLibrary.openDetector(folder, provider)) {
      Duration opened = Duration.ofNanos(System.nanoTime() - begun);
      Bitmap picture = GoldenPicture.make();
      return new DetectorReport(
          detector.manifest(),
          opened,
          speed(Work.of(detector), 1, measure),
          detector.find(picture, picture.width(), picture.height()),
          detector.manifest().golden().orElseGet(detector::golden));
    }
  }

  /** Whether the folder's manifest says that its model is a detector. */
  public static boolean isDetector(Path folder) {
    mustHaveManifest(folder);
    return ModelLibrary.kind(folder) == ManifestFile.Kind.DETECTOR;
  }

  private static void mustHaveManifest(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new ModelException("%s is no folder".formatted(folder));
    }
    if (!Files.exists(folder.resolve(ModelLibrary.MANIFEST_FILE))) {
      throw new ModelException(
          "model %s has no %s%s".formatted(folder, ModelLibrary.MANIFEST_FILE, found(folder)));
    }
  }

  /** The same of the model that ships. */
  public static Report checkEmbedded(ExecutionProvider provider, Duration measure) {
    long begun = System.nanoTime();
    try (OnnxModel model = ModelLibrary.embedded(provider)) {
      Duration opened = Duration.ofNanos(System.nanoTime() - begun);
      return new Report(
          model.manifest(), opened, speed(Work.of(model), 1, measure), goldenOf(model));
    }
  }

  /** How fast a folder's model is on each number of threads; empty for the model that ships. */
  public static List<Speed> bench(
      Optional<Path> folder, ExecutionProvider provider, List<Integer> threads, Duration each) {
    if (folder.isPresent() && isDetector(folder.get())) {
      try (OnnxDetector detector = ModelLibrary.openDetector(folder.get(), provider)) {
        return speeds(Work.of(detector), threads, each);
      }
    }
    try (OnnxModel model =
        folder.isPresent()
            ? ModelLibrary.open(folder.get(), provider)
            : ModelLibrary.embedded(provider)) {
      return speeds(Work.of(model), threads, each);
    }
  }

  /** What a model does with a picture, whatever it answers. */
  private record Work(Function<Bitmap, float[]> prepare, Consumer<float[]> run) {

    static Work of(OnnxModel model) {
      return new Work(
          model::prepare,
          prepared -> {
            var unused = model.embed(prepared);
          });
    }

    static Work of(OnnxDetector detector) {
      return new Work(
          detector::prepare,
          prepared -> {
            var unused = detector.detect(prepared);
          });
    }
  }

  private static List<Speed> speeds(Work work, List<Integer> threads, Duration each) {
    List<Speed> speeds = new ArrayList<>();
    for (int some : threads) {
      speeds.add(speed(work, some, each));
    }
    return speeds;
  }

  private static String found(Path folder) {
    Path file = folder.resolve(ModelLibrary.MODEL_FILE);
    if (!Files.exists(file)) {
      return ", and no " + ModelLibrary.MODEL_FILE;
    }
    byte[] bytes = ModelLibrary.modelFile(folder);
    OnnxModel.Graph graph = OnnxModel.look(folder.toString(), bytes);
    return "; its model takes %s and answers with %s, its SHA-256 is %s"
        .formatted(graph.inputs(), graph.outputs(), ModelLibrary.sha256(bytes));
  }

  private static ModelManifest.Golden goldenOf(OnnxModel model) {
    return model.manifest().golden().orElseGet(() -> goldenNow(model));
  }

  private static ModelManifest.Golden goldenNow(OnnxModel model) {
    float[] vector = model.golden().array();
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < Math.min(vector.length, ModelManifest.Golden.VALUES); i++) {
      // Five digits say more than the tolerance forgives, and can be read.
      values.add(Math.round(vector[i] * 1e5) / 1e5);
    }
    return new ModelManifest.Golden(values, ModelManifest.Golden.TOLERANCE_DEFAULT);
  }

  private static Speed speed(Work work, int threads, Duration measure) {
    Bitmap picture = GoldenPicture.make();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<List<long[]>>> runs = new ArrayList<>();
      long begun = System.nanoTime();
      for (int i = 0; i < threads; i++) {
        runs.add(pool.submit(() -> measure(work, picture, measure)));
      }
      List<long[]> times = new ArrayList<>();
      for (Future<List<long[]>> run : runs) {
        times.addAll(run.get());
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      return new Speed(
          threads,
          (times.size() + threads * WARM_UP_RUNS) / seconds,
          median(times, 0),
          median(times, 1));
    } catch (ExecutionException failed) {
      throw new IllegalStateException("measuring a model failed", failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring a model", interrupted);
    }
  }

  /** Pairs of nanoseconds: to prepare, to run. */
  private static List<long[]> measure(Work work, Bitmap picture, Duration measure) {
    long end = System.nanoTime() + measure.toNanos();
    List<long[]> times = new ArrayList<>();
    for (int i = 0; i < WARM_UP_RUNS || System.nanoTime() < end || times.isEmpty(); i++) {
      long start = System.nanoTime();
      float[] prepared = work.prepare().apply(picture);
      long between = System.nanoTime();
      work.run().accept(prepared);
      if (i >= WARM_UP_RUNS) {
        times.add(new long[] {between - start, System.nanoTime() - between});
      }
    }
    return times;
  }

  private static Duration median(List<long[]> times, int which) {
    long[] sorted = times.stream().mapToLong(pair -> pair[which]).sorted().toArray();
    return Duration.ofNanos(sorted[sorted.length / 2]);
  }

  /**
   * Writes the manifest of a file by a preset, tries the model with it, and adds what it answers to
   * the golden picture. The folder is seen by roles only when all of that went well.
   *
   * @param file the model, already in the folder as {@code model.onnx}
   * @throws ModelException where the file is none the preset fits
   */
  public static ModelManifest makeManifest(Path folder, ModelPreset preset, String name) {
    String where = folder.toString();
    byte[] file = ModelLibrary.modelFile(folder);
    OnnxModel.Graph graph = OnnxModel.look(where, file);
    ModelManifest.Input input = input(where, preset.input(), graph);
    String output = output(where, preset, graph);
    ModelManifest.Pooling pooling =
        switch (graph.outputs().get(output) instanceof OnnxModel.Tensor tensor
            ? tensor.shape().size()
            : 0) {
          case 2 -> ModelManifest.Pooling.NONE;
          case 4 -> ModelManifest.Pooling.MEAN;
          default -> preset.pooling();
        };
    ModelManifest wanted =
        manifest(preset, name, file, input, output, pooling, preset.dimensions(), Optional.empty());
    int dimensions = OnnxModel.dimensions(where, wanted, file);
    ModelManifest sized =
        manifest(preset, name, file, input, output, pooling, dimensions, Optional.empty());
    ModelManifest manifest;
    try (OnnxModel model = OnnxModel.open(where, sized, file, ExecutionProvider.CPU)) {
      manifest =
          manifest(
              preset,
              name,
              file,
              input,
              output,
              pooling,
              dimensions,
              Optional.of(goldenNow(model)));
    }
    write(folder, ManifestFile.write(manifest));
    return manifest;
  }

  /** The same for a detector. */
  public static DetectorManifest makeManifest(Path folder, DetectorPreset preset, String name) {
    String where = folder.toString();
    byte[] file = ModelLibrary.modelFile(folder);
    OnnxModel.Graph graph = OnnxModel.look(where, file);
    DetectorManifest manifest;
    try {
      manifest =
          new DetectorManifest(
              name,
              "1",
              preset.title(),
              preset.licence(),
              ModelLibrary.sha256(file),
              input(where, preset.input(), graph),
              preset.output(),
              preset.labels(),
              Set.of(),
              preset.threshold(),
              preset.overlap(),
              Optional.empty());
    } catch (IllegalArgumentException unfit) {
      throw new ModelException(
          "model %s does not fit preset %s: %s".formatted(where, preset.name(), unfit.getMessage()),
          unfit);
    }
    try (OnnxDetector detector = OnnxDetector.open(where, manifest, file, ExecutionProvider.CPU)) {
      manifest = manifest.with(detector.golden());
    }
    write(folder, ManifestFile.write(manifest));
    return manifest;
  }

  private static ModelManifest manifest(
      ModelPreset preset,
      String name,
      byte[] file,
      ModelManifest.Input input,
      String output,
      ModelManifest.Pooling pooling,
      int dimensions,
      Optional<ModelManifest.Golden> golden) {
    return new ModelManifest(
        name,
        "1",
        preset.title(),
        preset.licence(),
        ModelLibrary.sha256(file),
        input,
        new ModelManifest.Output(output, pooling, dimensions, ModelManifest.Normalise.L2),
        preset.calibration(),
        golden);
  }

  /** The preset's input under the file's name, and of the file's size where that is fixed. */
  private static ModelManifest.Input input(
      String where, ModelManifest.Input usual, OnnxModel.Graph graph) {
    if (graph.inputs().size() != 1) {
      throw new ModelException(
          "model %s has the inputs %s, must have one: export the part that takes the picture alone"
              .formatted(where, graph.inputs()));
    }
    Map.Entry<String, OnnxModel.Tensor> only = graph.inputs().entrySet().iterator().next();
    List<Long> shape = only.getValue().shape();
    boolean channelsLast = shape.size() == 4 && shape.get(3) == 3;
    long height = shape.size() == 4 ? shape.get(channelsLast ? 1 : 2) : -1;
    long width = shape.size() == 4 ? shape.get(channelsLast ? 2 : 3) : -1;
    return new ModelManifest.Input(
        only.getKey(),
        width > 0 ? Math.toIntExact(width) : usual.width(),
        height > 0 ? Math.toIntExact(height) : usual.height(),
        channelsLast ? ModelManifest.Layout.NHWC : ModelManifest.Layout.NCHW,
        usual.colours(),
        usual.mean(),
        usual.std(),
        usual.resize(),
        usual.filter(),
        usual.keep(),
        usual.pad());
  }

  private static String output(String where, ModelPreset preset, OnnxModel.Graph graph) {
    return preset.outputs().stream()
        .filter(graph.outputs()::containsKey)
        .findFirst()
        .or(
            () ->
                graph.outputs().size() == 1
                    ? graph.outputs().keySet().stream().findFirst()
                    : Optional.empty())
        .orElseThrow(
            () ->
                new ModelException(
                    "model %s answers with %s, preset %s knows %s"
                        .formatted(where, graph.outputs(), preset.name(), preset.outputs())));
  }

  private static void write(Path folder, String manifest) {
    Path written = folder.resolve(ModelLibrary.MANIFEST_FILE + ".new");
    try {
      Files.writeString(written, manifest);
      Files.move(
          written,
          folder.resolve(ModelLibrary.MANIFEST_FILE),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException unwritable) {
      throw new ModelException(
          "cannot write the manifest in %s: %s".formatted(folder, unwritable.getMessage()),
          unwritable);
    }
  }
}
