package io.likeness.shard.index;

import java.lang.foreign.MemorySegment;
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

  private static FloatVector lanes(MemorySegment rows, long at) {
    return FloatVector.fromMemorySegment(LANES, rows, at, ByteOrder.LITTLE_ENDIAN);
  }
}
