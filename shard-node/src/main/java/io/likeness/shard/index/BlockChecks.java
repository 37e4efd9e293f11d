package io.likeness.shard.index;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Knows which blocks of a mapped stretch have been read against their checksums, so that opening
 * need not read gigabytes and still no byte is used unchecked: whoever is about to use a block
 * {@link #require}s it, which costs a bit once it is known, and a scrubber walks over the rest.
 *
 * <p>Small blocks, because the first use of one row reads its whole block: 16 KiB cost a disk about
 * what 4 KiB do, and the table is still only a quarter of a thousandth of the data.
 */
final class BlockChecks {

  /** Blocks are about this large; a user may round down to whole rows. */
  static final int BLOCK_BYTES = 1 << 14;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;
  private final long blockBytes;
  private final MemorySegment table;
  private final int blocks;
  private final AtomicLongArray checked;
  // A hint that spares the look at the bits; seen late it costs only that look.
  private boolean whole;

  /** {@code table} holds what {@link BlockSums#table} gave, and is known to be sound. */
  BlockChecks(Path file, MemorySegment bytes, long blockBytes, MemorySegment table) {
    this.file = file;
    this.bytes = bytes;
    this.blockBytes = blockBytes;
    this.table = table;
    this.blocks = BlockSums.blocks(bytes.byteSize(), blockBytes);
    this.checked = new AtomicLongArray((blocks + 63) >>> 6);
    if (table.byteSize() != (long) blocks * Integer.BYTES) {
      throw new IllegalArgumentException(
          "a table of " + table.byteSize() + " bytes for " + blocks + " blocks of " + file);
    }
  }

  int blocks() {
    return blocks;
  }

  long bytes(int block) {
    return Math.min(blockBytes, bytes.byteSize() - block * blockBytes);
  }

  boolean isChecked(int block) {
    return whole || (checked.getOpaque(block >>> 6) & (1L << block)) != 0;
  }

  /**
   * Returns if the block is what was written.
   *
   * @throws UncheckedIOException around a {@link CorruptShardException} if it is not; scoring loops
   *     call this, and have no other way out
   */
  void require(int block) {
    if (!isChecked(block)) {
      check(block);
    }
  }

  /** As {@link #require}, but reads the block again even if it was sound before. */
  void check(int block) {
    MemorySegment part = bytes.asSlice(block * blockBytes, bytes(block));
    int found = BlockSums.of(part);
    int expected = table.get(INT, (long) block * Integer.BYTES);
    if (found != expected) {
      throw new UncheckedIOException(
          new CorruptShardException(
              "%s: block %d of %d has checksum %08x, not %08x"
                  .formatted(file, block, blocks, found, expected)));
    }
    long bit = 1L << block;
    checked.getAndUpdate(block >>> 6, word -> word | bit);
  }

  /** Reads whatever nobody has read yet. */
  void checkAll() {
    for (int block = 0; block < blocks; block++) {
      require(block);
    }
    whole = true;
  }
}
