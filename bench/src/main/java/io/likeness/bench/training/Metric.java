package io.likeness.bench.training;

/**
 * A way to measure in which some changes count little: values are changed so that the usual cosine
 * of the results is the cosine by the inverse of the changes' spread. The spread is split into a
 * triangle and its mirror image (Cholesky); the triangle's inverse changes the values.
 */
final class Metric {

  private final int size;

  /** The inverse triangle, row by row. */
  private final double[][] inverse;

  private Metric(int size, double[][] inverse) {
    this.size = size;
    this.inverse = inverse;
  }

  /**
   * @param changes row by row
   * @param ridge a share of the mean spread, added to every direction
   */
  static Metric against(float[] changes, int size, double ridge) {
    int rows = changes.length / size;
    int wide = Math.ceilDiv(size, Products.COLUMNS) * Products.COLUMNS;
    float[] padded = new float[rows * wide];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(changes, row * size, padded, row * wide, size);
    }
    float[] spread = new float[wide * wide];
    Products.multiply(wide, wide, rows, padded, 1, wide, padded, 0, spread, 0, false);
    double mean = 0;
    for (int i = 0; i < size; i++) {
      mean += spread[i * wide + i] / (double) size;
    }
    double[][] triangle = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = spread[i * wide + j] / mean + (i == j ? ridge : 0);
        for (int k = 0; k < j; k++) {
          sum -= triangle[i][k] * triangle[j][k];
        }
        triangle[i][j] = i == j ? Math.sqrt(sum) : sum / triangle[j][j];
      }
    }
    double[][] inverse = new double[size][size];
    for (int column = 0; column < size; column++) {
      for (int i = column; i < size; i++) {
        double sum = i == column ? 1 : 0;
        for (int k = column; k < i; k++) {
          sum -= triangle[i][k] * inverse[k][column];
        }
        inverse[i][column] = sum / triangle[i][i];
      }
    }
    return new Metric(size, inverse);
  }

  /** Changes values and lays them, at unit length, into a wider row. */
  void lay(float[] values, int at, float[] to, int toAt) {
    double squares = 0;
    for (int i = 0; i < size; i++) {
      double sum = 0;
      for (int j = 0; j <= i; j++) {
        sum += inverse[i][j] * values[at + j];
      }
      to[toAt + i] = (float) sum;
      squares += sum * sum;
    }
    float length = (float) Math.sqrt(squares);
    for (int i = 0; i < size; i++) {
      to[toAt + i] /= length;
    }
  }

  /** The change of values and then the way along axes, as one matrix: a row for each value. */
  void columns(Axes axes, float[] to) {
    for (int v = 0; v < size; v++) {
      for (int axis = 0; axis < axes.count(); axis++) {
        double sum = 0;
        for (int i = v; i < size; i++) {
          sum += inverse[i][v] * axes.columns()[i * axes.count() + axis];
        }
        to[v * axes.count() + axis] = (float) sum;
      }
    }
  }
}
