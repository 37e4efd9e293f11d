package io.likeness.shard.index;

import io.likeness.proto.wire.NewerFormatException;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A file of rows, {@code rows-<generation>}: one page of head, the rows back to back, and once it
 * is sealed a table of the CRC-32C of each block of rows. A block is a power of two of rows, so no
 * row lies in two. The number of rows that count, and the CRC-32C of the table, are not in the file
 * but in the commit that refers to it: so a tail can grow behind a commit without the commit
 * noticing, and one number covers every byte.
 *
 * <pre>
 * 0   8  magic "LKNSROWS"
 * 8   4  format version
 * 12  4  dimensions
 * 16  8  generation
 * 24  4  CRC-32C of the page with this field zero
 * 28  4  how a vector lies in a row: 0 float32, 1 int8; the rest of the page is zero
 * 4096   rows
 *        table, int32 each, when sealed
 * </pre>
 */
final class RowFile {

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final int HEAD_BYTES = 4096;
  static final int FORMAT = 3;

  private static final byte[] MAGIC = {'L', 'K', 'N', 'S', 'R', 'O', 'W', 'S'};
  private static final int CHECKSUM_AT = 24;
  private static final int KIND_AT = 28;

  private RowFile() {}

  static Path path(Path folder, long generation) {
    return folder.resolve("rows-" + generation);
  }

  /** A row's block is its number shifted right by this. */
  static int blockShift(RowLayout layout) {
    int rows = Math.max(1, BlockChecks.BLOCK_BYTES / layout.bytes());
    return 31 - Integer.numberOfLeadingZeros(rows);
  }

  static int blockBytes(RowLayout layout) {
    return layout.bytes() << blockShift(layout);
  }

  static FileChannel create(Path file, RowLayout layout, long generation) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    head.put(MAGIC).putInt(FORMAT).putInt(layout.dimensions()).putLong(generation);
    head.putInt(KIND_AT, layout.kind().ordinal());
    head.putInt(CHECKSUM_AT, headChecksum(head));
    Disk.writeFully(channel, head.clear(), 0);
    return channel;
  }

  /** Puts the table behind the rows: the file is complete, though not yet durable. */
  static void seal(FileChannel channel, BlockSums sums, long rowBytes) throws IOException {
    Disk.writeFully(channel, sums.table(), HEAD_BYTES + rowBytes);
  }

  /** Rows in memory, and what tells whether they are sound; who takes it closes the channel. */
  record Mapped(MemorySegment rows, BlockChecks checks, FileChannel channel) {}

  /**
   * Maps a sealed file after checking its head, its length and its table. The rows are checked by
   * whoever uses them.
   */
  static Mapped map(Path file, Manifest.Rows entry, RowLayout layout, Arena arena)
      throws IOException {
    long bytes = (long) entry.rows() * layout.bytes();
    int blockBytes = blockBytes(layout);
    int tableBytes = BlockSums.blocks(bytes, blockBytes) * Integer.BYTES;
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      checkHead(channel, file, layout, entry.generation());
      if (channel.size() != HEAD_BYTES + bytes + tableBytes) {
        throw new CorruptShardException(
            "%s has %d bytes, %d rows with their table make %d"
                .formatted(file, channel.size(), entry.rows(), HEAD_BYTES + bytes + tableBytes));
      }
      ByteBuffer table = ByteBuffer.allocate(tableBytes);
      Disk.readFully(channel, table, HEAD_BYTES + bytes);
      CRC32C crc = new CRC32C();
      crc.update(table.flip());
      checkTable(file, entry, (int) crc.getValue());
      return new Mapped(
          channel.map(FileChannel.MapMode.READ_ONLY, HEAD_BYTES, bytes, arena),
          new BlockChecks(file, channel, HEAD_BYTES, bytes, blockBytes, table.rewind()),
          channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** {@code found}: the checksum of the table of the file's blocks. */
  static void checkTable(Path file, Manifest.Rows entry, int found) throws CorruptShardException {
    if (found != entry.checksum()) {
      throw new CorruptShardException(
          "%s: checksum of the table of %d rows is %08x, the commit has %08x"
              .formatted(file, entry.rows(), found, entry.checksum()));
    }
  }

  static void checkHead(FileChannel channel, Path file, RowLayout layout, long generation)
      throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try {
      Disk.readFully(channel, head, 0);
    } catch (EOFException e) {
      throw new CorruptShardException(file + " is shorter than its head", e);
    }
    boolean magic = head.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
    if (!magic || head.getInt(CHECKSUM_AT) != headChecksum(head)) {
      throw new CorruptShardException(file + " has no sound head");
    }
    NewerFormatException.check(file.toString(), head.getInt(8), FORMAT);
    if (head.getInt(8) != FORMAT) {
      throw new CorruptShardException(file + " has format " + head.getInt(8) + ", not " + FORMAT);
    }
    if (head.getInt(12) != layout.dimensions()
        || head.getInt(KIND_AT) != layout.kind().ordinal()
        || head.getLong(16) != generation) {
      throw new CorruptShardException(
          "%s is of generation %d, %d dimensions, rows of kind %d; the commit has generation %d, %s"
              .formatted(
                  file,
                  head.getLong(16),
                  head.getInt(12),
                  head.getInt(KIND_AT),
                  generation,
                  layout));
    }
  }

  private static int headChecksum(ByteBuffer head) {
    byte[] page = head.array().clone();
    ByteBuffer.wrap(page).putInt(CHECKSUM_AT, 0);
    CRC32C crc = new CRC32C();
    crc.update(page);
    return (int) crc.getValue();
  }
}
