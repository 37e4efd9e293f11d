package io.likeness.features;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.PictureRule;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;

/**
 * How good a model finds pictures: of the photos in a folder with {@code photos.csv}, each in turn
 * searches all others (right is the same product), and edited copies search their originals.
 *
 * <p>Run the main with the data folder and, if you like, a folder of models and a model's name.
 */
final class ModelQuality {

  /** A photo, and what counts as the same thing. */
  record Photo(String file, String set, String product, String colour, ByteString content) {}

  /** The share of edited copies that found their original first, and their cosines with it. */
  record Found(double share, List<Float> cosines) {}

  private ModelQuality() {}

  public static void main(String[] args) throws IOException {
    Path data = Path.of(args[0]);
    Optional<Path> folder = args.length > 1 ? Optional.of(Path.of(args[1])) : Optional.empty();
    String model = args.length > 2 ? args[2] : ModelLibrary.DEFAULT_NAME;
    List<Photo> photos = photos(data);
    try (ModelLibrary library = ModelLibrary.open(folder);
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      long start = System.nanoTime();
      List<FeatureVector> vectors =
          embed(embedder, model, photos.stream().map(Photo::content).toList());
      System.out.printf(
          "%s: %d photos, %.1f ms each%n",
          library.model(model).id(),
          photos.size(),
          (System.nanoTime() - start) / 1e6 / photos.size());
      for (String set : photos.stream().map(Photo::set).distinct().sorted().toList()) {
        products(set, photos, vectors, false);
        if (set.equals("luma")) {
          products(set, photos, vectors, true);
        }
      }
      cosines(photos, vectors);
      Map<String, Found> edits = edits(embedder, model, photos, vectors, 400);
      edits.forEach((edit, found) -> quantiles(edit, found.cosines()));
      edits.forEach((edit, found) -> System.out.printf("%-16s %.3f%n", edit, found.share()));
    }
  }

  static List<Photo> photos(Path data) throws IOException {
    List<Photo> photos = new ArrayList<>();
    List<String> lines = Files.readAllLines(data.resolve("photos.csv"));
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split(",", -1);
      ByteString content = ByteString.copyFrom(Files.readAllBytes(data.resolve(fields[0])));
      photos.add(new Photo(fields[0], fields[1], fields[2], fields[4], content));
    }
    return photos;
  }

  static List<FeatureVector> embed(Embedder embedder, String model, List<ByteString> contents) {
    List<Picture> pictures =
        contents.stream()
            .map(
                content ->
                    new Picture(model, content, Optional.empty(), PictureRule.getDefaultInstance()))
            .toList();
    List<FeatureVector> vectors = new ArrayList<>();
    for (EmbedOutcome outcome : embedder.embedAll(pictures)) {
      if (!(outcome instanceof Embedded embedded)) {
        throw new IllegalStateException(outcome.toString());
      }
      vectors.add(embedded.vector());
    }
    return vectors;
  }

  private static void products(
      String set, List<Photo> photos, List<FeatureVector> vectors, boolean sameColour) {
    int[] members =
        IntStream.range(0, photos.size()).filter(i -> photos.get(i).set().equals(set)).toArray();
    double precision = 0;
    int first = 0;
    int amongTen = 0;
    int asked = 0;
    for (int query : members) {
      List<Integer> others =
          Arrays.stream(members)
              .filter(i -> i != query)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -vectors.get(query).cosine(vectors.get(i))))
              .toList();
      long relevant = others.stream().filter(i -> same(photos, query, i, sameColour)).count();
      if (relevant == 0) {
        continue;
      }
      asked++;
      int found = 0;
      double sum = 0;
      for (int rank = 0; rank < Math.min(10, others.size()); rank++) {
        if (same(photos, query, others.get(rank), sameColour)) {
          found++;
          sum += (double) found / (rank + 1);
          if (rank == 0) {
            first++;
          }
        }
      }
      precision += sum / Math.min(10, relevant);
      amongTen += found > 0 ? 1 : 0;
    }
    System.out.printf(
        "%-9s%s mAP@10 %.3f, first right %.3f, right among ten %.3f (%d asked)%n",
        set,
        sameColour ? " same colour" : "",
        precision / asked,
        (double) first / asked,
        (double) amongTen / asked,
        asked);
  }

  private static boolean same(List<Photo> photos, int a, int b, boolean sameColour) {
    return photos.get(a).product().equals(photos.get(b).product())
        && (!sameColour || photos.get(a).colour().equals(photos.get(b).colour()));
  }

  /** Where the cosines of unrelated and of related pictures lie: what calibration is made from. */
  private static void cosines(List<Photo> photos, List<FeatureVector> vectors) {
    Random random = new Random(7);
    List<Float> unrelated = new ArrayList<>();
    List<Float> related = new ArrayList<>();
    while (unrelated.size() < 20_000) {
      int a = random.nextInt(photos.size());
      int b = random.nextInt(photos.size());
      if (!photos.get(a).product().equals(photos.get(b).product())) {
        unrelated.add(vectors.get(a).cosine(vectors.get(b)));
      }
    }
    for (int a = 0; a < photos.size(); a++) {
      for (int b = 0; b < a; b++) {
        boolean thing = !photos.get(a).set().equals("clothing");
        if (thing && same(photos, a, b, true)) {
          related.add(vectors.get(a).cosine(vectors.get(b)));
        }
      }
    }
    quantiles("unrelated", unrelated);
    quantiles("same thing", related);
  }

  private static void quantiles(String what, List<Float> values) {
    List<Float> sorted = values.stream().sorted().toList();
    StringBuilder line = new StringBuilder("cosines, " + what + ":");
    for (double q : new double[] {0.01, 0.1, 0.5, 0.9, 0.99, 0.999}) {
      line.append(" %s %%: %.3f".formatted(q * 100, sorted.get((int) (q * (sorted.size() - 1)))));
    }
    System.out.println(line);
  }

  /** For each edit, how its copies find their originals among all photos. */
  static Map<String, Found> edits(
      Embedder embedder, String model, List<Photo> photos, List<FeatureVector> vectors, int count)
      throws IOException {
    Map<String, Found> results = new LinkedHashMap<>();
    List<Integer> originals =
        new Random(11).ints(0, photos.size()).distinct().limit(count).boxed().toList();
    for (Map.Entry<String, UnaryOperator<BufferedImage>> edit : Edits.all().entrySet()) {
      List<ByteString> copies = new ArrayList<>();
      for (int original : originals) {
        BufferedImage picture = ImageIO.read(photos.get(original).content().newInput());
        copies.add(Edits.jpeg(edit.getValue().apply(picture), Edits.quality(edit.getKey())));
      }
      List<FeatureVector> found = embed(embedder, model, copies);
      int right = 0;
      List<Float> own = new ArrayList<>();
      for (int i = 0; i < found.size(); i++) {
        FeatureVector copy = found.get(i);
        int original = originals.get(i);
        float likeness = copy.cosine(vectors.get(original));
        own.add(likeness);
        boolean first = true;
        for (int other = 0; other < vectors.size() && first; other++) {
          // Some photos are in the folder twice, byte for byte: either is right.
          first =
              copy.cosine(vectors.get(other)) <= likeness
                  || photos.get(other).content().equals(photos.get(original).content());
        }
        right += first ? 1 : 0;
      }
      results.put(edit.getKey(), new Found((double) right / found.size(), own));
    }
    return results;
  }
}
