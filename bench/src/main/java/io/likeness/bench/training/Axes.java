package io.likeness.bench.training;

import java.util.SplittableRandom;

/**
 * The directions in which samples differ most (principal axes), and their mean. Found by turning a
 * random set of axes towards them again and again, which needs nothing but products of matrices.
 *
 * @param mean of the samples
 * @param columns a row for each value of a sample, a column for each axis
 */
record Axes(int size, int count, float[] mean, float[] columns) {

  private static final int ROUNDS = 40;

  /** For samples whose axes are only to keep what there is, in whatever order. */
  private static final int FEW_ROUNDS = 12;

  static Axes of(float[] samples, int size, int count, long seed) {
    return of(samples, size, count, seed, true, ROUNDS);
  }

  /** Axes from zero and not from the mean: what they keep, they keep of cosines. */
  static Axes fromZero(float[] samples, int size, int count, long seed) {
    return of(samples, size, count, seed, false, FEW_ROUNDS);
  }

  private static Axes of(
      float[] samples, int size, int count, long seed, boolean centre, int rounds) {
    int rows = samples.length / size;
    double[] sum = new double[size];
    for (int i = 0; i < samples.length; i++) {
      sum[i % size] += samples[i];
    }
    float[] mean = new float[size];
    for (int i = 0; i < size; i++) {
      mean[i] = centre ? (float) (sum[i] / rows) : 0;
    }
    float[] centred = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      centred[i] = samples[i] - mean[i % size];
    }
    float[] covariance = new float[size * size];
    Products.multiply(size, size, rows, centred, 1, size, centred, 0, covariance, 0, false);
    SplittableRandom random = new SplittableRandom(seed);
    float[] axes = new float[size * count];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = (float) random.nextGaussian();
    }
    float[] turned = new float[size * count];
    for (int round = 0; round < rounds; round++) {
      orthogonal(axes, size, count);
      Products.multiply(size, count, size, covariance, size, 1, axes, 0, turned, 0, false);
      System.arraycopy(turned, 0, axes, 0, axes.length);
    }
    orthogonal(axes, size, count);
    return new Axes(size, count, mean, axes);
  }

  /** Makes the columns unit vectors at right angles, in their order. */
  private static void orthogonal(float[] columns, int size, int count) {
    double[][] axes = new double[count][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < count; j++) {
        axes[j][i] = columns[i * count + j];
      }
    }
    for (int j = 0; j < count; j++) {
      // Twice, since the first time leaves what rounding left.
      for (int pass = 0; pass < 2; pass++) {
        for (int other = 0; other < j; other++) {
          double shared = dot(axes[j], axes[other]);
          for (int i = 0; i < size; i++) {
            axes[j][i] -= shared * axes[other][i];
          }
        }
      }
      double length = Math.sqrt(dot(axes[j], axes[j]));
      for (int i = 0; i < size; i++) {
        axes[j][i] /= length;
        columns[i * count + j] = (float) axes[j][i];
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** The spread of samples along each axis: the mean square of their distance from the mean. */
  double[] spreads(float[] samples) {
    float[] along = along(samples);
    double[] squares = new double[count];
    for (int i = 0; i < along.length; i++) {
      squares[i % count] += (double) along[i] * along[i];
    }
    for (int j = 0; j < count; j++) {
      squares[j] = squares[j] * count / along.length;
    }
    return squares;
  }

  /**
   * The same axes with the widest ones damped: each divided by its spread, and that of the axis
   * named, to a power.
   */
  Axes damped(float[] samples, int like, double power) {
    double[] spreads = spreads(samples);
    float[] scaled = columns.clone();
    for (int i = 0; i < scaled.length; i++) {
      int j = i % count;
      scaled[i] *= (float) StrictMath.pow(spreads[j] + spreads[like], -power);
    }
    return new Axes(size, count, mean, scaled);
  }

  /** Where the mean lies along the axes. */
  float[] origin() {
    float[] origin = new float[count];
    for (int i = 0; i < columns.length; i++) {
      origin[i % count] += columns[i] * mean[i / count];
    }
    return origin;
  }

  /** Samples, row by row, along the axes. */
  float[] along(float[] samples) {
    int rows = samples.length / size;
    float[] centred = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      centred[i] = samples[i] - mean[i % size];
    }
    float[] result = new float[rows * count];
    Products.multiply(rows, count, size, centred, size, 1, columns, 0, result, 0, false);
    return result;
  }
}
