package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import io.likeness.wire.RowFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Locale;

/**
 * How a vector lies in a row: as it came, or in a quarter of the room. Chosen for an instance when
 * it is made, and the same in all files of a shard.
 *
 * <pre>
 * FLOAT32  dimensions x float32
 * INT8     float32 scale, then dimensions x int8: the vector is scale x the bytes, and as long as
 *          the given one
 * </pre>
 *
 * <p>All little-endian.
 */
record RowLayout(int dimensions, Kind kind) {

  enum Kind {
    FLOAT32,
    INT8;

    static Kind of(RowFormat format) {
      return format == RowFormat.ROW_FORMAT_INT8 ? INT8 : FLOAT32;
    }

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** {@code IllegalArgumentException} where there is none of this name. */
    static Kind parse(String text) {
      return Arrays.stream(values())
          .filter(kind -> kind.text().equals(text))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("no rows are called " + text));
    }
  }

  /** Of a shard without vectors. */
  static final RowLayout NONE = new RowLayout(0, Kind.FLOAT32);

  private static final int SCALE_BYTES = Float.BYTES;

  static RowLayout floats(int dimensions) {
    return new RowLayout(dimensions, Kind.FLOAT32);
  }

  int bytes() {
    return switch (kind) {
      case FLOAT32 -> dimensions * Float.BYTES;
      case INT8 -> SCALE_BYTES + dimensions;
    };
  }

  /** Whether these bytes, float32 each four, are a vector for such rows. */
  boolean fits(ByteString vector) {
    return vector.size() == dimensions * Float.BYTES;
  }

  /** Writes the vector, float32 little-endian, as a row. */
  void put(ByteString vector, MemorySegment rows, long at) {
    if (!fits(vector)) {
      throw new IllegalArgumentException(
          "a vector of " + vector.size() + " bytes, the rows have " + dimensions + " dimensions");
    }
    MemorySegment floats = MemorySegment.ofBuffer(vector.asReadOnlyByteBuffer());
    switch (kind) {
      case FLOAT32 -> MemorySegment.copy(floats, 0, rows, at, vector.size());
      case INT8 -> {
        float[] values = new float[dimensions];
        MemorySegment.copy(floats, RowFile.FLOAT, 0, values, 0, dimensions);
        putBytes(values, rows, at);
      }
    }
  }

  private static void putBytes(float[] values, MemorySegment rows, long at) {
    float greatest = 0;
    double length = 0;
    for (float value : values) {
      greatest = Math.max(greatest, Math.abs(value));
      length += (double) value * value;
    }
    float steps = greatest == 0 ? 0 : Byte.MAX_VALUE / greatest;
    double rounded = 0;
    for (int i = 0; i < values.length; i++) {
      int step = Math.round(values[i] * steps);
      rounded += (double) step * step;
      rows.set(ValueLayout.JAVA_BYTE, at + SCALE_BYTES + i, (byte) step);
    }
    // Rounding alone would make rows longer or shorter, and near ones look nearer or farther.
    float scale = rounded == 0 ? 0 : (float) Math.sqrt(length / rounded);
    rows.set(RowFile.FLOAT, at, scale);
  }

  /** What is read of a row that this vector was put into. */
  float[] kept(ByteString vector) {
    MemorySegment row = MemorySegment.ofArray(new byte[bytes()]);
    put(vector, row, 0);
    float[] values = new float[dimensions];
    get(row, 0, values);
    return values;
  }

  void get(MemorySegment rows, long at, float[] target) {
    switch (kind) {
      case FLOAT32 -> MemorySegment.copy(rows, RowFile.FLOAT, at, target, 0, dimensions);
      case INT8 -> {
        float scale = rows.get(RowFile.FLOAT, at);
        for (int i = 0; i < dimensions; i++) {
          target[i] = scale * rows.get(ValueLayout.JAVA_BYTE, at + SCALE_BYTES + i);
        }
      }
    }
  }

  float score(MemorySegment rows, long at, float[] query) {
    return switch (kind) {
      case FLOAT32 -> Dots.dot(rows, at, query);
      case INT8 -> rows.get(RowFile.FLOAT, at) * Dots.dotBytes(rows, at + SCALE_BYTES, query);
    };
  }

  /** {@code 512 x int8}. */
  @Override
  public String toString() {
    return dimensions + " x " + kind.text();
  }
}
