package io.likeness.features;

import com.google.protobuf.ByteString;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.PictureRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/** Measures a model on judged pairs of pictures and writes what it found into its manifest. */
public final class ModelCalibrator {

  /** Pictures whose vectors are held at a time. */
  private static final int PICTURES_MAX = 20_000;

  private static final int PAIRS_MAX = 200_000;

  /** Pairs of different things drawn for {@link #ofPhotos}. */
  private static final int DIFFERENT = 20_000;

  private static final int SAME_MAX = 20_000;

  private static final Set<String> YES = Set.of("1", "yes", "true", "same");
  private static final Set<String> NO = Set.of("0", "no", "false", "different");

  /** Two pictures, and whether somebody says that they show the same. */
  public record Pair(Path one, Path other, boolean same) {}

  /** What was found; the points as they stand in the manifest now. */
  public record Result(List<Calibration.Point> points, int same, int different) {}

  private ModelCalibrator() {}

  /**
   * Pairs from a table: a header {@code one,other,same}, files relative to the table, same as 1 or
   * 0, yes or no.
   */
  public static List<Pair> ofTable(Path table) throws IOException {
    List<String[]> rows = rows(table, List.of("one", "other", "same"));
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      String[] row = rows.get(i);
      String same = row[2].strip().toLowerCase(Locale.ROOT);
      if (!YES.contains(same) && !NO.contains(same)) {
        throw new IOException(
            "line %d of %s says \"%s\" in the column same, must be 1 or 0, yes or no"
                .formatted(i + 2, table, row[2]));
      }
      pairs.add(
          new Pair(
              table.resolveSibling(row[0].strip()),
              table.resolveSibling(row[1].strip()),
              YES.contains(same)));
    }
    return bounded(pairs, table);
  }

  /**
   * Pairs from a folder whose {@code photos.csv} names files and products: of the same product, and
   * drawn from a seed of different ones.
   */
  public static List<Pair> ofPhotos(Path folder, long seed) throws IOException {
    Path table = folder.resolve("photos.csv");
    List<String[]> rows = rows(table, List.of("file", "product"));
    List<Pair> same = new ArrayList<>();
    Map<String, List<Integer>> products = new HashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      List<Integer> before = products.computeIfAbsent(rows.get(i)[1], product -> new ArrayList<>());
      for (int other : before) {
        same.add(pair(folder, rows, other, i, true));
      }
      before.add(i);
      if (same.size() > PAIRS_MAX) {
        throw new IOException(
            "%s has more than %d pairs of one product".formatted(table, PAIRS_MAX));
      }
    }
    SplittableRandom random = new SplittableRandom(seed);
    while (same.size() > SAME_MAX) {
      int last = same.size() - 1;
      same.set(random.nextInt(last), same.get(last));
      same.removeLast();
    }
    List<Pair> pairs = new ArrayList<>(same);
    for (int i = 0; products.size() > 1 && i < DIFFERENT; i++) {
      int one = random.nextInt(rows.size());
      int other = random.nextInt(rows.size());
      if (!rows.get(one)[1].equals(rows.get(other)[1])) {
        pairs.add(pair(folder, rows, one, other, false));
      }
    }
    return bounded(pairs, table);
  }

  private static Pair pair(Path folder, List<String[]> rows, int one, int other, boolean same) {
    return new Pair(folder.resolve(rows.get(one)[0]), folder.resolve(rows.get(other)[0]), same);
  }

  private static List<Pair> bounded(List<Pair> pairs, Path table) throws IOException {
    if (pairs.size() > PAIRS_MAX) {
      throw new IOException(
          "%s has %d pairs, at most %d".formatted(table, pairs.size(), PAIRS_MAX));
    }
    return pairs;
  }

  /** The wanted columns of a table without quotes, in the order asked for. */
  private static List<String[]> rows(Path table, List<String> wanted) throws IOException {
    if (!Files.isRegularFile(table)) {
      throw new IOException("there is no table " + table);
    }
    List<String> lines = Files.readAllLines(table);
    List<String> header =
        lines.isEmpty() ? List.of() : Arrays.asList(lines.getFirst().strip().split(",", -1));
    if (!header.containsAll(wanted)) {
      throw new IOException(
          "%s begins with the columns %s, needed are %s".formatted(table, header, wanted));
    }
    List<String[]> rows = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      String[] fields = lines.get(i).split(",", -1);
      if (fields.length != header.size()) {
        throw new IOException(
            "line %d of %s has %d fields, its header %d"
                .formatted(i + 1, table, fields.length, header.size()));
      }
      rows.add(
          wanted.stream().map(column -> fields[header.indexOf(column)]).toArray(String[]::new));
    }
    return rows;
  }

  /**
   * Measures the pairs and writes the calibration into the manifest of the model's folder. Nothing
   * else in the manifest changes.
   */
  public static Result calibrate(Path model, ExecutionProvider provider, List<Pair> pairs)
      throws IOException {
    Path file = model.resolve(ModelLibrary.MANIFEST_FILE);
    Calibration found;
    int same = (int) pairs.stream().filter(Pair::same).count();
    try (OnnxModel onnx = ModelLibrary.open(model, provider)) {
      found = measure(onnx, pairs, same);
    }
    String manifest = Files.readString(file);
    String changed = withCalibration(manifest, found);
    if (!ManifestFile.read(changed).calibration().equals(found)) {
      throw new IOException(
          "the calibration in %s cannot be replaced; put it in by hand: %s"
              .formatted(file, found.points()));
    }
    Path fresh = file.resolveSibling("manifest.yaml.new");
    Files.writeString(fresh, changed);
    Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    return new Result(found.points(), same, pairs.size() - same);
  }

  private static Calibration measure(OnnxModel model, List<Pair> pairs, int same)
      throws IOException {
    Set<Path> files = new LinkedHashSet<>();
    for (Pair pair : pairs) {
      files.add(pair.one());
      files.add(pair.other());
    }
    if (files.size() > PICTURES_MAX) {
      throw new IOException(
          "the pairs name %d pictures, at most %d".formatted(files.size(), PICTURES_MAX));
    }
    PictureDecoder decoder =
        new PictureDecoder(
            new DecodeLimits(EmbedderConfig.PIXELS_MAX_DEFAULT, EmbedderConfig.BYTES_MAX_DEFAULT));
    Map<Path, FeatureVector> vectors = new HashMap<>();
    for (Path picture : files) {
      vectors.put(picture, vector(model, decoder, picture));
    }
    float[] alike = new float[same];
    float[] unlike = new float[pairs.size() - same];
    int s = 0;
    int d = 0;
    for (Pair pair : pairs) {
      FeatureVector one = vectors.get(pair.one());
      FeatureVector other = vectors.get(pair.other());
      if (one == null || other == null) {
        throw new IllegalStateException("a picture was not embedded");
      }
      if (pair.same()) {
        alike[s++] = one.cosine(other);
      } else {
        unlike[d++] = one.cosine(other);
      }
    }
    return CalibrationFit.of(alike, unlike);
  }

  private static FeatureVector vector(OnnxModel model, PictureDecoder decoder, Path file)
      throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("there is no picture " + file);
    }
    if (Files.size(file) > EmbedderConfig.BYTES_MAX_DEFAULT) {
      throw new IOException(
          "%s is %d bytes, at most %d"
              .formatted(file, Files.size(file), EmbedderConfig.BYTES_MAX_DEFAULT));
    }
    DecodeOutcome outcome =
        decoder.decode(
            ByteString.copyFrom(Files.readAllBytes(file)),
            Optional.empty(),
            PictureRule.getDefaultInstance(),
            model.sideWanted());
    return switch (outcome) {
      case DecodeOutcome.Decoded good -> model.embed(model.prepare(good.bitmap()));
      case DecodeOutcome.Undecodable bad ->
          throw new IOException(file + ": " + bad.rejection().getDetail());
    };
  }

  /** The manifest's text with another calibration; what stands around it stays as it is. */
  static String withCalibration(String manifest, Calibration calibration) {
    StringBuilder text = new StringBuilder();
    boolean within = false;
    boolean written = false;
    for (String line : manifest.lines().toList()) {
      if (line.startsWith("calibration:")) {
        within = true;
        written = true;
        text.append(block(calibration));
      } else if (within && (line.isBlank() || line.matches("[ \\t\\-\\]#].*"))) {
        continue;
      } else {
        within = false;
        text.append(line).append('\n');
      }
    }
    return written ? text.toString() : text.append(block(calibration)).toString();
  }

  private static String block(Calibration calibration) {
    StringBuilder block = new StringBuilder("calibration:\n");
    for (Calibration.Point point : calibration.points()) {
      block.append(String.format(Locale.ROOT, "  - [%s, %s]%n", point.cosine(), point.likeness()));
    }
    return block.toString();
  }
}
