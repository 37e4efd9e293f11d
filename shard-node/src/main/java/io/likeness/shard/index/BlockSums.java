package io.likeness.shard.index;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The CRC-32C of each block of a stretch of bytes, taken while the bytes go by in order. Their
 * table is what lies beside the bytes; the table's own CRC-32C is what a commit writes down, so
 * that one number covers everything and a reader can still check a block alone ({@link
 * BlockChecks}).
 */
final class BlockSums {

  private static final int STEP_BYTES = 1 << 20;

  private final int blockBytes;
  private final CRC32C open = new CRC32C();
  private int inOpen;
  private int[] done = new int[16];
  private int count;

  BlockSums(int blockBytes) {
    this.blockBytes = blockBytes;
  }

  /** Blocks of this size in so many bytes; the last may be shorter. */
  static int blocks(long bytes, int blockBytes) {
    return Math.toIntExact((bytes + blockBytes - 1) / blockBytes);
  }

  /** CRC-32C of memory; not of a mapped file, see {@link BlockChecks}. */
  static int of(MemorySegment memory) {
    CRC32C crc = new CRC32C();
    for (long at = 0; at < memory.byteSize(); at += STEP_BYTES) {
      crc.update(memory.asSlice(at, Math.min(STEP_BYTES, memory.byteSize() - at)).asByteBuffer());
    }
    return (int) crc.getValue();
  }

  /** Takes the buffer's remaining bytes, and leaves its position as it was. */
  void update(ByteBuffer bytes) {
    ByteBuffer rest = bytes.duplicate();
    while (rest.hasRemaining()) {
      int part = Math.min(rest.remaining(), blockBytes - inOpen);
      open.update(rest.slice(rest.position(), part));
      rest.position(rest.position() + part);
      inOpen += part;
      if (inOpen == blockBytes) {
        if (count == done.length) {
          done = Arrays.copyOf(done, count * 2);
        }
        done[count++] = (int) open.getValue();
        open.reset();
        inOpen = 0;
      }
    }
  }

  /** The table for the bytes until now: int32, little-endian, one per block. */
  ByteBuffer table() {
    int blocks = count + (inOpen > 0 ? 1 : 0);
    ByteBuffer table = ByteBuffer.allocate(blocks * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      table.putInt(done[i]);
    }
    if (inOpen > 0) {
      table.putInt((int) open.getValue());
    }
    return table.flip();
  }

  /** CRC-32C of the table: what a commit writes down. */
  int checksum() {
    CRC32C crc = new CRC32C();
    crc.update(table());
    return (int) crc.getValue();
  }
}
