package io.likeness.bench.engine.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Reads other people's vector files from front to end.
 *
 * <table>
 * <caption>What the ending says; all is little-endian</caption>
 * <tr><td>.fvecs, .bvecs, .ivecs</td><td>per row: int32 dimension, then float32, uint8 or int32</td></tr>
 * <tr><td>.fbin, .i8bin, .u8bin</td><td>int32 count, int32 dimension, then float32, int8 or uint8</td></tr>
 * <tr><td>.ibin</td><td>int32 count, int32 k, then all int32 (what follows is passed over)</td></tr>
 * </table>
 */
final class VectorFile {

  private static final int DIMENSIONS_MAX = 1 << 16;
  private static final int BUFFER_BYTES = 1 << 20;

  private enum Layout {
    FVECS(true, 4),
    BVECS(true, 1),
    IVECS(true, 4),
    FBIN(false, 4),
    I8BIN(false, 1),
    U8BIN(false, 1),
    IBIN(false, 4);

    private final boolean headPerRow;
    private final int bytes;

    Layout(boolean headPerRow, int bytes) {
      this.headPerRow = headPerRow;
      this.bytes = bytes;
    }

    float value(ByteBuffer row) {
      return switch (this) {
        case FVECS, FBIN -> row.getFloat();
        case BVECS, U8BIN -> row.get() & 0xff;
        case I8BIN -> row.get();
        case IVECS, IBIN -> row.getInt();
      };
    }
  }

  /** Takes each row in turn; the array is used again for the next. */
  interface RowTaker {
    void take(int row, float[] values) throws IOException;
  }

  private VectorFile() {}

  private static Layout layout(Path file) throws IOException {
    String name = file.getFileName().toString();
    String ending = name.substring(name.lastIndexOf('.') + 1).toUpperCase(Locale.ROOT);
    for (Layout layout : Layout.values()) {
      if (layout.name().equals(ending)) {
        return layout;
      }
    }
    throw new IOException(
        file + " has none of the known endings .fvecs .bvecs .ivecs .fbin .i8bin .u8bin .ibin");
  }

  /** Returns the number of rows. */
  static int read(Path file, RowTaker taker) throws IOException {
    Layout layout = layout(file);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
      return layout.headPerRow ? headed(file, layout, in, taker) : counted(file, layout, in, taker);
    }
  }

  private static int headed(Path file, Layout layout, InputStream in, RowTaker taker)
      throws IOException {
    int row = 0;
    int dimensions = 0;
    float[] values = new float[0];
    byte[] head = new byte[Integer.BYTES];
    for (; ; row++) {
      int got = in.readNBytes(head, 0, head.length);
      if (got == 0) {
        return row;
      }
      int said = got < head.length ? 0 : little(head).getInt();
      if (row == 0) {
        dimensions = dimensions(file, said);
        values = new float[dimensions];
      }
      if (said != dimensions) {
        throw new IOException(
            "row %d of %s says %d dimensions, the first %d".formatted(row, file, said, dimensions));
      }
      take(file, layout, in, row, values, taker);
    }
  }

  private static int counted(Path file, Layout layout, InputStream in, RowTaker taker)
      throws IOException {
    ByteBuffer head = little(in.readNBytes(2 * Integer.BYTES));
    if (head.remaining() < 2 * Integer.BYTES) {
      throw new EOFException(file + " ends before its count and dimension");
    }
    int count = head.getInt();
    float[] values = new float[dimensions(file, head.getInt())];
    if (count < 0) {
      throw new IOException(file + " says it has " + count + " rows");
    }
    for (int row = 0; row < count; row++) {
      take(file, layout, in, row, values, taker);
    }
    return count;
  }

  private static int dimensions(Path file, int said) throws IOException {
    if (said < 1 || said > DIMENSIONS_MAX) {
      throw new IOException(
          "%s says %d dimensions, at least 1 and at most %d are possible"
              .formatted(file, said, DIMENSIONS_MAX));
    }
    return said;
  }

  private static void take(
      Path file, Layout layout, InputStream in, int row, float[] values, RowTaker taker)
      throws IOException {
    int wanted = values.length * layout.bytes;
    byte[] bytes = in.readNBytes(wanted);
    if (bytes.length < wanted) {
      throw new EOFException(
          "row %d of %s ends after %d of %d bytes".formatted(row, file, bytes.length, wanted));
    }
    ByteBuffer buffer = little(bytes);
    for (int i = 0; i < values.length; i++) {
      values[i] = layout.value(buffer);
    }
    taker.take(row, values);
  }

  /** Scales to unit length in place. */
  static void normalise(Path file, int row, float[] values) throws IOException {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    if (!(squares > 0) || Double.isInfinite(squares)) {
      throw new IOException(
          "row %d of %s has length %s and no direction".formatted(row, file, Math.sqrt(squares)));
    }
    double scale = 1 / Math.sqrt(squares);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * scale);
    }
  }

  /** Ordinals of neighbours, a row for each query. Floats hold them exactly up to 2^24. */
  static int[][] neighbours(Path file) throws IOException {
    Layout layout = layout(file);
    if (layout != Layout.IVECS && layout != Layout.IBIN) {
      throw new IOException(file + " holds no neighbours: .ivecs and .ibin do");
    }
    List<int[]> all = new ArrayList<>();
    read(
        file,
        (row, values) -> {
          int[] ordinals = new int[values.length];
          for (int i = 0; i < values.length; i++) {
            ordinals[i] = (int) values[i];
            if (ordinals[i] != values[i] || ordinals[i] >= 1 << 24) {
              throw new IOException(
                  "neighbour %s of query %d in %s is beyond 2^24".formatted(values[i], row, file));
            }
          }
          all.add(ordinals);
        });
    return all.toArray(int[][]::new);
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
