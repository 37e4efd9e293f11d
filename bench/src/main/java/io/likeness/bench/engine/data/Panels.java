package io.likeness.bench.engine.data;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A matrix, applied to four vectors at a time. Each output is one chain of fused multiply-adds in
 * order of the inputs, so results do not depend on how wide the machine's vectors are.
 */
final class Panels {

  static final int BATCH = 4;

  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = LANES.length();

  private final int inputs;
  private final int outputs;
  // Columns in groups of WIDTH, each group contiguous over the inputs.
  private final float[] weights;

  /** {@code matrix}: a row for each input. */
  Panels(float[][] matrix) {
    this.inputs = matrix.length;
    this.outputs = matrix[0].length;
    int groups = (outputs + WIDTH - 1) / WIDTH;
    this.weights = new float[groups * inputs * WIDTH];
    for (int input = 0; input < inputs; input++) {
      for (int output = 0; output < outputs; output++) {
        weights[((output / WIDTH) * inputs + input) * WIDTH + output % WIDTH] =
            matrix[input][output];
      }
    }
  }

  /** {@code from} and {@code to} hold four vectors, the second padded to {@link #padded}. */
  void apply(float[] from, float[] to) {
    int stride = padded();
    for (int group = 0; group * WIDTH < outputs; group++) {
      FloatVector a = FloatVector.zero(LANES);
      FloatVector b = a;
      FloatVector c = a;
      FloatVector d = a;
      int at = group * inputs * WIDTH;
      for (int i = 0; i < inputs; i++, at += WIDTH) {
        FloatVector weight = FloatVector.fromArray(LANES, weights, at);
        a = weight.fma(FloatVector.broadcast(LANES, from[i]), a);
        b = weight.fma(FloatVector.broadcast(LANES, from[inputs + i]), b);
        c = weight.fma(FloatVector.broadcast(LANES, from[2 * inputs + i]), c);
        d = weight.fma(FloatVector.broadcast(LANES, from[3 * inputs + i]), d);
      }
      int target = group * WIDTH;
      a.intoArray(to, target);
      b.intoArray(to, stride + target);
      c.intoArray(to, 2 * stride + target);
      d.intoArray(to, 3 * stride + target);
    }
  }

  /** Outputs a vector takes in the target, the rest of the last group included. */
  int padded() {
    return (outputs + WIDTH - 1) / WIDTH * WIDTH;
  }
}
