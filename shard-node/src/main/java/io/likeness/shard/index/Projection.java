package io.likeness.shard.index;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.RealVector;

/**
 * The directions in which the vectors of a segment differ most, strongest first: an orthonormal
 * basis of their leading principal components (not centred: the common mean is a direction like any
 * other). What a vector has outside of them is noise to its neighbours, so a few dozen coordinates
 * order them nearly as the whole vector does. Learnt for each segment anew, so it cannot grow
 * stale.
 */
final class Projection {

  /** Rows it is learnt from at most; more change the third digit of an angle. */
  static final int SAMPLE_MAX = 16_384;

  private static final int ROUNDS = 12;
  private static final int KEPT_SAMPLE = 1_024;

  private final int dimensions;
  private final float[][] basis;

  /** {@code basis}: orthonormal, each of {@code dimensions}. */
  Projection(int dimensions, float[][] basis) {
    this.dimensions = dimensions;
    this.basis = basis;
  }

  int dimensions() {
    return dimensions;
  }

  /** How many coordinates there are. */
  int size() {
    return basis.length;
  }

  float[] direction(int index) {
    return basis[index];
  }

  /** The first {@code size} directions alone. */
  Projection first(int size) {
    return new Projection(dimensions, Arrays.copyOf(basis, size));
  }

  /** With directions of length 0 behind, up to a multiple of so many: nothing lies along them. */
  Projection padded(int multiple) {
    int size = (basis.length + multiple - 1) / multiple * multiple;
    float[][] more = Arrays.copyOf(basis, size);
    for (int k = basis.length; k < size; k++) {
      more[k] = new float[dimensions];
    }
    return new Projection(dimensions, more);
  }

  void project(float[] vector, float[] coordinates) {
    int i = 0;
    for (; i + Dots.TOGETHER <= coordinates.length; i += Dots.TOGETHER) {
      Dots.dots(basis, i, vector, coordinates);
    }
    for (; i < coordinates.length; i++) {
      coordinates[i] = Dots.dot(basis[i], vector);
    }
  }

  /** Learns at most {@code size} directions from evenly spread rows of the block. */
  static Projection learn(RowBlock rows, int dimensions, int size) {
    int wanted = Math.min(size, dimensions);
    float[][] moments = moments(rows, dimensions);
    float[][] directions = new float[wanted][dimensions];
    Random random = new Random(dimensions);
    for (float[] direction : directions) {
      for (int i = 0; i < dimensions; i++) {
        direction[i] = (float) random.nextGaussian();
      }
    }
    // Orthogonal iteration: each round turns the space towards the strongest directions.
    for (int round = 0; round < ROUNDS; round++) {
      float[][] turned = new float[wanted][dimensions];
      for (int k = 0; k < wanted; k++) {
        for (int i = 0; i < dimensions; i++) {
          turned[k][i] = Dots.dot(moments[i], directions[k]);
        }
      }
      orthonormalise(turned, random);
      directions = turned;
    }
    return new Projection(dimensions, ordered(moments, directions));
  }

  /**
   * The first directions, as many as it takes to keep this share of what the sampled rows differ by
   * (their variance: a mean they have in common tells none from another), in whole steps; empty
   * where even all do not.
   */
  Optional<Projection> keeping(double share, int step, RowBlock rows) {
    int samples = Math.min(KEPT_SAMPLE, rows.rows());
    float[] row = new float[dimensions];
    float[] mean = new float[dimensions];
    for (int sample = 0; sample < samples; sample++) {
      rows.copyTo(Codes.spreadRow(sample, samples, rows.rows()), row);
      Dots.addScaled(row, 1f / samples, mean, 0);
    }
    double[] kept = new double[basis.length];
    double all = 0;
    float[] coordinates = new float[basis.length];
    for (int sample = 0; sample < samples; sample++) {
      rows.copyTo(Codes.spreadRow(sample, samples, rows.rows()), row);
      Dots.addScaled(mean, -1, row, 0);
      all += Dots.dot(row, row);
      project(row, coordinates);
      for (int k = 0; k < kept.length; k++) {
        kept[k] += coordinates[k] * coordinates[k];
      }
    }
    double sum = 0;
    for (int k = 0; k < kept.length; k++) {
      sum += kept[k];
      if ((k + 1) % step == 0 && sum >= share * all) {
        return Optional.of(first(k + 1));
      }
    }
    return Optional.empty();
  }

  /** The sums of products of every two coordinates over the sample, symmetric. */
  private static float[][] moments(RowBlock rows, int dimensions) {
    int samples = Math.min(SAMPLE_MAX, rows.rows());
    float[][] moments = new float[dimensions][dimensions];
    float[] row = new float[dimensions];
    for (int sample = 0; sample < samples; sample++) {
      rows.copyTo(Codes.spreadRow(sample, samples, rows.rows()), row);
      for (int i = 0; i < dimensions; i++) {
        Dots.addScaled(row, row[i], moments[i], i);
      }
    }
    for (int i = 0; i < dimensions; i++) {
      for (int j = i + 1; j < dimensions; j++) {
        moments[j][i] = moments[i][j];
      }
    }
    return moments;
  }

  private static void orthonormalise(float[][] directions, Random random) {
    for (int k = 0; k < directions.length; k++) {
      float[] direction = directions[k];
      double before = Math.sqrt(Dots.dot(direction, direction));
      // Twice is enough: the second pass removes what rounding left of the first.
      for (int pass = 0; pass < 2; pass++) {
        for (int earlier = 0; earlier < k; earlier++) {
          Dots.addScaled(
              directions[earlier], -Dots.dot(direction, directions[earlier]), direction, 0);
        }
      }
      double length = Math.sqrt(Dots.dot(direction, direction));
      if (!(length > before * 1e-6)) {
        // The data has fewer directions than asked for: any other one completes the basis.
        for (int i = 0; i < direction.length; i++) {
          direction[i] = (float) random.nextGaussian();
        }
        k--;
        continue;
      }
      for (int i = 0; i < direction.length; i++) {
        direction[i] /= (float) length;
      }
    }
  }

  /**
   * Turns the basis inside its own space so that each direction is a principal one, by the small
   * matrix of moments within it, strongest first.
   */
  private static float[][] ordered(float[][] moments, float[][] basis) {
    int size = basis.length;
    int dimensions = moments.length;
    double[][] inner = new double[size][size];
    float[] image = new float[dimensions];
    for (int k = 0; k < size; k++) {
      for (int i = 0; i < dimensions; i++) {
        image[i] = Dots.dot(moments[i], basis[k]);
      }
      for (int l = 0; l < size; l++) {
        inner[l][k] = Dots.dot(image, basis[l]);
      }
    }
    EigenDecomposition turns = new EigenDecomposition(symmetric(inner));
    float[][] sorted = new float[size][dimensions];
    for (int k = 0; k < size; k++) {
      RealVector turn = turns.getEigenvector(k);
      for (int l = 0; l < size; l++) {
        Dots.addScaled(basis[l], (float) turn.getEntry(l), sorted[k], 0);
      }
    }
    return sorted;
  }

  /** Without what rounding put between the two halves, which would make eigenvalues complex. */
  private static RealMatrix symmetric(double[][] matrix) {
    for (int i = 0; i < matrix.length; i++) {
      for (int j = 0; j < i; j++) {
        matrix[i][j] = matrix[j][i];
      }
    }
    return new Array2DRowRealMatrix(matrix, false);
  }
}
