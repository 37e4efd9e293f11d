package io.likeness.bench.training;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Products of matrices, which lie row by row and have a multiple of {@value #COLUMNS} columns.
 *
 * <p>Each sum is added up by one lane in an order that shapes alone decide, with fused
 * multiplications. So the bits are the same on every machine, however long its vectors are: a
 * training run can be repeated exactly.
 */
final class Products {

  /** No vector is longer than this many floats. */
  static final int COLUMNS = 16;

  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final int L = LANES.length();

  /** Depth that is summed before the result is put away: its rows stay in the near cache. */
  private static final int DEPTH = 256;

  private Products() {}

  /**
   * {@code c = a b}, or {@code c += a b}: m x k times k x n.
   *
   * @param rowStep from an element of {@code a} to the one of the next row
   * @param depthStep from an element of {@code a} to the one of the next column; swapping the two
   *     steps turns {@code a} over
   */
  static void multiply(
      int m,
      int n,
      int k,
      float[] a,
      int rowStep,
      int depthStep,
      float[] b,
      int bAt,
      float[] c,
      int cAt,
      boolean add) {
    if (n % COLUMNS != 0) {
      throw new IllegalArgumentException(n + " columns are no multiple of " + COLUMNS);
    }
    for (int from = 0; from < k; from += DEPTH) {
      int depth = Math.min(DEPTH, k - from);
      boolean more = add || from > 0;
      int aFrom = from * depthStep;
      int bFrom = bAt + from * n;
      int j = 0;
      for (; j + 2 * L <= n; j += 2 * L) {
        int i = 0;
        for (; i + 4 <= m; i += 4) {
          fourByTwo(
              depth,
              n,
              a,
              aFrom + i * rowStep,
              rowStep,
              depthStep,
              b,
              bFrom + j,
              c,
              cAt + i * n + j,
              more);
        }
        for (; i < m; i++) {
          oneByOne(
              depth, n, a, aFrom + i * rowStep, depthStep, b, bFrom + j, c, cAt + i * n + j, more);
          oneByOne(
              depth,
              n,
              a,
              aFrom + i * rowStep,
              depthStep,
              b,
              bFrom + j + L,
              c,
              cAt + i * n + j + L,
              more);
        }
      }
      for (; j < n; j += L) {
        for (int i = 0; i < m; i++) {
          oneByOne(
              depth, n, a, aFrom + i * rowStep, depthStep, b, bFrom + j, c, cAt + i * n + j, more);
        }
      }
    }
  }

  private static void fourByTwo(
      int k,
      int n,
      float[] a,
      int aAt,
      int rowStep,
      int depthStep,
      float[] b,
      int bAt,
      float[] c,
      int cAt,
      boolean add) {
    FloatVector s00 = start(c, cAt, add);
    FloatVector s01 = start(c, cAt + L, add);
    FloatVector s10 = start(c, cAt + n, add);
    FloatVector s11 = start(c, cAt + n + L, add);
    FloatVector s20 = start(c, cAt + 2 * n, add);
    FloatVector s21 = start(c, cAt + 2 * n + L, add);
    FloatVector s30 = start(c, cAt + 3 * n, add);
    FloatVector s31 = start(c, cAt + 3 * n + L, add);
    int at = aAt;
    int row = bAt;
    for (int p = 0; p < k; p++) {
      FloatVector b0 = FloatVector.fromArray(LANES, b, row);
      FloatVector b1 = FloatVector.fromArray(LANES, b, row + L);
      FloatVector a0 = FloatVector.broadcast(LANES, a[at]);
      FloatVector a1 = FloatVector.broadcast(LANES, a[at + rowStep]);
      FloatVector a2 = FloatVector.broadcast(LANES, a[at + 2 * rowStep]);
      FloatVector a3 = FloatVector.broadcast(LANES, a[at + 3 * rowStep]);
      s00 = a0.fma(b0, s00);
      s01 = a0.fma(b1, s01);
      s10 = a1.fma(b0, s10);
      s11 = a1.fma(b1, s11);
      s20 = a2.fma(b0, s20);
      s21 = a2.fma(b1, s21);
      s30 = a3.fma(b0, s30);
      s31 = a3.fma(b1, s31);
      at += depthStep;
      row += n;
    }
    s00.intoArray(c, cAt);
    s01.intoArray(c, cAt + L);
    s10.intoArray(c, cAt + n);
    s11.intoArray(c, cAt + n + L);
    s20.intoArray(c, cAt + 2 * n);
    s21.intoArray(c, cAt + 2 * n + L);
    s30.intoArray(c, cAt + 3 * n);
    s31.intoArray(c, cAt + 3 * n + L);
  }

  private static void oneByOne(
      int k,
      int n,
      float[] a,
      int aAt,
      int depthStep,
      float[] b,
      int bAt,
      float[] c,
      int cAt,
      boolean add) {
    FloatVector sum = start(c, cAt, add);
    int at = aAt;
    int row = bAt;
    for (int p = 0; p < k; p++) {
      sum = FloatVector.broadcast(LANES, a[at]).fma(FloatVector.fromArray(LANES, b, row), sum);
      at += depthStep;
      row += n;
    }
    sum.intoArray(c, cAt);
  }

  private static FloatVector start(float[] c, int at, boolean add) {
    return add ? FloatVector.fromArray(LANES, c, at) : FloatVector.zero(LANES);
  }

  /** Rows become columns. */
  static void transpose(int rows, int columns, float[] from, int fromAt, float[] to) {
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        to[j * rows + i] = from[fromAt + i * columns + j];
      }
    }
  }
}
