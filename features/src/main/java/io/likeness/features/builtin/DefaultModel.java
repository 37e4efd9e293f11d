package io.likeness.features.builtin;

import io.likeness.features.ExecutionProvider;
import io.likeness.features.ModelFolder;
import io.likeness.features.ModelManifest.Golden;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Writes the model that ships inside as one ONNX graph: a classical descriptor with the {@link
 * Patches} tells how a picture looks, the {@link Network} what it shows. Run the main with the
 * resource folder and a file of learned numbers to write it anew; a test compares what is committed
 * with what this code makes.
 *
 * <p>What looks are, each block a part of the vector: which colours there are (whole and by
 * region), which way edges run (coarse and fine regions), which small patterns textures have, and
 * how light and colour are laid out at large. Left and right are folded onto each other, so a
 * mirrored picture gives the same values. What resembles the picture's rim, or lies far from its
 * middle, counts less: it is probably background. The decision page {@code
 * docs/decisions/0006-default-model.md} has the figures and what was rejected.
 *
 * <p>Colours stand in the vector twice: as they are, and <em>set apart</em>, from what photos have
 * in common, along the axes in which photos differ, the wide ones damped. The vector as a whole is
 * counted from the middle of photos too: {@code docs/decisions/0023-from-the-middle.md}.
 *
 * <p>{@code docs/decisions/0032-taught-network.md} has what the network adds, and how the two
 * halves weigh.
 *
 * <p>Constants come from {@link StrictMath}, so every machine writes the same bytes.
 */
public final class DefaultModel {

  static final String NAME = "default";
  static final String VERSION = "5";

  private static final int SIDE = 128;

  /** Colours and edges are looked at in half that size. */
  private static final int HALF = 64;

  private static final int PIXELS = HALF * HALF;

  private static final int DIRECTIONS = 8;
  private static final int TEXTURES = 35;

  /** What is kept of what the network answers. */
  public static final int SHOWN_DIMENSIONS = 112;

  /** What is kept of the blocks' values: fewer cost memory and time in every shard. */
  public static final int LOOKS_DIMENSIONS = 400;

  private static final int DIMENSIONS = LOOKS_DIMENSIONS + SHOWN_DIMENSIONS;

  /** 0 leaves exposure as it is, 1 removes it. */
  private static final double EVENING = 0.3;

  private static final double EPSILON = 1e-6;

  /**
   * Wider than usual: patterns and words are told apart by which of two values is larger, which
   * another machine's rounding may turn for a pixel in a thousand.
   */
  private static final double TOLERANCE = 0.01;

  /** From this mean distance from grey on, in both axes of Lab together, a picture has colours. */
  private static final double COLOUR_SEEN = 1;

  /** Cosine and likeness; measured, see the decision page. */
  private static final double[][] CALIBRATION = {
    {-0.17, 0.0},
    {-0.03, 0.08},
    {0.16, 0.3},
    {0.46, 0.55},
    {0.63, 0.7},
    {0.74, 0.8},
    {0.85, 0.9},
    {0.96, 0.97},
    {1.0, 1.0}
  };

  /** Values of colour: the first ones of the classical blocks. */
  public static final int COLOUR_VALUES = 144 + 192 + 50;

  /** What is kept of them where they are set apart. */
  public static final int COLOUR_AXES = 96;

  /** The weights of patches, and of colours set apart, beside the blocks'. */
  private static final double PATCHES = 0.4;

  private static final double APART = 0.6;

  /** The weight of what the network sees, beside all else. */
  private static final double SHOWN = 0.75;

  private final Graph graph = new Graph("likeness-default");
  private final LearnedPart learned;
  private int dimensions;

  private DefaultModel(LearnedPart learned) {
    this.learned = learned;
  }

  /**
   * Arguments: the folder to write to, and a file of learned numbers or a model that holds them.
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      throw new IllegalArgumentException(
          "two arguments: the folder to write to, and a file of learned numbers or a model.onnx"
              + " that holds them");
    }
    write(Path.of(args[0]), LearnedPart.read(Path.of(args[1])));
  }

  /**
   * The numbers of the {@link Network} alone, as a file that others can be added to.
   *
   * @param from what teaching wrote, or a model; empty for those of the model that ships
   */
  public static byte[] network(Optional<Path> from) throws IOException {
    LearnedPart numbers;
    if (from.isPresent()) {
      numbers = LearnedPart.read(from.get());
    } else {
      try (InputStream shipped =
          DefaultModel.class.getResourceAsStream(
              "/io/likeness/features/default-model/model.onnx")) {
        numbers = LearnedPart.ofModel(Objects.requireNonNull(shipped).readAllBytes());
      }
    }
    numbers.tensor("network.head");
    return numbers.file("network.");
  }

  /**
   * Writes the model and its manifest.
   *
   * @param learned the file that training wrote
   */
  public static void write(Path folder, byte[] learned) throws IOException {
    write(folder, LearnedPart.ofFile(learned));
  }

  private static void write(Path folder, LearnedPart learned) throws IOException {
    Files.createDirectories(folder);
    byte[] model = model(learned);
    Files.write(folder.resolve("model.onnx"), model);
    Path manifest = folder.resolve("manifest.yaml");
    Files.write(manifest, manifest(model, Optional.empty()));
    Golden answered = ModelFolder.check(folder, ExecutionProvider.CPU, Duration.ZERO).golden();
    Golden golden = new Golden(answered.values(), TOLERANCE);
    Files.write(manifest, manifest(model, Optional.of(golden)));
  }

  static byte[] model(LearnedPart learned) {
    return new DefaultModel(learned).build();
  }

  /** {@code golden}: what the model answered where it was made. */
  static byte[] manifest(byte[] model, Optional<Golden> golden) {
    StringBuilder calibration = new StringBuilder();
    for (double[] point : CALIBRATION) {
      calibration.append(String.format(Locale.ROOT, "  - [%s, %s]%n", point[0], point[1]));
    }
    return """
        # Written by io.likeness.features.builtin.DefaultModel; docs/models.md explains the keys.
        name: %s
        version: "%s"
        description: how a picture looks (colours, edges, textures, layout, patches) and what it shows (a small network)
        licence: Apache-2.0
        sha256: %s
        input:
          name: picture
          width: %d
          height: %d
          layout: NCHW
          colours: RGB
          mean: [0, 0, 0]
          std: [255, 255, 255]
          resize: stretch
        output:
          name: features
          pooling: none
          dimensions: %d
          normalise: l2
        calibration:
        %s%s"""
        .formatted(
            NAME,
            VERSION,
            sha256(model),
            SIDE,
            SIDE,
            DIMENSIONS,
            calibration,
            golden.map(DefaultModel::text).orElse(""))
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String text(Golden golden) {
    List<String> values =
        golden.values().stream().map(value -> String.format(Locale.ROOT, "%.5f", value)).toList();
    return "golden:%n  values: %s%n  tolerance: %s%n".formatted(values, golden.tolerance());
  }

  /**
   * A model whose answer are the blocks and the patches before they are joined.
   *
   * @param learned a file with all that patches need
   */
  public static byte[] blocksModel(byte[] learned) {
    DefaultModel model = new DefaultModel(LearnedPart.ofFile(learned));
    String blocks = model.blocks(model.graph.input("picture", 3, SIDE, SIDE));
    model.graph.output("features", blocks, model.dimensions);
    return model.graph.toModel("blocks of the default model");
  }

  /**
   * A model whose answer is the network's before it is joined.
   *
   * @param learned a file with the network
   */
  public static byte[] networkModel(byte[] learned) {
    DefaultModel model = new DefaultModel(LearnedPart.ofFile(learned));
    String shown = model.shown(model.graph.input("picture", 3, SIDE, SIDE));
    model.graph.output("features", shown, Network.DIMENSIONS);
    return model.graph.toModel("network of the default model");
  }

  private byte[] build() {
    String picture = graph.input("picture", 3, SIDE, SIDE);
    String looks = joined(blocks(picture), "join");
    String shown = graph.mul(joined(shown(picture), "shown"), graph.number(SHOWN));
    graph.output("features", graph.concat(1, looks, shown), DIMENSIONS);
    return graph.toModel("Likeness default model " + VERSION);
  }

  /** A model whose answer are the classical blocks alone, which nothing is learnt for. */
  public static byte[] classicalModel() {
    DefaultModel model = new DefaultModel(LearnedPart.ofFile(new byte[0]));
    String picture = model.graph.input("picture", 3, SIDE, SIDE);
    String classical = model.classical(model.lab(model.graph.meanPool(picture, 2)));
    model.graph.output("features", classical, model.dimensions);
    return model.graph.toModel("classical blocks of the default model");
  }

  private String blocks(String picture) {
    String lab = lab(graph.meanPool(picture, 2));
    String classical = classical(lab);
    String others = graph.slice(classical, 1, COLOUR_VALUES, dimensions);
    String middle = graph.learned(learned.tensor("colours.middle"));
    String told = coloured(lab);
    String away = graph.sub(graph.slice(classical, 1, 0, COLOUR_VALUES), middle);
    String colours = graph.add(middle, graph.mul(away, told));
    return graph.concat(1, colours, others, graph.mul(apart(away), told), patches(picture));
  }

  private String classical(String lab) {
    String light = graph.mul(graph.slice(lab, 1, 0, 1), graph.number(0.01));

    String l4 = bins(lab, 0, 12.5, 87.5, 4);
    String a6 = bins(warped(lab, 1), 0, -0.7, 0.7, 6);
    String b6 = bins(warped(lab, 2), 0, -0.7, 0.7, 6);
    String lightAndA = pairs(l4, 4, a6, 6);
    String subject = subject(lightAndA, b6);

    String layout = weighted(0.4, layout(lab), 75);
    return graph.concat(
        1,
        weighted(0.8, colours(lightAndA, 24, b6, 6, subject), 144),
        weighted(0.8, colourGrid(lab, subject), 192),
        graph.slice(layout, 1, 25, 75),
        graph.slice(layout, 1, 0, 25),
        weighted(0.7, edges(light, 3), 48),
        weighted(0.8, edges(light, 8), 256),
        weighted(1.0, textures(light, subject), 2 * TEXTURES));
  }

  // ---- Colour ----

  /** sRGB from 0 to 1 to CIE Lab, white point D65, exposure partly evened out. */
  private String lab(String rgb) {
    String linear = evened(graph.pow(graph.max(rgb, graph.number(EPSILON)), 2.2));
    float[] toXyz = {
      0.4124f / 0.9505f,
      0.3576f / 0.9505f,
      0.1805f / 0.9505f,
      0.2126f,
      0.7152f,
      0.0722f,
      0.0193f / 1.089f,
      0.1192f / 1.089f,
      0.9505f / 1.089f
    };
    String xyz = graph.conv(linear, graph.floats(toXyz, 3, 3, 1, 1), 1, 1, 0);
    String root = graph.pow(graph.add(xyz, graph.number(EPSILON)), 1.0 / 3);
    float[] toLab = {0, 116, 0, 500, -500, 0, 0, 200, -200};
    String lab = graph.conv(root, graph.floats(toLab, 3, 3, 1, 1), 1, 1, 0);
    return graph.sub(lab, graph.floats(new float[] {16, 0, 0}, 1, 3, 1, 1));
  }

  /**
   * Draws dark and bright pictures towards each other, so that another exposure of a picture stays
   * near it; not all the way, or a black thing would be a white one.
   */
  private String evened(String linear) {
    float[] luminance = {0.2126f, 0.7152f, 0.0722f};
    String light = graph.conv(linear, graph.floats(luminance, 1, 3, 1, 1), 1, 1, 0);
    String mean = graph.mul(graph.sum(graph.sum(light, 2), 3), graph.number(1.0 / PIXELS));
    // 0.25 is the mean a usual photo has; it stays as it is.
    String exposure = graph.div(graph.add(mean, graph.number(0.01)), graph.number(0.25));
    return graph.mul(linear, graph.pow(exposure, -EVENING));
  }

  /**
   * 1 for pictures that have any colour, 0 for grey ones: a grey copy does not tell which colours
   * there were, so it is taken for having those that photos have on average, and not for a photo of
   * something grey.
   */
  private String coloured(String lab) {
    String colour = graph.sum(graph.abs(graph.slice(lab, 1, 1, 3)), 1);
    String mean =
        graph.mul(graph.sum(graph.sum(colour, 2), 3), graph.number(1.0 / (COLOUR_SEEN * PIXELS)));
    return graph.reshape(graph.min(mean, graph.number(1)), 0, 1);
  }

  /** A colour axis bent to -1 to 1, so that bins are fine where colours are dull and many. */
  private String warped(String lab, int channel) {
    String axis = graph.slice(lab, 1, channel, channel + 1);
    return graph.div(axis, graph.add(graph.abs(axis), graph.number(20)));
  }

  /** Soft membership of each pixel in equal bins, [N, count, pixels]; neighbours share a pixel. */
  private String bins(String map, int channel, double lowest, double highest, int count) {
    String axis = graph.reshape(graph.slice(map, 1, channel, channel + 1), 0, 1, PIXELS);
    double step = (highest - lowest) / (count - 1);
    float[] centres = new float[count];
    for (int i = 0; i < count; i++) {
      centres[i] = (float) (lowest + i * step);
    }
    String inside = graph.min(graph.max(axis, graph.number(lowest)), graph.number(highest));
    String distance = graph.abs(graph.sub(inside, graph.floats(centres, 1, count, 1)));
    return graph.relu(graph.sub(graph.number(1), graph.mul(distance, graph.number(1 / step))));
  }

  /** Every bin of one axis with every bin of another, [N, n * m, pixels]. */
  private String pairs(String a, int n, String b, int m) {
    return graph.reshape(
        graph.mul(graph.reshape(a, 0, n, 1, PIXELS), graph.reshape(b, 0, 1, m, PIXELS)),
        0,
        (long) n * m,
        PIXELS);
  }

  /**
   * How much each pixel counts, [N, 1, pixels]: less with the distance from the middle, less the
   * more its colour is one of the rim's.
   */
  private String subject(String lightAndA, String b6) {
    float[] rim = new float[PIXELS];
    float[] middle = new float[PIXELS];
    int border = 4;
    double rimPixels = PIXELS - StrictMath.pow(HALF - 2 * border, 2);
    for (int y = 0; y < HALF; y++) {
      for (int x = 0; x < HALF; x++) {
        boolean outside = Math.min(Math.min(x, y), Math.min(HALF - 1 - x, HALF - 1 - y)) < border;
        rim[y * HALF + x] = outside ? (float) (1 / rimPixels) : 0;
        double dx = (x - 31.5) / 32;
        double dy = (y - 31.5) / 32;
        middle[y * HALF + x] = (float) StrictMath.exp(-(dx * dx + dy * dy) / 1.2);
      }
    }
    // The rim's colours as a histogram [N, 24, 6], and its likeness with each pixel's bins.
    String rimColours =
        graph.matMul(
            graph.mul(lightAndA, graph.floats(rim, 1, 1, PIXELS)), graph.transpose(b6, 0, 2, 1));
    String shared =
        graph.sum(graph.mul(graph.matMul(graph.transpose(rimColours, 0, 2, 1), lightAndA), b6), 1);
    String rimLength = graph.sqrt(graph.sum(graph.sum(graph.mul(rimColours, rimColours), 1), 2));
    String pixelLength =
        graph.sqrt(
            graph.mul(
                graph.sum(graph.mul(lightAndA, lightAndA), 1), graph.sum(graph.mul(b6, b6), 1)));
    String likeRim =
        graph.div(shared, graph.add(graph.mul(rimLength, pixelLength), graph.number(EPSILON)));
    String unlikeRim = graph.sub(graph.number(1), graph.mul(likeRim, graph.number(0.8)));
    return graph.mul(unlikeRim, graph.floats(middle, 1, 1, PIXELS));
  }

  private String colours(String first, int n, String second, int m, String subject) {
    String counted = graph.matMul(graph.mul(first, subject), graph.transpose(second, 0, 2, 1));
    return graph.reshape(counted, 0, (long) n * m);
  }

  /** Coarser colours in three rows of a middle and an outer column. */
  private String colourGrid(String lab, String subject) {
    String l2 = bins(lab, 0, 25, 75, 2);
    String a4 = bins(warped(lab, 1), 0, -0.6, 0.6, 4);
    String b4 = bins(warped(lab, 2), 0, -0.6, 0.6, 4);
    int cells = 6;
    float[] masks = new float[cells * PIXELS];
    double[][] thirds = places(3);
    for (int row = 0; row < 3; row++) {
      for (int y = 0; y < HALF; y++) {
        for (int x = 0; x < HALF; x++) {
          int at = y * HALF + x;
          masks[(row * 2) * PIXELS + at] = (float) (thirds[row][y] * (thirds[0][x] + thirds[2][x]));
          masks[(row * 2 + 1) * PIXELS + at] = (float) (thirds[row][y] * thirds[1][x]);
        }
      }
    }
    String regions = graph.mul(graph.floats(masks, 1, cells, PIXELS), subject);
    return colours(
        pairs(l2, 2, a4, 4), 8, pairs(regions, cells, b4, 4), cells * 4, graph.number(1));
  }

  // ---- Edges ----

  /** How strongly edges of each direction run through each cell of a square grid. */
  private String edges(String light, int grid) {
    float[] kernels = {
      0, 0, 0, -0.5f, 0, 0.5f, 0, 0, 0, //
      0, -0.5f, 0, 0, 0, 0, 0, 0.5f, 0
    };
    String slopes = graph.conv(graph.pad(light, 1), graph.floats(kernels, 2, 1, 3, 3), 1, 1, 0);
    String gx = graph.slice(slopes, 1, 0, 1);
    String gy = graph.slice(slopes, 1, 1, 2);
    String xx = graph.mul(gx, gx);
    String yy = graph.mul(gy, gy);
    String squared = graph.add(graph.add(xx, yy), graph.number(1e-5));
    // The doubled angle: a line has a direction but no sense.
    String doubled =
        graph.div(
            graph.concat(1, graph.sub(xx, yy), graph.mul(graph.mul(gx, gy), graph.number(2))),
            squared);
    float[] towards = new float[DIRECTIONS * 2];
    for (int k = 0; k < DIRECTIONS; k++) {
      double angle = 2 * StrictMath.PI * k / DIRECTIONS;
      towards[k * 2] = (float) StrictMath.cos(angle);
      towards[k * 2 + 1] = (float) StrictMath.sin(angle);
    }
    String agreement =
        graph.relu(graph.conv(doubled, graph.floats(towards, DIRECTIONS, 2, 1, 1), 1, 1, 0));
    String sharpened = graph.mul(graph.mul(agreement, agreement), agreement);
    String strength = graph.sqrt(squared);
    String cells = pooled(graph.mul(sharpened, strength), grid);

    long[] otherSide = new long[grid];
    for (int i = 0; i < grid; i++) {
      otherSide[i] = grid - 1L - i;
    }
    long[] otherWay = new long[DIRECTIONS];
    for (int k = 0; k < DIRECTIONS; k++) {
      otherWay[k] = (DIRECTIONS - (long) k) % DIRECTIONS;
    }
    String mirrored = graph.gather(graph.gather(cells, 3, otherSide), 1, otherWay);
    int half = (grid + 1) / 2;
    return graph.reshape(
        graph.slice(graph.add(cells, mirrored), 3, 0, half), 0, (long) DIRECTIONS * grid * half);
  }

  /** Sums over soft cells: [N, C, side, side] to [N, C, grid, grid]. */
  private String pooled(String map, int grid) {
    double[][] places = places(grid);
    float[] rows = new float[grid * HALF];
    float[] columns = new float[grid * HALF];
    for (int cell = 0; cell < grid; cell++) {
      for (int i = 0; i < HALF; i++) {
        rows[cell * HALF + i] = (float) places[cell][i];
        columns[i * grid + cell] = (float) places[cell][i];
      }
    }
    return graph.matMul(
        graph.matMul(graph.floats(rows, grid, HALF), map), graph.floats(columns, HALF, grid));
  }

  /** Share of each pixel of a row in each of the cells; neighbours overlap. */
  private static double[][] places(int cells) {
    double[][] shares = new double[cells][HALF];
    double step = (double) HALF / cells;
    for (int i = 0; i < HALF; i++) {
      double at = Math.clamp((i + 0.5) / step - 0.5, 0, cells - 1);
      for (int cell = 0; cell < cells; cell++) {
        shares[cell][i] = Math.max(0, 1 - Math.abs(at - cell));
      }
    }
    return shares;
  }

  // ---- Textures ----

  /**
   * Which of the eight neighbours of a pixel are lighter, at two distances: the eight answers make
   * a pattern, and patterns are counted by kind.
   */
  private String textures(String light, String subject) {
    String table = graph.floats(patternKinds(), 256, TEXTURES);
    String[] counts = new String[2];
    int[] radii = {1, 3};
    for (int r = 0; r < radii.length; r++) {
      int radius = radii[r];
      int size = 2 * radius + 1;
      float[] kernels = new float[8 * size * size];
      for (int k = 0; k < 8; k++) {
        int[] step = neighbour(k);
        kernels[(k * size + radius + step[1] * radius) * size + radius + step[0] * radius] = 1;
        kernels[(k * size + radius) * size + radius] -= 1;
      }
      String differences =
          graph.conv(graph.pad(light, radius), graph.floats(kernels, 8, 1, size, size), 1, 1, 0);
      String bits = graph.relu(graph.sign(graph.sub(differences, graph.number(0.01))));
      float[] powers = new float[8];
      for (int k = 0; k < 8; k++) {
        powers[k] = 1 << k;
      }
      String codes =
          graph.reshape(graph.conv(bits, graph.floats(powers, 1, 8, 1, 1), 1, 1, 0), 0, PIXELS);
      String kinds = graph.lookUp(table, codes);
      counts[r] = graph.reshape(graph.matMul(subject, kinds), 0, TEXTURES);
    }
    return graph.concat(1, counts);
  }

  /** The neighbours clockwise from above: x and y. */
  private static int[] neighbour(int k) {
    int[][] steps = {{0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}};
    return steps[k];
  }

  /**
   * The kind of each of the 256 patterns, one row each with a single 1: none, all, one unbroken arc
   * by its length and where its middle points (left and right alike), or anything else.
   */
  private static float[] patternKinds() {
    float[] table = new float[256 * TEXTURES];
    Map<Integer, Integer> kinds = new TreeMap<>();
    for (int code = 0; code < 256; code++) {
      int kind = kinds.computeIfAbsent(patternKey(code), key -> kinds.size());
      table[code * TEXTURES + kind] = 1;
    }
    return table;
  }

  private static int patternKey(int code) {
    int ones = Integer.bitCount(code);
    if (ones == 0 || ones == 8) {
      return ones;
    }
    int changes = Integer.bitCount((code ^ (code >> 1 | (code & 1) << 7)) & 0xFF);
    if (changes != 2) {
      return 9;
    }
    int first = 0;
    while ((code >> first & 1) == 0 || (code >> (first + 7) % 8 & 1) == 1) {
      first++;
    }
    // Twice the middle of the arc, 0 is above; mirrored, m becomes 16 - m.
    int middle = (2 * first + ones - 1) % 16;
    return 100 * ones + Math.min(middle, 16 - middle);
  }

  // ---- Layout ----

  /** The lowest cosine frequencies of lightness and both colour axes. */
  private String layout(String lab) {
    int frequencies = 5;
    float[] rows = new float[frequencies * HALF];
    float[] columns = new float[frequencies * HALF];
    for (int f = 0; f < frequencies; f++) {
      for (int i = 0; i < HALF; i++) {
        float wave = (float) (StrictMath.cos(StrictMath.PI * f * (i + 0.5) / HALF) / HALF);
        rows[f * HALF + i] = wave;
        columns[i * frequencies + f] = wave;
      }
    }
    String waves =
        graph.matMul(
            graph.matMul(graph.floats(rows, frequencies, HALF), lab),
            graph.floats(columns, HALF, frequencies));
    // Odd frequencies across change sign in the mirror.
    String[] across = new String[frequencies];
    for (int f = 0; f < frequencies; f++) {
      String column = graph.slice(waves, 3, f, f + 1);
      across[f] = f % 2 == 0 ? column : graph.abs(column);
    }
    return graph.reshape(graph.concat(3, across), 0, 3L * frequencies * frequencies);
  }

  private String patches(String picture) {
    dimensions += Patches.DIMENSIONS;
    Patches patches = new Patches(graph);
    return graph.mul(patches.described(picture, learned), graph.number(PATCHES));
  }

  private String shown(String picture) {
    return unit(new Network(graph).described(picture, learned));
  }

  // ---- Putting together ----

  /** Colours, given from their middle, along learned axes, unit length, times a weight. */
  private String apart(String away) {
    dimensions += COLOUR_AXES;
    String along = graph.matMul(away, graph.learned(learned.tensor("colours.columns")));
    return graph.mul(unit(along), graph.number(APART));
  }

  private String unit(String values) {
    String length =
        graph.sqrt(graph.add(graph.sum(graph.mul(values, values), 1), graph.number(EPSILON)));
    return graph.div(values, length);
  }

  /** Square roots (with sign) of a block's values, unit length, times its weight. */
  private String weighted(double weight, String block, int size) {
    dimensions += size;
    String root = graph.mul(graph.sign(block), graph.sqrt(graph.abs(block)));
    String length =
        graph.sqrt(graph.add(graph.sum(graph.mul(root, root), 1), graph.number(EPSILON)));
    return graph.div(graph.mul(root, graph.number(weight)), length);
  }

  /**
   * Weighs all values by what was learnt of edits, and narrows them: values that change together
   * when a picture is edited count less, and the widest axes of what is left are kept. The result
   * is counted from the middle of photos, and has unit length.
   */
  private String joined(String values, String name) {
    String narrow = graph.matMul(values, graph.learned(learned.tensor(name + ".columns")));
    return unit(graph.sub(unit(narrow), graph.learned(learned.tensor(name + ".middle"))));
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}
