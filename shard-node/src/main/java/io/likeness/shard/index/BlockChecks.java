package io.likeness.shard.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.zip.CRC32C;

/**
 * Knows which blocks of a file have been read against their checksums, so that opening need not
 * read gigabytes and still no byte is used unchecked: whoever is about to use a block {@link
 * #require}s it, which costs a bit once it is known, and {@link Scrub} walks over the rest.
 *
 * <p>Small blocks, because the first use of one row reads its whole block: 16 KiB cost a disk about
 * what 4 KiB do, and the table is still only a quarter of a thousandth of the data.
 *
 * <p>Blocks are read through the channel though they are mapped as well: a disk that cannot read
 * answers a channel with an exception, and a mapping with a signal that a checksum loop of the JVM
 * does not survive.
 */
final class BlockChecks {

  /** Blocks are about this large; a user may round down to whole rows. */
  static final int BLOCK_BYTES = 1 << 14;

  private final Path file;
  private final FileChannel channel;
  private final long start;
  private final long bytes;
  private final int blockBytes;
  private final ByteBuffer table;
  private final int blocks;
  private final AtomicLongArray checked;
  // A hint that spares the look at the bits; seen late it costs only that look.
  private boolean whole;

  /**
   * @param start where the first block begins in the file
   * @param bytes of all blocks together
   * @param table what {@link BlockSums#table} gave, known to be sound
   */
  BlockChecks(
      Path file, FileChannel channel, long start, long bytes, int blockBytes, ByteBuffer table) {
    this.file = file;
    this.channel = channel;
    this.start = start;
    this.bytes = bytes;
    this.blockBytes = blockBytes;
    this.table = table.slice().order(ByteOrder.LITTLE_ENDIAN);
    this.blocks = BlockSums.blocks(bytes, blockBytes);
    this.checked = new AtomicLongArray((blocks + 63) >>> 6);
    if (this.table.limit() != blocks * Integer.BYTES) {
      throw new IllegalArgumentException(
          "a table of " + this.table.limit() + " bytes for " + blocks + " blocks of " + file);
    }
  }

  int blocks() {
    return blocks;
  }

  int blockBytes() {
    return blockBytes;
  }

  int bytes(int block) {
    return (int) Math.min(blockBytes, bytes - (long) block * blockBytes);
  }

  boolean isChecked(int block) {
    return whole || (checked.getOpaque(block >>> 6) & (1L << block)) != 0;
  }

  /** Every block is known to be sound, or was when it was last looked at. */
  boolean isWhole() {
    if (whole) {
      return true;
    }
    for (int block = 0; block < blocks; block++) {
      if (!isChecked(block)) {
        return false;
      }
    }
    whole = true;
    return true;
  }

  /**
   * Returns if the block is what was written.
   *
   * @throws UncheckedIOException around a {@link CorruptShardException} if it is not; scoring loops
   *     call this, and have no other way out
   */
  void require(int block) {
    if (!isChecked(block)) {
      try {
        check(block, ByteBuffer.allocate(bytes(block)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /**
   * Reads the block, even if it was sound before.
   *
   * @param scratch with room for a block
   */
  void check(int block, ByteBuffer scratch) throws IOException {
    scratch.clear().limit(bytes(block));
    long from = start + (long) block * blockBytes;
    try {
      Disk.readFully(channel, scratch, from);
    } catch (ClosedChannelException e) {
      throw e;
    } catch (IOException e) {
      throw new CorruptShardException(
          "%s: block %d of %d cannot be read: %s".formatted(file, block, blocks, e), e);
    }
    CRC32C crc = new CRC32C();
    crc.update(scratch.flip());
    int found = (int) crc.getValue();
    int expected = table.getInt(block * Integer.BYTES);
    if (found != expected) {
      throw new CorruptShardException(
          "%s: block %d of %d has checksum %08x, not %08x"
              .formatted(file, block, blocks, found, expected));
    }
    long bit = 1L << block;
    checked.getAndUpdate(block >>> 6, word -> word | bit);
  }
}
