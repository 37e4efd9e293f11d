package io.likeness.shard.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The dot product of a query and a stored row. Every search, exact or by graph, scores with this
 * one loop, so equal vectors get bitwise equal scores wherever their rows lie; ties depend on it.
 */
final class Dots {

  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = LANES.length();

  /** Floats in vectors of which bytes fill at least half of the smallest one. */
  static final VectorSpecies<Float> WIDE = WIDTH >= 8 ? LANES : FloatVector.SPECIES_256;

  /** As many bytes as there are floats in a wide vector. */
  static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(WIDE.length() * Byte.SIZE));

  private Dots() {}

  /** {@code rows} holds little-endian floats; the row begins at byte {@code offset}. */
  static float dot(MemorySegment rows, long offset, float[] query) {
    // Not for its value: where a mapped page cannot be read, the JVM makes an InternalError of the
    // signal only in code that holds a plain access. Vector loads alone would end the process.
    byte unused = rows.get(ValueLayout.JAVA_BYTE, offset);
    FloatVector even = FloatVector.zero(LANES);
    FloatVector odd = even;
    int i = 0;
    // Two sums, so that one fused multiply-add need not wait for the one before it.
    for (; i + 2 * WIDTH <= query.length; i += 2 * WIDTH) {
      long at = offset + (long) i * Float.BYTES;
      even = lanes(rows, at).fma(FloatVector.fromArray(LANES, query, i), even);
      odd =
          lanes(rows, at + (long) WIDTH * Float.BYTES)
              .fma(FloatVector.fromArray(LANES, query, i + WIDTH), odd);
    }
    float sum = even.add(odd).reduceLanes(VectorOperators.ADD);
    for (; i < query.length; i++) {
      sum += rows.get(RowFile.FLOAT, offset + (long) i * Float.BYTES) * query[i];
    }
    return sum;
  }

  /** Of a query and a row of signed bytes. */
  static float dotBytes(MemorySegment rows, long offset, float[] query) {
    byte unused = rows.get(ValueLayout.JAVA_BYTE, offset);
    FloatVector even = FloatVector.zero(WIDE);
    FloatVector odd = even;
    int width = WIDE.length();
    int i = 0;
    for (; i + 2 * width <= query.length; i += 2 * width) {
      even = bytes(rows, offset + i).fma(FloatVector.fromArray(WIDE, query, i), even);
      odd = bytes(rows, offset + i + width).fma(FloatVector.fromArray(WIDE, query, i + width), odd);
    }
    float sum = even.add(odd).reduceLanes(VectorOperators.ADD);
    for (; i < query.length; i++) {
      sum += rows.get(ValueLayout.JAVA_BYTE, offset + i) * query[i];
    }
    return sum;
  }

  static float dot(float[] a, float[] b) {
    FloatVector even = FloatVector.zero(LANES);
    FloatVector odd = even;
    int i = 0;
    for (; i + 2 * WIDTH <= b.length; i += 2 * WIDTH) {
      even = FloatVector.fromArray(LANES, a, i).fma(FloatVector.fromArray(LANES, b, i), even);
      odd =
          FloatVector.fromArray(LANES, a, i + WIDTH)
              .fma(FloatVector.fromArray(LANES, b, i + WIDTH), odd);
    }
    float sum = even.add(odd).reduceLanes(VectorOperators.ADD);
    for (; i < b.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** How many products {@link #dots} computes. */
  static final int TOGETHER = 4;

  /** Products of a vector with the next rows of a matrix, for one reading of the vector. */
  static void dots(float[][] matrix, int first, float[] vector, float[] products) {
    float[] a = matrix[first];
    float[] b = matrix[first + 1];
    float[] c = matrix[first + 2];
    float[] d = matrix[first + 3];
    FloatVector sumA = FloatVector.zero(LANES);
    FloatVector sumB = sumA;
    FloatVector sumC = sumA;
    FloatVector sumD = sumA;
    int i = 0;
    for (; i + WIDTH <= vector.length; i += WIDTH) {
      FloatVector part = FloatVector.fromArray(LANES, vector, i);
      sumA = FloatVector.fromArray(LANES, a, i).fma(part, sumA);
      sumB = FloatVector.fromArray(LANES, b, i).fma(part, sumB);
      sumC = FloatVector.fromArray(LANES, c, i).fma(part, sumC);
      sumD = FloatVector.fromArray(LANES, d, i).fma(part, sumD);
    }
    products[first] = sumA.reduceLanes(VectorOperators.ADD);
    products[first + 1] = sumB.reduceLanes(VectorOperators.ADD);
    products[first + 2] = sumC.reduceLanes(VectorOperators.ADD);
    products[first + 3] = sumD.reduceLanes(VectorOperators.ADD);
    for (; i < vector.length; i++) {
      for (int row = first; row < first + TOGETHER; row++) {
        products[row] += matrix[row][i] * vector[i];
      }
    }
  }

  /** {@code target += scale * source}, from this index on. */
  static void addScaled(float[] source, float scale, float[] target, int from) {
    FloatVector factor = FloatVector.broadcast(LANES, scale);
    int i = from;
    for (; i + WIDTH <= target.length; i += WIDTH) {
      FloatVector.fromArray(LANES, source, i)
          .fma(factor, FloatVector.fromArray(LANES, target, i))
          .intoArray(target, i);
    }
    for (; i < target.length; i++) {
      target[i] += scale * source[i];
    }
  }

  private static FloatVector bytes(MemorySegment rows, long at) {
    ByteVector values = ByteVector.fromMemorySegment(BYTES, rows, at, ByteOrder.LITTLE_ENDIAN);
    return (FloatVector) values.convertShape(VectorOperators.B2F, WIDE, 0);
  }

  private static FloatVector lanes(MemorySegment rows, long at) {
    return FloatVector.fromMemorySegment(LANES, rows, at, ByteOrder.LITTLE_ENDIAN);
  }
}
