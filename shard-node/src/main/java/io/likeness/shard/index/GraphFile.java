package io.likeness.shard.index;

import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.NodesIterator;
import io.likeness.proto.wire.NewerFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.CRC32C;

/**
 * Everything of a segment that searches jump about in, {@code graph-<generation>}: which vids its
 * rows have, each row's neighbours in as few bits as the number of rows allows, and its code. Read
 * into memory as it lies on disk: some 120 to 170 bytes a row. Length and CRC-32C stand in the
 * commit. Numbers are little-endian, each part begins at a multiple of 64 bytes.
 *
 * <pre>
 * 0    8  magic "LKNSGRPH"
 * 8    4  format version
 * 12   4  rows n
 * 16   4  degree m
 * 20   4  bits of a neighbour b
 * 24   4  dimensions of the vectors d
 * 28   4  coordinates of a code c
 * 32   4  how many of them have 8 bits; the others have 4
 * 36   4  first vid
 * 40   4  1: vids have no gaps, and are not listed
 * 44   4  margin (float): a true score is hardly ever more than this above the code's
 * 48   4  effort that finds the best 10
 * 52   4  effort that finds the best 100
 * 64      n vids, rising (none without gaps)
 *         n times m neighbours of b bits, a row's in whole bytes; no more neighbours: the row itself
 *         c lowest values, c steps, c directions of d floats
 *         n codes
 * </pre>
 *
 * <p>There are no upper levels: a walk starts at the best of a sample of rows, whose codes lie side
 * by side. That costs what descending through levels costs, finds as much, and needs no memory.
 */
final class GraphFile {

  static final int FORMAT = 2;

  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long MAGIC = 0x48505247534e4b4cL; // "LKNSGRPH" read as little-endian
  private static final int HEAD_BYTES = 64;
  private static final int ALIGNMENT = 64;
  private static final int MARGIN_AT = 44;
  private static final int EFFORTS_AT = 48;
  private static final int STEP = 1 << 20;

  /** Starts are looked for among this many times the square root of all rows. */
  private static final double STARTS = 0.5;

  private final MemorySegment file;
  private final int rows;
  private final int degree;
  private final int bits;
  private final int stride;
  private final int firstVid;
  private final MemorySegment vids;
  private final MemorySegment neighbours;
  private final Codes codes;
  private final Codes starts;
  private final int startCount;

  /** The parts of a file and where they lie. */
  private record Layout(
      int rows, int degree, int bits, int dimensions, int coordinates, int wide, boolean dense) {

    int stride() {
      return (degree * bits + Byte.SIZE - 1) / Byte.SIZE;
    }

    long vids() {
      return HEAD_BYTES;
    }

    long neighbours() {
      return aligned(vids() + (dense ? 0 : (long) rows * Integer.BYTES));
    }

    long codec() {
      // A neighbour is read as part of eight bytes, the last one too.
      return aligned(neighbours() + (long) rows * stride() + Long.BYTES);
    }

    long codes() {
      return aligned(codec() + (2L + dimensions) * coordinates * Float.BYTES);
    }

    int codeBytes() {
      return wide + (coordinates - wide) / 2;
    }

    long end() {
      return aligned(codes() + (long) rows * codeBytes());
    }

    private static long aligned(long at) {
      return (at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
  }

  private GraphFile(MemorySegment file, Layout layout, Arena arena) {
    this.file = file;
    this.rows = layout.rows();
    this.degree = layout.degree();
    this.bits = layout.bits();
    this.stride = layout.stride();
    this.firstVid = file.get(INT, 36);
    this.vids = file.asSlice(layout.vids(), layout.dense() ? 0 : (long) rows * Integer.BYTES);
    this.neighbours = file.asSlice(layout.neighbours(), layout.codec() - layout.neighbours());
    this.codes =
        new Codes(
            readCodec(file, layout),
            file.asSlice(layout.codes(), (long) rows * layout.codeBytes()),
            file.get(RowFile.FLOAT, MARGIN_AT));
    this.startCount = (int) Math.min(rows, Math.ceil(STARTS * Math.sqrt(rows)));
    this.starts = codes.spread(startCount, rows, arena);
  }

  static Path path(Path folder, long generation) {
    return folder.resolve("graph-" + generation);
  }

  // ---- Reading ----

  static GraphFile open(Path path, int rows, long bytes, int checksum, Arena arena)
      throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      if (channel.size() != bytes) {
        throw new CorruptShardException(
            path + " has " + channel.size() + " bytes, the commit has " + bytes);
      }
      MemorySegment file = OffHeap.allocate(arena, bytes);
      CRC32C crc = new CRC32C();
      for (long at = 0; at < bytes; ) {
        ByteBuffer part = file.asSlice(at, Math.min(STEP, bytes - at)).asByteBuffer();
        while (part.hasRemaining()) {
          if (channel.read(part, at + part.position()) < 0) {
            throw new CorruptShardException(path + " ends at byte " + (at + part.position()));
          }
        }
        at += part.position();
        crc.update(part.flip());
      }
      if ((int) crc.getValue() != checksum) {
        throw new CorruptShardException(
            "%s: checksum is %08x, the commit has %08x"
                .formatted(path, (int) crc.getValue(), checksum));
      }
      return of(file, path, rows, arena);
    }
  }

  private static GraphFile of(MemorySegment file, Path path, int rows, Arena arena)
      throws IOException {
    if (file.byteSize() < HEAD_BYTES || file.get(LONG, 0) != MAGIC) {
      throw new CorruptShardException(path + " has no sound head");
    }
    NewerFormatException.check(path.toString(), file.get(INT, 8), FORMAT);
    if (file.get(INT, 8) != FORMAT || file.get(INT, 12) != rows) {
      throw new CorruptShardException(
          "%s has format %d and %d rows, not format %d and %d rows"
              .formatted(path, file.get(INT, 8), file.get(INT, 12), FORMAT, rows));
    }
    Layout layout =
        new Layout(
            rows,
            file.get(INT, 16),
            file.get(INT, 20),
            file.get(INT, 24),
            file.get(INT, 28),
            file.get(INT, 32),
            file.get(INT, 40) == 1);
    if (layout.end() != file.byteSize()) {
      throw new CorruptShardException(
          path + " has " + file.byteSize() + " bytes, its head describes " + layout.end());
    }
    return new GraphFile(file, layout, arena);
  }

  /** Only the vids of a file whose checksum has been found right; rising, if it is sound. */
  static int[] vids(Path path, int rows) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      Disk.readFully(channel, head, 0);
      if (head.getLong(0) != MAGIC || head.getInt(8) != FORMAT || head.getInt(12) != rows) {
        throw new CorruptShardException(
            "%s is no graph of format %d over %d rows".formatted(path, FORMAT, rows));
      }
      int[] vids = new int[rows];
      if (head.getInt(40) == 1) {
        Arrays.setAll(vids, row -> head.getInt(36) + row);
        return vids;
      }
      ByteBuffer list = ByteBuffer.allocate(rows * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      Disk.readFully(channel, list, HEAD_BYTES);
      list.flip().asIntBuffer().get(vids);
      return vids;
    }
  }

  private static Codec readCodec(MemorySegment file, Layout layout) {
    int size = layout.coordinates();
    long at = layout.codec();
    float[] low = floats(file, at, size);
    float[] step = floats(file, at + (long) size * Float.BYTES, size);
    float[][] basis = new float[size][];
    for (int k = 0; k < size; k++) {
      long direction = at + (2L * size + (long) k * layout.dimensions()) * Float.BYTES;
      basis[k] = floats(file, direction, layout.dimensions());
    }
    return new Codec(new Projection(layout.dimensions(), basis), layout.wide(), low, step);
  }

  private static float[] floats(MemorySegment file, long at, int count) {
    float[] values = new float[count];
    MemorySegment.copy(file, RowFile.FLOAT, at, values, 0, count);
    return values;
  }

  // ---- Making ----

  /**
   * The image of a file in memory, searchable; {@link #write} puts it on disk once it has been
   * {@link #calibrate calibrated}. {@code vids} has one rising entry per node.
   */
  static GraphFile make(
      ImmutableGraphIndex graph, int[] vids, RowBlock rows, Codec codec, Arena arena)
      throws IOException {
    boolean dense = vids.length == 0 || vids[vids.length - 1] - vids[0] == vids.length - 1;
    int bits = Math.max(1, Integer.SIZE - Integer.numberOfLeadingZeros(vids.length - 1));
    Layout layout =
        new Layout(
            vids.length,
            graph.getDegree(0),
            bits,
            codec.projection().dimensions(),
            codec.projection().size(),
            codec.wide(),
            dense);
    MemorySegment file = OffHeap.allocate(arena, layout.end());
    file.set(LONG, 0, MAGIC);
    int[] head = {
      FORMAT,
      layout.rows(),
      layout.degree(),
      layout.bits(),
      layout.dimensions(),
      layout.coordinates(),
      layout.wide(),
      vids.length == 0 ? 0 : vids[0],
      dense ? 1 : 0
    };
    MemorySegment.copy(head, 0, file, INT, 8, head.length);
    if (!dense) {
      MemorySegment.copy(vids, 0, file, INT, layout.vids(), vids.length);
    }
    pack(graph, layout, file);
    writeCodec(codec, layout, file);
    MemorySegment codes = file.asSlice(layout.codes(), (long) vids.length * layout.codeBytes());
    Codes.Writer writer = new Codes.Writer(codec, codes, null);
    float[] row = new float[layout.dimensions()];
    for (int i = 0; i < vids.length; i++) {
      rows.copyTo(i, row);
      writer.put(i, row);
    }
    return new GraphFile(file, layout, arena);
  }

  private static void pack(ImmutableGraphIndex graph, Layout layout, MemorySegment file)
      throws IOException {
    try (ImmutableGraphIndex.View view = graph.getView()) {
      for (int node = 0; node < layout.rows(); node++) {
        long at = layout.neighbours() + (long) node * layout.stride();
        NodesIterator near = view.getNeighborsIterator(0, node);
        for (int i = 0; i < layout.degree(); i++) {
          long neighbour = near.hasNext() ? near.nextInt() : node;
          long bit = (long) i * layout.bits();
          long place = at + bit / Byte.SIZE;
          file.set(LONG, place, file.get(LONG, place) | neighbour << (bit % Byte.SIZE));
        }
      }
    }
  }

  private static void writeCodec(Codec codec, Layout layout, MemorySegment file) {
    int size = layout.coordinates();
    long at = layout.codec();
    MemorySegment.copy(codec.low(), 0, file, RowFile.FLOAT, at, size);
    MemorySegment.copy(codec.step(), 0, file, RowFile.FLOAT, at + (long) size * Float.BYTES, size);
    for (int k = 0; k < size; k++) {
      long direction = at + (2L * size + (long) k * layout.dimensions()) * Float.BYTES;
      float[] values = codec.projection().direction(k);
      MemorySegment.copy(values, 0, file, RowFile.FLOAT, direction, values.length);
    }
  }

  /** Notes what was measured on the finished graph. */
  void calibrate(Calibration measured) {
    file.set(RowFile.FLOAT, MARGIN_AT, measured.margin());
    file.set(INT, EFFORTS_AT, measured.effortFor10());
    file.set(INT, EFFORTS_AT + Integer.BYTES, measured.effortFor100());
  }

  /** Writes the image durably and returns its checksum. */
  int write(Path path) throws IOException {
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long at = 0; at < bytes(); at += STEP) {
        ByteBuffer part = file.asSlice(at, Math.min(STEP, bytes() - at)).asByteBuffer();
        Disk.writeFully(channel, part, at);
      }
      channel.force(true);
      return BlockSums.of(file);
    }
  }

  // ---- Asking ----

  long bytes() {
    return file.byteSize();
  }

  int rows() {
    return rows;
  }

  int degree() {
    return degree;
  }

  Codes codes() {
    return codes;
  }

  /** Rows a walk must keep to find the best {@code limit} as truly as was demanded at building. */
  int effort(int limit) {
    int for10 = file.get(INT, EFFORTS_AT);
    int for100 = file.get(INT, EFFORTS_AT + Integer.BYTES);
    if (limit <= 10) {
      return for10;
    }
    long effort =
        limit <= 100
            ? for10 + (long) (for100 - for10) * (limit - 10) / 90
            : (long) for100 * limit / 100;
    return (int) Math.min(rows, Math.max(effort, limit));
  }

  /** A row near the query, to walk from. */
  int start(Codec.Query query) {
    Codes.Scorer scorer = starts.scorer(query);
    int best = 0;
    float most = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < startCount; i++) {
      float score = scorer.score(i);
      if (score > most) {
        most = score;
        best = i;
      }
    }
    return Codes.spreadRow(best, startCount, rows);
  }

  /** A row's neighbours, {@link #degree} of them; those it lacks are the row itself. */
  void neighbours(int row, int[] into) {
    long at = (long) row * stride;
    long mask = (1L << bits) - 1;
    for (int i = 0, bit = 0; i < degree; i++, bit += bits) {
      into[i] = (int) (neighbours.get(LONG, at + (bit >>> 3)) >>> (bit & 7) & mask);
    }
  }

  int vid(int row) {
    return vids.byteSize() == 0 ? firstVid + row : vids.get(INT, (long) row * Integer.BYTES);
  }

  /** Gallops forward from {@code from}: callers ask in rising order, mostly for the near. */
  int rowOf(int vid, int from) {
    if (vids.byteSize() == 0) {
      return Objects.checkIndex(vid - firstVid, rows);
    }
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
}
