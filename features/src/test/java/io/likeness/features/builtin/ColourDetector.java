package io.likeness.features.builtin;

import java.util.ArrayList;
import java.util.List;

/**
 * A detector without any training: it looks at cells of 8, 16 and 32 pixels of 64 x 64, and takes
 * one for a thing the surer the further its colour is from grey, and the larger it is: a cell full
 * of one colour has a score of 0.6, 0.8 or 1. Its kinds are red, green and blue.
 */
public final class ColourDetector {

  public static final int SIDE = 64;
  public static final List<Integer> STRIDES = List.of(8, 16, 32);
  public static final int PLACES = 64 + 16 + 4;

  private final Graph graph = new Graph("colours");
  private final String picture = graph.input("images", 3, SIDE, SIDE);

  private ColourDetector() {}

  /** Answers as YOLOX does; a gain above 1 takes scores beyond what scores may be. */
  public static byte[] yolox(double gain) {
    ColourDetector made = new ColourDetector();
    Graph graph = made.graph;
    float[] cells = new float[PLACES * 4];
    for (int i = 0; i < PLACES; i++) {
      // The middle of the cell, as wide and high as the cell.
      cells[i * 4] = 0.5f;
      cells[i * 4 + 1] = 0.5f;
    }
    String isThing = graph.mul(made.things(), graph.number(gain));
    graph.output(
        "output",
        graph.concat(2, graph.floats(cells, 1, PLACES, 4), isThing, made.kinds()),
        PLACES,
        8);
    return graph.toModel("answers as YOLOX does");
  }

  /** Answers with corners, in pixels or in shares of the input, and scores. */
  public static byte[] boxesAndScores(boolean shares) {
    ColourDetector made = new ColourDetector();
    Graph graph = made.graph;
    float[] corners = new float[PLACES * 4];
    int at = 0;
    for (int stride : STRIDES) {
      for (int y = 0; y < SIDE; y += stride) {
        for (int x = 0; x < SIDE; x += stride) {
          for (int corner : new int[] {x, y, x + stride, y + stride}) {
            corners[at++] = shares ? (float) corner / SIDE : corner;
          }
        }
      }
    }
    graph.output(
        "boxes", graph.add(graph.floats(corners, 1, PLACES, 4), graph.number(0)), PLACES, 4);
    graph.output("scores", graph.mul(made.things(), made.kinds()), PLACES, 3);
    return graph.toModel("answers with boxes and scores");
  }

  /** Whether each cell is a thing. */
  private String things() {
    List<String> all = new ArrayList<>();
    for (int stride : STRIDES) {
      String colours = cells(stride);
      String red = graph.slice(colours, 2, 0, 1);
      String green = graph.slice(colours, 2, 1, 2);
      String blue = graph.slice(colours, 2, 2, 3);
      String strength =
          graph.sub(graph.max(red, graph.max(green, blue)), graph.min(red, graph.min(green, blue)));
      double sureness = stride == 32 ? 1 : stride == 16 ? 0.8 : 0.6;
      all.add(graph.mul(strength, graph.number(sureness)));
    }
    return graph.concat(1, all.toArray(String[]::new));
  }

  /** How red, green and blue each cell is. */
  private String kinds() {
    return graph.concat(1, STRIDES.stream().map(this::cells).toArray(String[]::new));
  }

  private String cells(int stride) {
    int places = (SIDE / stride) * (SIDE / stride);
    String means = graph.reshape(graph.meanPool(picture, stride), 1, 3, places);
    return graph.div(graph.transpose(means, 0, 2, 1), graph.number(255));
  }
}
