package io.likeness.shard.index;

import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.NodesIterator;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The graph over a row file, {@code graph-<generation>}, in a packed form: neighbours of the lowest
 * level as one table of fixed width, so that a walk reads one stretch of memory per node it
 * expands. JVector's own disk form puts the vectors between the neighbours and costs a page fault
 * per step when cold. Everything is int32, little-endian; length and CRC-32C stand in the commit.
 *
 * <pre>
 * magic "LKNSGRPH", format, rows n, degree m, upper levels, entry node, 0
 * n      vids, rising
 * n * m  neighbours at level 0, filled up with -1
 * per upper level, lowest first: count, then count times (node, k, k neighbours)
 * </pre>
 */
final class GraphFile {

  static final int FORMAT = 1;
  static final int NONE = -1;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long MAGIC = 0x48505247534e4b4cL; // "LKNSGRPH" read as little-endian
  private static final int HEAD_BYTES = 32;

  private final MemorySegment vids;
  private final MemorySegment neighbours;
  private final int rows;
  private final int degree;
  private final int entry;
  private final List<Map<Integer, int[]>> upper;
  private final long bytes;
  private final int checksum;

  private GraphFile(MemorySegment file, Path path, int rows, int checksum)
      throws CorruptShardException {
    this.bytes = file.byteSize();
    this.checksum = checksum;
    this.rows = rows;
    if (bytes < HEAD_BYTES
        || file.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0)
            != MAGIC) {
      throw new CorruptShardException(path + " has no sound head");
    }
    if (file.get(INT, 8) != FORMAT || file.get(INT, 12) != rows) {
      throw new CorruptShardException(
          path + " has format " + file.get(INT, 8) + " and " + file.get(INT, 12) + " rows");
    }
    this.degree = file.get(INT, 16);
    this.entry = file.get(INT, 24);
    int levels = file.get(INT, 20);
    long at = HEAD_BYTES;
    this.vids = file.asSlice(at, (long) rows * Integer.BYTES);
    at += vids.byteSize();
    this.neighbours = file.asSlice(at, (long) rows * degree * Integer.BYTES);
    at += neighbours.byteSize();
    this.upper = new ArrayList<>();
    for (int level = 0; level < levels; level++) {
      int count = file.get(INT, at);
      at += Integer.BYTES;
      Map<Integer, int[]> nodes = HashMap.newHashMap(count);
      for (int i = 0; i < count; i++) {
        int[] near = new int[file.get(INT, at + Integer.BYTES)];
        MemorySegment.copy(file, INT, at + 2 * Integer.BYTES, near, 0, near.length);
        nodes.put(file.get(INT, at), near);
        at += (2L + near.length) * Integer.BYTES;
      }
      upper.add(nodes);
    }
  }

  static Path path(Path folder, long generation) {
    return folder.resolve("graph-" + generation);
  }

  static GraphFile open(Path path, int rows, long bytes, int checksum, Arena arena)
      throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != bytes) {
        throw new CorruptShardException(
            path + " has " + channel.size() + " bytes, the commit has " + bytes);
      }
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena);
      int found = BlockSums.of(file);
      if (found != checksum) {
        throw new CorruptShardException(
            "%s: checksum is %08x, the commit has %08x".formatted(path, found, checksum));
      }
      return new GraphFile(file, path, rows, checksum);
    }
  }

  /** Length and checksum of a file just written. */
  record Written(long bytes, int checksum) {}

  /** Writes the finished graph durably. {@code vids} has one rising entry per node. */
  static Written write(Path path, ImmutableGraphIndex graph, int[] vids) throws IOException {
    try (FileChannel channel =
            FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        ImmutableGraphIndex.View view = graph.getView()) {
      Writer out = new Writer(channel);
      int degree = graph.getDegree(0);
      out.putLong(MAGIC);
      out.put(FORMAT);
      out.put(vids.length);
      out.put(degree);
      out.put(graph.getMaxLevel());
      out.put(view.entryNode().node);
      out.put(0);
      for (int vid : vids) {
        out.put(vid);
      }
      for (int node = 0; node < vids.length; node++) {
        int put = 0;
        for (NodesIterator near = view.getNeighborsIterator(0, node); near.hasNext(); put++) {
          out.put(near.nextInt());
        }
        for (; put < degree; put++) {
          out.put(NONE);
        }
      }
      for (int level = 1; level <= graph.getMaxLevel(); level++) {
        NodesIterator nodes = graph.getNodes(level);
        out.put(nodes.size());
        while (nodes.hasNext()) {
          int node = nodes.nextInt();
          NodesIterator near = view.getNeighborsIterator(level, node);
          out.put(node);
          out.put(near.size());
          while (near.hasNext()) {
            out.put(near.nextInt());
          }
        }
      }
      out.flush();
      channel.force(true);
      return new Written(out.written, (int) out.crc.getValue());
    }
  }

  /** Buffers and counts on the way out. */
  private static final class Writer {
    private final FileChannel channel;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private long written;

    Writer(FileChannel channel) {
      this.channel = channel;
    }

    void put(int value) throws IOException {
      if (buffer.remaining() < Integer.BYTES) {
        flush();
      }
      buffer.putInt(value);
    }

    void putLong(long value) throws IOException {
      put((int) value);
      put((int) (value >>> 32));
    }

    void flush() throws IOException {
      buffer.flip();
      crc.update(buffer.duplicate());
      int count = buffer.remaining();
      Disk.writeFully(channel, buffer, written);
      written += count;
      buffer.clear();
    }
  }

  int vid(int row) {
    return vids.get(INT, (long) row * Integer.BYTES);
  }

  /** Gallops forward from {@code from}: callers ask in rising order, mostly for the near. */
  int rowOf(int vid, int from) {
    int low = from;
    int step = 1;
    while (low + step < rows && vid(low + step) <= vid) {
      low += step;
      step <<= 1;
    }
    int high = Math.min(rows - 1, low + step);
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (vid(middle) <= vid) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (vid(low) != vid) {
      throw new IllegalStateException("vid " + vid + " has no row in its segment");
    }
    return low;
  }

  int degree() {
    return degree;
  }

  int entry() {
    return entry;
  }

  /** -1: no more neighbours. */
  int neighbour(int node, int index) {
    return neighbours.get(INT, ((long) node * degree + index) * Integer.BYTES);
  }

  /** Neighbours above the lowest level, highest level last. */
  List<Map<Integer, int[]>> upper() {
    return upper;
  }

  int rows() {
    return rows;
  }

  long bytes() {
    return bytes;
  }

  int checksum() {
    return checksum;
  }
}
