package io.likeness.bench.quality;

import io.likeness.features.Embedder;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.ModelLibrary;
import io.likeness.proto.vector.FeatureVector;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures what models find. */
@Command(
    name = "quality",
    mixinStandardHelpOptions = true,
    description =
        "Measure how models find the same product and the originals of edited copies, by the way every picture"
            + " of the product takes: decode, resample, embed, compare.",
    footer = {
      "",
      "Example: likeness bench quality shared/data --model models/shoes",
      "Exit codes: 0 measured, 1 failed, 2 wrong usage."
    })
public final class QualityCommand implements Callable<Integer> {

  private static final int UNRELATED = 20_000;

  /** Measured outside the product, on the photos of the test data; its page says how. */
  private static final List<Known> KNOWN =
      List.of(
          new Known(
              "MobileNetV2*",
              "clothing 0.33 0.63 0.95, grocery 0.46 0.84 0.98, luma 0.45 0.69 0.85, luma same colour 0.18 0.14 0.62"),
          new Known(
              "SqueezeNet 1.1*",
              "clothing 0.18 0.41 0.83, grocery 0.44 0.85 0.98, luma 0.34 0.57 0.83, luma same colour 0.17 0.17 0.53"),
          new Known(
              "classical*",
              "clothing 0.08 0.23 0.60, grocery 0.36 0.75 0.95, luma 0.19 0.37 0.65, luma same colour 0.37 0.44 0.78"));

  /** A baseline: for each question three figures. */
  private record Known(String name, String figures) {

    String of(String question) {
      for (String part : figures.split(", ", -1)) {
        if (part.matches(java.util.regex.Pattern.quote(question) + " [0-9. ]+")) {
          return part.substring(question.length() + 1).replace(" ", " / ");
        }
      }
      return "";
    }
  }

  @Parameters(
      paramLabel = "FOLDER",
      description = "Photos and photos.csv with the columns file, set, product, colour.")
  Path folder = Path.of("");

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "A model's folder, beside the default; may be repeated.")
  List<Path> models = new ArrayList<>();

  @Option(names = "--no-default", description = "Only the models of --model.")
  boolean noDefault;

  @Option(
      names = "--copies",
      paramLabel = "N",
      defaultValue = "400",
      description = "Photos that are edited; 0 leaves edits out (default: ${DEFAULT-VALUE}).")
  int copies = 400;

  @Option(names = "--seed", defaultValue = "11", description = "Default: ${DEFAULT-VALUE}.")
  long seed = 11;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  /** What was found out about a model. */
  private record Measured(
      String name,
      Map<String, Retrieval> products,
      Map<String, EditedCopies.Found> edits,
      List<Float> unrelated,
      int dimensions,
      double millis) {}

  @Override
  public Integer call() throws IOException {
    List<Photo> photos = Photo.read(folder);
    List<Measured> measured = new ArrayList<>();
    if (!noDefault) {
      measured.add(measure(photos, null));
    }
    for (Path model : models) {
      measured.add(measure(photos, model));
    }
    if (json) {
      JsonArray all = new JsonArray();
      measured.forEach(model -> all.add(json(model)));
      System.out.println(all.encodePrettily());
    } else {
      print(photos, measured);
    }
    return 0;
  }

  private Measured measure(List<Photo> photos, @Nullable Path model) throws IOException {
    if (model != null && !Files.exists(model.resolve("manifest.yaml"))) {
      throw new IOException(model + " is no model's folder: it holds no manifest.yaml");
    }
    Path only = Files.createTempDirectory("likeness-quality-");
    try {
      if (model != null) {
        Files.createSymbolicLink(only.resolve("model"), model.toAbsolutePath());
      }
      try (ModelLibrary library = ModelLibrary.open(Optional.of(only));
          Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
        String name = library.models().getFirst().name();
        System.err.println("bench: measuring " + library.model(name).id());
        return measure(photos, library, embedder, name, model);
      }
    } finally {
      Files.deleteIfExists(only.resolve("model"));
      Files.deleteIfExists(only);
    }
  }

  private Measured measure(
      List<Photo> photos,
      ModelLibrary library,
      Embedder embedder,
      String name,
      @Nullable Path model)
      throws IOException {
    long begun = System.nanoTime();
    List<FeatureVector> vectors =
        Vectors.of(embedder, name, photos.stream().map(Photo::content).toList());
    double millis = (System.nanoTime() - begun) / 1e6 / photos.size();
    Map<String, Retrieval> products = new java.util.LinkedHashMap<>();
    for (String set : photos.stream().map(Photo::set).distinct().sorted().toList()) {
      products.put(set, Retrieval.of(photos, vectors, set, false));
      if (photos.stream().anyMatch(photo -> photo.set().equals(set) && !photo.colour().isEmpty())) {
        products.put(set + " same colour", Retrieval.of(photos, vectors, set, true));
      }
    }
    Map<String, EditedCopies.Found> edits =
        copies == 0 ? Map.of() : EditedCopies.search(embedder, name, photos, vectors, copies, seed);
    String shown =
        library.model(name).id() + (model == null ? "" : " (" + model.getFileName() + ")");
    return new Measured(
        shown,
        products,
        edits,
        unrelated(photos, vectors),
        library.model(name).dimensions(),
        millis);
  }

  /** Cosines of photos of different products. */
  private List<Float> unrelated(List<Photo> photos, List<FeatureVector> vectors) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Float> cosines = new ArrayList<>();
    for (int i = 0; i < UNRELATED; i++) {
      int a = random.nextInt(photos.size());
      int b = random.nextInt(photos.size());
      if (!photos.get(a).shows(photos.get(b), false)) {
        cosines.add(vectors.get(a).cosine(vectors.get(b)));
      }
    }
    return cosines;
  }

  private static void print(List<Photo> photos, List<Measured> measured) {
    System.out.printf(
        "%d photos; each searches all others: mAP@10 / first right / right among ten%n",
        photos.size());
    List<String> questions = List.copyOf(measured.getFirst().products().keySet());
    row("", questions, 22);
    for (Measured model : measured) {
      row(
          model.name(),
          questions.stream().map(question -> shown(model.products().get(question))).toList(),
          22);
    }
    for (Known known : KNOWN) {
      if (questions.stream().anyMatch(question -> !known.of(question).isEmpty())) {
        row(known.name(), questions.stream().map(known::of).toList(), 22);
      }
    }
    System.out.println("* measured outside, on the test data's photos; its page has them");
    if (!measured.getFirst().edits().isEmpty()) {
      System.out.println();
      System.out.println("edited copies: the share that found its original first among all photos");
      row("", measured.stream().map(Measured::name).toList(), 26);
      for (String edit : measured.getFirst().edits().keySet()) {
        row(
            edit,
            measured.stream()
                .map(model -> share(EditedCopies.shareOf(model.edits(), edit)))
                .toList(),
            26);
      }
      row(
          "mean of single edits",
          measured.stream().map(model -> share(EditedCopies.average(model.edits()))).toList(),
          26);
    }
    System.out.println();
    System.out.println("cosines (10 %, 50 %, 90 %, 99 %, 99.9 % lie below)");
    for (Measured model : measured) {
      System.out.printf(
          "%s: %d dimensions, %.1f ms a photo%n", model.name(), model.dimensions(), model.millis());
      quantiles("unrelated", model.unrelated());
      model.edits().forEach((edit, found) -> quantiles(edit, found.cosines()));
    }
  }

  private static String shown(@Nullable Retrieval result) {
    return result == null
        ? ""
        : String.format(
            Locale.ROOT,
            "%.3f / %.2f / %.2f",
            result.precision(),
            result.first(),
            result.amongTen());
  }

  private static String share(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  private static void row(String head, List<String> cells, int width) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-34s", head));
    cells.forEach(cell -> line.append(String.format(Locale.ROOT, "%-" + width + "s", cell)));
    System.out.println(line.toString().stripTrailing());
  }

  private static void quantiles(String what, List<Float> values) {
    List<Float> sorted = values.stream().sorted().toList();
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "  %-16s", what));
    for (double q : new double[] {0.1, 0.5, 0.9, 0.99, 0.999}) {
      line.append(String.format(Locale.ROOT, " %.3f", sorted.get((int) (q * (sorted.size() - 1)))));
    }
    System.out.println(line);
  }

  private static JsonObject json(Measured model) {
    JsonObject products = new JsonObject();
    model
        .products()
        .forEach(
            (question, result) ->
                products.put(
                    question,
                    new JsonObject()
                        .put("map_10", result.precision())
                        .put("first", result.first())
                        .put("among_10", result.amongTen())
                        .put("asked", result.asked())));
    JsonObject edits = new JsonObject();
    model.edits().forEach((edit, found) -> edits.put(edit, found.share()));
    return new JsonObject()
        .put("model", model.name())
        .put("dimensions", model.dimensions())
        .put("ms_a_photo", model.millis())
        .put("products", products)
        .put("edits", edits)
        .put("mean_of_single_edits", EditedCopies.average(model.edits()));
  }
}
