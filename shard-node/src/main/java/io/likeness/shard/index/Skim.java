package io.likeness.shard.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * A first look at rows that have no graph: what each can score at most, for sixteen at a time. The
 * strongest coordinates of a row are kept in a byte each, the same coordinate of sixteen rows side
 * by side, and beside them two lengths: of the rest of the row, and of what rounding lost. Neither
 * can add more to a score than its product with the query's part, so a row whose most is below what
 * is already found is passed over without loss. Most rows are, for a fraction of what it takes to
 * score their codes.
 */
final class Skim {

  static final int ROWS = 16;

  private static final int COORDINATES_MAX = 32;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
  private static final int LEVELS = 255;
  private static final int WIDTH = Dots.WIDE.length();

  /** What sums of floats may be off by. */
  private static final float SLACK = 1e-5f;

  private final int coordinates;
  private final float[] low;
  private final float[] step;
  private final MemorySegment bytes;
  private final MemorySegment lengths;

  private Skim(
      int coordinates, float[] low, float[] step, MemorySegment bytes, MemorySegment lengths) {
    this.coordinates = coordinates;
    this.low = low;
    this.step = step;
    this.bytes = bytes;
    this.lengths = lengths;
  }

  /** Room for so many rows, with the coordinates and ranges of this codec. */
  static Skim of(Codec codec, int rows) {
    int coordinates = Math.min(COORDINATES_MAX, codec.projection().size());
    float[] low = new float[coordinates];
    float[] step = new float[coordinates];
    for (int k = 0; k < coordinates; k++) {
      low[k] = codec.low()[k];
      step[k] = codec.range(k) / LEVELS;
    }
    return new Skim(
        coordinates,
        low,
        step,
        memory(groups(rows) * coordinates),
        memory(2L * Float.BYTES * groups(rows)));
  }

  private static long groups(int rows) {
    return (rows + ROWS - 1L) / ROWS;
  }

  private static MemorySegment memory(long bytesOfARow) {
    return Arena.ofAuto().allocate(Math.max(1, bytesOfARow) * ROWS, 64);
  }

  /** This with room for so many rows. */
  Skim withRoom(int rows) {
    Skim larger =
        new Skim(
            coordinates,
            low,
            step,
            memory(groups(rows) * coordinates),
            memory(2L * Float.BYTES * groups(rows)));
    MemorySegment.copy(bytes, 0, larger.bytes, 0, bytes.byteSize());
    MemorySegment.copy(lengths, 0, larger.lengths, 0, lengths.byteSize());
    return larger;
  }

  long bytesInMemory() {
    return bytes.byteSize() + lengths.byteSize();
  }

  /** Not safe for threads. {@code projected}: the row's coordinates, strongest first. */
  void put(int row, float[] projected, float lengthSquared) {
    long at = (long) (row / ROWS) * ROWS * coordinates + row % ROWS;
    float kept = 0;
    float off = 0;
    for (int k = 0; k < coordinates; k++) {
      int level = Math.clamp(Math.round((projected[k] - low[k]) / step[k]), 0, LEVELS);
      bytes.set(ValueLayout.JAVA_BYTE, at + (long) k * ROWS, (byte) (level - 128));
      float lost = projected[k] - (low[k] + level * step[k]);
      off += lost * lost;
      kept += projected[k] * projected[k];
    }
    float rest = Math.max(0, lengthSquared - kept);
    lengths.setAtIndex(FLOAT, 2L * (row - row % ROWS) + row % ROWS, (float) Math.sqrt(rest));
    lengths.setAtIndex(FLOAT, 2L * (row - row % ROWS) + ROWS + row % ROWS, (float) Math.sqrt(off));
  }

  /** {@code projected}: the query's coordinates, strongest first. */
  Look look(float[] projected, float lengthSquared) {
    return new Look(projected, lengthSquared);
  }

  /** One query. */
  final class Look {

    private final float[] weights = new float[coordinates];
    private final float base;
    private final float length;
    private final float rest;

    private Look(float[] projected, float lengthSquared) {
      double sum = SLACK;
      float kept = 0;
      for (int k = 0; k < coordinates; k++) {
        weights[k] = projected[k] * step[k];
        sum += projected[k] * (low[k] + 128 * step[k]);
        kept += projected[k] * projected[k];
      }
      base = (float) sum;
      length = (float) Math.sqrt(kept);
      rest = (float) Math.sqrt(Math.max(0, lengthSquared - kept));
    }

    /** One bit for each of the sixteen rows from here on that may score as much as this. */
    int reaching(int firstRow, float score) {
      long at = (long) firstRow * coordinates;
      int found = 0;
      for (int part = 0; part < ROWS; part += WIDTH) {
        FloatVector even =
            lengths(2L * firstRow + ROWS + part)
                .fma(
                    FloatVector.broadcast(Dots.WIDE, length),
                    FloatVector.broadcast(Dots.WIDE, base));
        FloatVector odd = lengths(2L * firstRow + part).mul(rest);
        int k = 0;
        for (; k + 2 <= coordinates; k += 2) {
          even = floats(at + (long) k * ROWS + part).fma(weight(k), even);
          odd = floats(at + (k + 1L) * ROWS + part).fma(weight(k + 1), odd);
        }
        if (k < coordinates) {
          even = floats(at + (long) k * ROWS + part).fma(weight(k), even);
        }
        found |= (int) even.add(odd).compare(VectorOperators.GE, score).toLong() << part;
      }
      return found;
    }

    private FloatVector lengths(long index) {
      return FloatVector.fromMemorySegment(
          Dots.WIDE, lengths, index * Float.BYTES, ByteOrder.nativeOrder());
    }

    private FloatVector weight(int k) {
      return FloatVector.broadcast(Dots.WIDE, weights[k]);
    }

    private FloatVector floats(long at) {
      ByteVector values =
          ByteVector.fromMemorySegment(Dots.BYTES, bytes, at, ByteOrder.LITTLE_ENDIAN);
      return (FloatVector) values.convertShape(VectorOperators.B2F, Dots.WIDE, 0);
    }
  }
}
