package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The youngest rows: in memory for searches, and in a file that catches up whenever a commit is
 * about to refer to it. Between commits the file may lag or lead; only the rows a commit counts are
 * ever read back, the log brings the rest again. One writer at a time; searches use {@link
 * #block()}.
 */
final class Tail implements Closeable {

  static final int CHUNK_ROWS = 256;

  private final Path file;
  private final long generation;
  private final RowLayout layout;
  private final int rowBytes;
  private final int firstVid;
  private final FileChannel channel;
  private final BlockSums sums;
  private MemorySegment[] chunks = new MemorySegment[0];
  private @Nullable Codes codes;
  private Codes.@Nullable Writer encoder;
  private final float[] encoded;
  private int rows;
  private int written;

  private Tail(Path file, long generation, RowLayout layout, int firstVid, FileChannel channel) {
    this.file = file;
    this.generation = generation;
    this.layout = layout;
    this.rowBytes = layout.bytes();
    this.firstVid = firstVid;
    this.channel = channel;
    this.encoded = new float[layout.dimensions()];
    this.sums = new BlockSums(RowFile.blockBytes(layout));
  }

  static Tail create(Path folder, long generation, RowLayout layout, int firstVid)
      throws IOException {
    Path file = RowFile.path(folder, generation);
    FileChannel channel = RowFile.create(file, layout, generation);
    Disk.syncFolder(folder);
    return new Tail(file, generation, layout, firstVid, channel);
  }

  /** Reads the committed rows back and forgets what was written behind them. */
  static Tail open(Path folder, Manifest.Rows committed, RowLayout layout) throws IOException {
    Path file = RowFile.path(folder, committed.generation());
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    Tail tail = new Tail(file, committed.generation(), layout, committed.firstVid(), channel);
    try {
      tail.read(committed);
      channel.truncate(RowFile.HEAD_BYTES + (long) committed.rows() * tail.rowBytes);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
    tail.written = tail.rows;
    return tail;
  }

  private void read(Manifest.Rows committed) throws IOException {
    RowFile.checkHead(channel, file, layout, generation);
    while (rows < committed.rows()) {
      MemorySegment chunk = room();
      int count = Math.min(CHUNK_ROWS, committed.rows() - rows);
      MemorySegment read = chunk.asSlice(0, (long) count * rowBytes);
      Disk.readFully(channel, read.asByteBuffer(), RowFile.HEAD_BYTES + (long) rows * rowBytes);
      sums.update(read.asByteBuffer());
      rows += count;
    }
    RowFile.checkTable(file, committed, sums.checksum());
  }

  /** Returns the vid of the new row. */
  int append(ByteString vector) {
    MemorySegment chunk = room();
    long at = (long) (rows % CHUNK_ROWS) * rowBytes;
    layout.put(vector, chunk, at);
    encode(chunk, at);
    return firstVid + rows++;
  }

  /** The chunk of the next row. */
  private MemorySegment room() {
    int chunk = rows / CHUNK_ROWS;
    if (chunk == chunks.length) {
      // A new array each time: blocks handed out keep the one they have.
      chunks = Arrays.copyOf(chunks, chunk + 1);
      // Freed by the collector once neither tail nor any view holds it.
      chunks[chunk] = Arena.ofAuto().allocate((long) CHUNK_ROWS * rowBytes, 64);
    }
    return chunks[chunk];
  }

  /** From now on the rows have codes, like these. */
  void encode(Codes like) {
    codes = like.of(block());
    encoder = codes.writer();
  }

  private void encode(MemorySegment chunk, long at) {
    Codes now = codes;
    Codes.Writer writer = encoder;
    if (now == null || writer == null) {
      return;
    }
    // Blocks handed out keep the codes they have.
    Codes roomy = now.withRoom(rows + 1);
    if (roomy != now) {
      codes = roomy;
      writer = roomy.writer();
      encoder = writer;
    }
    layout.get(chunk, at, encoded);
    writer.put(rows, encoded);
  }

  @Nullable Codes codes() {
    return codes;
  }

  /**
   * Brings the file up to date and says what a commit has to write down. Not yet durable: the
   * commit syncs the file before it takes effect.
   */
  Manifest.Rows flush() throws IOException {
    if (written < rows) {
      for (int row = written; row < rows; ) {
        int inChunk = row % CHUNK_ROWS;
        int count = Math.min(CHUNK_ROWS - inChunk, rows - row);
        MemorySegment fresh =
            chunks[row / CHUNK_ROWS].asSlice((long) inChunk * rowBytes, (long) count * rowBytes);
        Disk.writeFully(channel, fresh.asByteBuffer(), RowFile.HEAD_BYTES + (long) row * rowBytes);
        sums.update(fresh.asByteBuffer());
        row += count;
        // Step by step: where the disk is full, the next flush goes on where this one ended.
        written = row;
      }
    }
    return new Manifest.Rows(generation, firstVid, rows, sums.checksum());
  }

  /** Flushes for the last time: the file becomes one that {@link RowFile#map} opens. */
  Manifest.Rows seal() throws IOException {
    Manifest.Rows entry = flush();
    RowFile.seal(channel, sums, (long) rows * rowBytes);
    return entry;
  }

  int rows() {
    return rows;
  }

  int endVid() {
    return firstVid + rows;
  }

  Path file() {
    return file;
  }

  long bytesInMemory() {
    return (long) chunks.length * CHUNK_ROWS * rowBytes
        + (codes == null ? 0 : codes.bytesInMemory());
  }

  /** The rows there are now; later ones do not show in it. */
  RowBlock block() {
    return new Block(chunks, firstVid, rows, layout, codes);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static final class Block implements RowBlock {

    private final MemorySegment[] chunks;
    private final int firstVid;
    private final int rows;
    private final RowLayout layout;
    private final int rowBytes;
    private final @Nullable Codes codes;

    Block(MemorySegment[] chunks, int firstVid, int rows, RowLayout layout, @Nullable Codes codes) {
      this.chunks = chunks;
      this.firstVid = firstVid;
      this.rows = rows;
      this.layout = layout;
      this.rowBytes = layout.bytes();
      this.codes = codes;
    }

    @Override
    public int firstVid() {
      return firstVid;
    }

    @Override
    public int endVid() {
      return firstVid + rows;
    }

    @Override
    public int rows() {
      return rows;
    }

    @Override
    public int vid(int row) {
      return firstVid + row;
    }

    @Override
    public int rowOf(int vid, int from) {
      return vid - firstVid;
    }

    @Override
    public @Nullable Codes codes() {
      return codes;
    }

    @Override
    public float score(int row, float[] query) {
      return layout.score(chunks[row / CHUNK_ROWS], offset(row), query);
    }

    @Override
    public void copyTo(int row, float[] target) {
      layout.get(chunks[row / CHUNK_ROWS], offset(row), target);
    }

    private long offset(int row) {
      return (long) (row % CHUNK_ROWS) * rowBytes;
    }
  }
}
