package io.likeness.features.builtin;

/**
 * What a small convolutional network sees: the part of the default model that tells what a picture
 * shows, beside how it looks. A larger network taught it, on parts of photos and on mixes of them;
 * none of that one's numbers are kept. {@code bench/training/network.py} teaches it, {@code
 * docs/decisions/0032-taught-network.md} has the figures.
 */
final class Network {

  /** What the network answers, before it is joined with all else. */
  static final int DIMENSIONS = 256;

  /**
   * Of each convolution. Where it is 1, the step adds to what came in, and the result has its size.
   */
  private static final int[] STRIDES = {2, 2, 2, 1, 1, 2, 1, 1, 2, 1};

  /** Along each side of the last map. */
  private static final int PLACES = 4;

  private final Graph graph;

  Network(Graph graph) {
    this.graph = graph;
  }

  /** The network's answer, of whatever length. */
  String described(String picture, LearnedPart learned) {
    String map = graph.mul(graph.sub(picture, graph.number(0.5)), graph.number(4));
    for (int step = 0; step < STRIDES.length; step++) {
      String seen = step(map, "network." + step, 1, STRIDES[step], learned);
      map = graph.relu(STRIDES[step] == 1 ? graph.add(seen, map) : seen);
    }
    map = graph.relu(step(map, "network.wide", 0, 1, learned));
    String sum = graph.reshape(graph.sum(graph.sum(map, 2), 3), 0, -1);
    String mean = graph.mul(sum, graph.number(1.0 / (PLACES * PLACES)));
    return graph.add(
        graph.matMul(mean, graph.learned(learned.tensor("network.head"))),
        graph.learned(learned.tensor("network.head.shift")));
  }

  private String step(String map, String name, int pad, int stride, LearnedPart learned) {
    String kernels = graph.learned(learned.tensor(name + ".kernels"));
    String shift = graph.learned(learned.tensor(name + ".shift"));
    return graph.add(graph.conv(map, kernels, 1, stride, pad), shift);
  }
}
