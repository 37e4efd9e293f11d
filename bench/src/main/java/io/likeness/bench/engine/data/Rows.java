package io.likeness.bench.engine.data;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** Vectors of one length in a mapped file: little-endian floats and nothing else. */
public final class Rows {

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment values;
  private final int count;
  private final int dimensions;

  private Rows(MemorySegment values, int count, int dimensions) {
    this.values = values;
    this.count = count;
    this.dimensions = dimensions;
  }

  /** Mapped as long as the arena lives. */
  static Rows map(Path file, int dimensions, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      long rowBytes = (long) dimensions * Float.BYTES;
      long size = channel.size();
      if (size % rowBytes != 0 || size / rowBytes > Integer.MAX_VALUE) {
        throw new IOException(
            file + " has " + size + " bytes, which are no rows of " + rowBytes + " bytes");
      }
      MemorySegment values = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      return new Rows(values, (int) (size / rowBytes), dimensions);
    }
  }

  public int count() {
    return count;
  }

  public int dimensions() {
    return dimensions;
  }

  /** The row's bytes, for whoever computes with them in place. */
  public MemorySegment values() {
    return values;
  }

  public long offset(int row) {
    return (long) row * dimensions * Float.BYTES;
  }

  public float[] row(int row) {
    float[] copy = new float[dimensions];
    copyTo(row, copy, 0);
    return copy;
  }

  public void copyTo(int row, float[] target, int at) {
    MemorySegment.copy(values, FLOAT, offset(row), target, at, dimensions);
  }
}
