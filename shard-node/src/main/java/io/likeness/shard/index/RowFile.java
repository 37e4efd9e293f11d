package io.likeness.shard.index;

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
 * A file of float rows, {@code rows-<generation>}: one page of head, then the rows back to back,
 * float32 little-endian. The number of rows that count and their CRC-32C are not in the file but in
 * the commit that refers to it, so a tail can grow behind a commit without the commit noticing.
 *
 * <pre>
 * 0   8  magic "LKNSROWS"
 * 8   4  format version
 * 12  4  dimensions
 * 16  8  generation
 * 24  4  CRC-32C of bytes 0..23
 * 4096   rows
 * </pre>
 */
final class RowFile {

  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final int HEAD_BYTES = 4096;
  static final int FORMAT = 1;

  private static final byte[] MAGIC = {'L', 'K', 'N', 'S', 'R', 'O', 'W', 'S'};
  private static final int HEAD_USED = 28;

  /** Checksums are taken over this many bytes at a time. */
  private static final int CHECK_STEP = 1 << 20;

  private RowFile() {}

  static Path path(Path folder, long generation) {
    return folder.resolve("rows-" + generation);
  }

  static FileChannel create(Path file, int dimensions, long generation) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    head.put(MAGIC).putInt(FORMAT).putInt(dimensions).putLong(generation);
    head.putInt(checksum(head.array(), HEAD_USED - Integer.BYTES));
    Disk.writeFully(channel, head.clear(), 0);
    return channel;
  }

  /** Maps the rows (without the head) after checking head, length and checksum. */
  static MemorySegment map(
      Path file, int dimensions, long generation, int rows, int crc, Arena arena)
      throws IOException {
    long bytes = (long) rows * dimensions * Float.BYTES;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      checkHead(channel, file, dimensions, generation);
      if (channel.size() < HEAD_BYTES + bytes) {
        throw new CorruptShardException(
            file + " has " + channel.size() + " bytes, the commit refers to " + rows + " rows");
      }
      MemorySegment mapped = channel.map(FileChannel.MapMode.READ_ONLY, HEAD_BYTES, bytes, arena);
      int found = checksum(mapped);
      if (found != crc) {
        throw new CorruptShardException(
            "%s: checksum of %d rows is %08x, the commit has %08x"
                .formatted(file, rows, found, crc));
      }
      return mapped;
    }
  }

  static void checkHead(FileChannel channel, Path file, int dimensions, long generation)
      throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEAD_USED).order(ByteOrder.LITTLE_ENDIAN);
    if (channel.read(head, 0) < HEAD_USED) {
      throw new CorruptShardException(file + " is shorter than its head");
    }
    byte[] bytes = head.array();
    head.flip();
    boolean magic = ByteBuffer.wrap(bytes, 0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
    if (!magic || head.getInt(24) != checksum(bytes, HEAD_USED - Integer.BYTES)) {
      throw new CorruptShardException(file + " has no sound head");
    }
    if (head.getInt(8) != FORMAT) {
      throw new CorruptShardException(file + " has format " + head.getInt(8) + ", not " + FORMAT);
    }
    if (head.getInt(12) != dimensions || head.getLong(16) != generation) {
      throw new CorruptShardException(
          file + " is of generation " + head.getLong(16) + ", " + head.getInt(12) + " dimensions");
    }
  }

  static int checksum(MemorySegment bytes) {
    CRC32C crc = new CRC32C();
    for (long at = 0; at < bytes.byteSize(); at += CHECK_STEP) {
      crc.update(bytes.asSlice(at, Math.min(CHECK_STEP, bytes.byteSize() - at)).asByteBuffer());
    }
    return (int) crc.getValue();
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
