package io.likeness.shard.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/** The codes of rows, back to back in memory off the heap. */
final class Codes {

  private static final VectorSpecies<Float> FLOATS = Dots.WIDE;
  private static final VectorSpecies<Integer> INTS = FLOATS.withLanes(int.class);
  private static final int WIDTH = FLOATS.length();

  private final Codec codec;
  private final MemorySegment codes;
  private final int bytes;
  private final float margin;
  // Of rows without a graph.
  private final @Nullable Skim skim;

  /** {@code margin}: a true score is hardly ever more than this above the code's. */
  Codes(Codec codec, MemorySegment codes, float margin) {
    this(codec, codes, margin, null);
  }

  private Codes(Codec codec, MemorySegment codes, float margin, @Nullable Skim skim) {
    this.codec = codec;
    this.skim = skim;
    this.codes = codes;
    this.bytes = codec.bytes();
    this.margin = margin;
  }

  Codec codec() {
    return codec;
  }

  /** For those that are scanned: what tells which rows need no scoring. */
  @Nullable Skim skim() {
    return skim;
  }

  long bytesInMemory() {
    return codes.byteSize() + (skim == null ? 0 : skim.bytesInMemory());
  }

  float margin() {
    return margin;
  }

  /** Encodes rows into the memory; not safe for threads. */
  static final class Writer {

    private final Codec codec;
    private final MemorySegment codes;
    private final @Nullable Skim skim;
    private final float[] projected;
    private final byte[] code;

    Writer(Codec codec, MemorySegment codes, @Nullable Skim skim) {
      this.codec = codec;
      this.codes = codes;
      this.skim = skim;
      this.projected = new float[codec.projection().size()];
      this.code = new byte[codec.bytes()];
    }

    void put(int row, float[] vector) {
      codec.projection().project(vector, projected);
      codec.encode(projected, code);
      long at = (long) row * code.length;
      MemorySegment.copy(code, 0, codes, ValueLayout.JAVA_BYTE, at, code.length);
      if (skim != null) {
        skim.put(row, projected, Dots.dot(vector, vector));
      }
    }
  }

  /** These with room for so many rows: themselves where they have it. */
  Codes withRoom(int rows) {
    long needed = (long) rows * bytes;
    if (needed <= codes.byteSize()) {
      return this;
    }
    MemorySegment larger = Arena.ofAuto().allocate(Math.max(needed, 2 * codes.byteSize()), 64);
    MemorySegment.copy(codes, 0, larger, 0, codes.byteSize());
    Skim roomy = skim == null ? null : skim.withRoom((int) (larger.byteSize() / bytes));
    return new Codes(codec, larger, margin, roomy);
  }

  Writer writer() {
    return new Writer(codec, codes, skim);
  }

  /** Codes of all rows of the block, by the codec of these. */
  Codes of(RowBlock block) {
    MemorySegment memory = Arena.ofAuto().allocate((long) block.rows() * bytes, 64);
    Skim skimming = Skim.of(codec, block.rows());
    Writer writer = new Writer(codec, memory, skimming);
    float[] row = new float[codec.projection().dimensions()];
    for (int i = 0; i < block.rows(); i++) {
      block.copyTo(i, row);
      writer.put(i, row);
    }
    return new Codes(codec, memory, margin, skimming);
  }

  // ---- A sample ----

  /** The codes of {@code count} rows, spread evenly over all, side by side. */
  Codes spread(int count, int rows, Arena arena) {
    MemorySegment sample = arena.allocate(Math.max(1, (long) count * bytes), 64);
    for (int i = 0; i < count; i++) {
      long from = (long) spreadRow(i, count, rows) * bytes;
      MemorySegment.copy(codes, from, sample, (long) i * bytes, bytes);
    }
    return new Codes(codec, sample, margin);
  }

  static int spreadRow(int index, int count, int rows) {
    return (int) ((long) index * rows / count);
  }

  // ---- Scoring ----

  /** One query against these codes. */
  Scorer scorer(float[] vector) {
    return scorer(codec.query(vector));
  }

  Scorer scorer(Codec.Query query) {
    return new Scorer(codes, bytes, codec.wide(), query);
  }

  /** About the cosine of the query and a row. */
  static final class Scorer {

    private final MemorySegment codes;
    private final int bytes;
    private final int wide;
    private final float base;
    private final float[] weights;

    private Scorer(MemorySegment codes, int bytes, int wide, Codec.Query query) {
      this.codes = codes;
      this.bytes = bytes;
      this.wide = wide;
      this.base = query.base();
      this.weights = query.weights();
    }

    /** Reads a byte of the row's code, so that the rest of it is on its way. */
    int touch(int row) {
      return codes.get(ValueLayout.JAVA_BYTE, (long) row * bytes);
    }

    float score(int row) {
      long at = (long) row * bytes;
      FloatVector even = FloatVector.zero(FLOATS);
      FloatVector odd = even;
      int i = 0;
      for (; i + 2 * WIDTH <= wide; i += 2 * WIDTH) {
        even = floats(bytes(at + i)).fma(FloatVector.fromArray(FLOATS, weights, i), even);
        odd =
            floats(bytes(at + i + WIDTH))
                .fma(FloatVector.fromArray(FLOATS, weights, i + WIDTH), odd);
      }
      for (; i < wide; i += WIDTH) {
        even = floats(bytes(at + i)).fma(FloatVector.fromArray(FLOATS, weights, i), even);
      }
      // Each run of narrow codes: 16 bytes, 16 coordinates in the low halves, 16 in the high ones.
      // The whole byte is multiplied by the low one's weight; the high one's makes up for it.
      int weight = wide;
      for (; i < bytes; i += Codec.RUN) {
        for (int part = 0; part < Codec.RUN; part += WIDTH) {
          IntVector pairs = ints(bytes(at + i + part));
          even = floats(pairs).fma(FloatVector.fromArray(FLOATS, weights, weight + part), even);
          odd =
              floats(pairs.lanewise(VectorOperators.LSHR, 4))
                  .fma(FloatVector.fromArray(FLOATS, weights, weight + Codec.RUN + part), odd);
        }
        weight += 2 * Codec.RUN;
      }
      return base + even.add(odd).reduceLanes(VectorOperators.ADD);
    }

    private ByteVector bytes(long at) {
      return ByteVector.fromMemorySegment(Dots.BYTES, codes, at, ByteOrder.LITTLE_ENDIAN);
    }

    private static FloatVector floats(ByteVector values) {
      return (FloatVector) values.convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    private static IntVector ints(ByteVector unsigned) {
      return (IntVector) unsigned.convertShape(VectorOperators.ZERO_EXTEND_B2I, INTS, 0);
    }

    private static FloatVector floats(IntVector values) {
      return (FloatVector) values.convertShape(VectorOperators.I2F, FLOATS, 0);
    }
  }
}
