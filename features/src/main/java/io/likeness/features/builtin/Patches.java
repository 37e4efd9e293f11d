package io.likeness.features.builtin;

import java.util.ArrayList;
import java.util.List;

/**
 * What small square parts of a picture look like, wherever they are: the part of the default model
 * whose numbers are learnt from photos.
 *
 * <p>A patch is a square of 16, 32 or 64 pixels of the 128, cut at every fourth of its side; it is
 * described by how strongly edges of eight directions run through its 4 x 4 cells, of light only,
 * so a grey copy gives the same. A few principal axes narrow the description. Learned
 * <em>words</em> stand for kinds of patches; each patch is shared out among the words near it, and
 * for each word what its patches differ from it is added up (VLAD: Jégou et al., <em>Aggregating
 * local descriptors into a compact image representation</em>, 2010). Principal axes narrow that
 * again, the first ones damped, since they tell what photos have in common.
 *
 * <p>Each patch counts with its mirror image, so a mirrored picture gives the same vector.
 *
 * <p>The rejected alternative was a small convolutional network taught by a pretrained one. With a
 * thousand photos it learned those photos: {@code docs/decisions/0013-learned-patches.md}.
 */
public final class Patches {

  /** Of the picture. */
  public static final int SIDE = 128;

  /** Of the finest cells; half of that for each coarser scale. */
  public static final int CELLS = 32;

  public static final int SCALES = 3;

  /** Cells of a patch, in each direction. */
  public static final int PATCH = 4;

  public static final int DIRECTIONS = 8;

  /** Values that describe a patch before it is narrowed, and after. */
  public static final int PATCH_VALUES = DIRECTIONS * PATCH * PATCH;

  public static final int PATCH_AXES = 48;

  public static final int WORDS = 64;

  /** What comes out of the words, and what is kept of it. */
  public static final int WORD_VALUES = WORDS * PATCH_AXES;

  public static final int DIMENSIONS = 192;

  /** Patches without edges are kept from standing out. */
  public static final double FLAT = 0.02;

  /** How clearly a patch goes to the nearest word. */
  private static final double CLEARLY = 3;

  private static final double EPSILON = 1e-6;

  /** Coarser patches are fewer, and count more each. */
  private static final double[] SCALE_WEIGHTS = {1, 2, 3};

  private final Graph graph;

  Patches(Graph graph) {
    this.graph = graph;
  }

  /** A model whose answer is the finest cells: edges of eight directions in 32 x 32 cells. */
  public static byte[] cellsModel() {
    Graph graph = new Graph("likeness-cells");
    String cells = new Patches(graph).cells(graph.input("picture", 3, SIDE, SIDE));
    graph.output("features", cells, DIRECTIONS, CELLS, CELLS);
    return graph.toModel("cells of edges");
  }

  /**
   * A model whose answer is what the words tell before it is narrowed.
   *
   * @param learned a file with axes and words of patches
   */
  public static byte[] wordsModel(byte[] learned) {
    Graph graph = new Graph("likeness-words");
    String words =
        new Patches(graph)
            .words(graph.input("picture", 3, SIDE, SIDE), LearnedPart.ofFile(learned));
    graph.output("features", words, WORD_VALUES);
    return graph.toModel("words of patches");
  }

  /** The patches' part of the vector, of unit length. */
  String described(String picture, LearnedPart learned) {
    String narrow =
        graph.add(
            graph.matMul(words(picture, learned), graph.learned(learned.tensor("narrow.columns"))),
            graph.learned(learned.tensor("narrow.shift")));
    return unit(narrow);
  }

  private String unit(String values) {
    String length =
        graph.sqrt(graph.add(graph.sum(graph.mul(values, values), 1), graph.number(EPSILON)));
    return graph.div(values, length);
  }

  private String cells(String picture) {
    float[] luma = {0.299f, 0.587f, 0.114f};
    String light = graph.conv(picture, graph.floats(luma, 1, 3, 1, 1), 1, 1, 0);
    float[] kernels = {
      0, 0, 0, -0.5f, 0, 0.5f, 0, 0, 0, //
      0, -0.5f, 0, 0, 0, 0, 0, 0.5f, 0
    };
    String slopes = graph.conv(graph.pad(light, 1), graph.floats(kernels, 2, 1, 3, 3), 1, 1, 0);
    float[] towards = new float[DIRECTIONS * 2];
    for (int k = 0; k < DIRECTIONS; k++) {
      double angle = 2 * StrictMath.PI * k / DIRECTIONS;
      towards[k * 2] = (float) StrictMath.cos(angle);
      towards[k * 2 + 1] = (float) StrictMath.sin(angle);
    }
    String along =
        graph.relu(graph.conv(slopes, graph.floats(towards, DIRECTIONS, 2, 1, 1), 1, 1, 0));
    String squared = graph.add(graph.sum(graph.mul(slopes, slopes), 1), graph.number(1e-5));
    String directed = graph.div(graph.mul(graph.mul(along, along), along), squared);
    return graph.meanPool(directed, SIDE / CELLS);
  }

  private String words(String picture, LearnedPart learned) {
    String axes = graph.learned(learned.tensor("patch.axes"));
    String shift = graph.learned(learned.tensor("patch.shift"));
    String words = graph.learned(learned.tensor("patch.words"));
    String halfSquares =
        graph.mul(graph.sum(graph.mul(words, words), 1), graph.number(CLEARLY / 2));
    float[] ones = new float[PATCH_VALUES];
    java.util.Arrays.fill(ones, 1);
    String whole = graph.floats(ones, 1, DIRECTIONS, PATCH, PATCH);
    String cells = cells(picture);
    int side = CELLS;
    List<String> told = new ArrayList<>();
    List<String> shares = new ArrayList<>();
    for (int scale = 0; scale < SCALES; scale++) {
      if (scale > 0) {
        cells = graph.meanPool(cells, 2);
        side /= 2;
      }
      int places = (side - PATCH + 1) * (side - PATCH + 1);
      String strength = graph.conv(cells, whole, 1, 1, 0);
      String values =
          graph.div(
              graph.conv(graph.sqrt(cells), axes, 1, 1, 0),
              graph.sqrt(graph.add(strength, graph.number(FLAT))));
      String flat = graph.reshape(values, 0, 2L * PATCH_AXES, places);
      String seen =
          graph.sub(
              graph.concat(
                  2,
                  graph.slice(flat, 1, 0, PATCH_AXES),
                  graph.slice(flat, 1, PATCH_AXES, 2 * PATCH_AXES)),
              shift);
      String weights = graph.sqrt(graph.reshape(strength, 0, 1, places));
      String all =
          graph.mul(
              graph.add(graph.sum(weights, 2), graph.number(EPSILON)),
              graph.number(2 / SCALE_WEIGHTS[scale]));
      String weight = graph.div(graph.concat(2, weights, weights), all);
      String near =
          graph.sub(graph.mul(graph.matMul(words, seen), graph.number(CLEARLY)), halfSquares);
      String share = graph.mul(graph.softmax(near, 1), weight);
      told.add(graph.matMul(share, graph.transpose(seen, 0, 2, 1)));
      shares.add(graph.sum(share, 2));
    }
    String sum = told.getFirst();
    String shared = shares.getFirst();
    for (int scale = 1; scale < SCALES; scale++) {
      sum = graph.add(sum, told.get(scale));
      shared = graph.add(shared, shares.get(scale));
    }
    String off = graph.sub(sum, graph.mul(shared, words));
    String lengths = graph.add(graph.sqrt(graph.sum(graph.mul(off, off), 2)), graph.number(1e-4));
    String even = graph.reshape(graph.div(off, lengths), 0, WORD_VALUES);
    return unit(graph.mul(graph.sign(even), graph.sqrt(graph.abs(even))));
  }
}
