package io.likeness.shard.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The dot product of a query and a stored row. Every search, exact or by graph, scores with this
 * one loop, so equal vectors get bitwise equal scores wherever their rows lie; ties depend on it.
 */
final class Dots {

  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = LANES.length();

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

  private static FloatVector lanes(MemorySegment rows, long at) {
    return FloatVector.fromMemorySegment(LANES, rows, at, ByteOrder.LITTLE_ENDIAN);
  }
}
