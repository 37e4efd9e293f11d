package io.likeness.shard.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Sealed rows, mapped from their file and never written again: flat (scanned exactly, vids dense)
 * until a builder has made a graph of them. Counted references: the shard holds one, each view one;
 * who drops the last unmaps.
 */
final class Segment implements RowBlock {

  /** A row in memory is read and scored in a tenth of this, one on a disk in ten times as much. */
  private static final long COLD_NANOS = 4_000;

  private final Manifest.Rows rows;
  private final Manifest.@Nullable Graph entry;
  private final @Nullable GraphFile graph;
  // Of a flat segment only where a codec was known.
  private volatile @Nullable Codes codes;
  private final MemorySegment vectors;
  private final BlockChecks checks;
  private volatile long nanosPerRow;
  private final FileChannel channel;
  private final RowLayout layout;
  private final int rowBytes;
  private final int blockShift;
  private final List<Path> files;
  private final Arena arena;
  private final MemoryLedger.@Nullable Claim claim;
  private final AtomicInteger references = new AtomicInteger(1);

  private Segment(
      Manifest.Rows rows,
      Manifest.@Nullable Graph entry,
      @Nullable GraphFile graph,
      RowFile.Mapped mapped,
      RowLayout layout,
      List<Path> files,
      Arena arena,
      MemoryLedger.@Nullable Claim claim) {
    this.rows = rows;
    this.entry = entry;
    this.graph = graph;
    this.codes = graph == null ? null : graph.codes();
    this.vectors = mapped.rows();
    this.checks = mapped.checks();
    this.channel = mapped.channel();
    this.layout = layout;
    this.rowBytes = layout.bytes();
    this.blockShift = RowFile.blockShift(layout);
    this.files = files;
    this.arena = arena;
    this.claim = claim;
  }

  static Segment openFlat(Path folder, Manifest.Rows rows, RowLayout layout) throws IOException {
    return open(folder, rows, null, layout, null);
  }

  /** Claims the memory first, and gives it back when the last reader has left. */
  static Segment openGraph(Path folder, Manifest.Graph entry, RowLayout layout, MemoryLedger ledger)
      throws IOException {
    Path file = GraphFile.path(folder, entry.rows().generation());
    MemoryLedger.Claim claim = ledger.claim("graph " + file, entry.graphBytes());
    try {
      return open(folder, entry.rows(), entry, layout, claim);
    } catch (IOException | RuntimeException e) {
      claim.close();
      throw e;
    }
  }

  private static Segment open(
      Path folder,
      Manifest.Rows rows,
      Manifest.@Nullable Graph entry,
      RowLayout layout,
      MemoryLedger.@Nullable Claim claim)
      throws IOException {
    // Shared, not automatic: a segment is unmapped when its last reader leaves, not some time
    // later.
    Arena arena = Arena.ofShared();
    RowFile.Mapped mapped = null;
    try {
      Path rowFile = RowFile.path(folder, rows.generation());
      mapped = RowFile.map(rowFile, rows, layout, arena);
      if (entry == null) {
        return new Segment(rows, null, null, mapped, layout, List.of(rowFile), arena, null);
      }
      OffHeap.isReadAtRandom(mapped.rows());
      Path graphFile = GraphFile.path(folder, rows.generation());
      GraphFile graph =
          GraphFile.open(graphFile, rows.rows(), entry.graphBytes(), entry.graphChecksum(), arena);
      return new Segment(
          rows, entry, graph, mapped, layout, List.of(rowFile, graphFile), arena, claim);
    } catch (IOException | RuntimeException e) {
      if (mapped != null) {
        mapped.channel().close();
      }
      arena.close();
      throw e;
    }
  }

  Segment retain() {
    if (references.getAndIncrement() <= 0) {
      throw new IllegalStateException("segment " + rows.generation() + " is closed already");
    }
    return this;
  }

  void release() {
    if (references.decrementAndGet() == 0) {
      arena.close();
      if (claim != null) {
        claim.close();
      }
      try {
        channel.close();
      } catch (IOException e) {
        // It was only read from; nothing hangs on its end.
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Nobody but the asker holds it any more. */
  boolean isReplaced() {
    return references.get() == 1;
  }

  boolean hasGraph() {
    return graph != null;
  }

  @Nullable GraphFile graph() {
    return graph;
  }

  Manifest.Rows entry() {
    return rows;
  }

  Manifest.Graph graphEntry() {
    if (entry == null) {
      throw new IllegalStateException("segment " + rows.generation() + " has no graph");
    }
    return entry;
  }

  /** What another replica is told of its graph. */
  GraphOffer offer() {
    Manifest.Graph own = graphEntry();
    return new GraphOffer(
        rows.generation(),
        firstVid(),
        endVid(),
        rows.rows(),
        rows.checksum(),
        own.graphBytes(),
        own.graphChecksum());
  }

  List<Path> files() {
    return files;
  }

  @Override
  public int firstVid() {
    return graph == null || rows.rows() == 0 ? rows.firstVid() : graph.vid(0);
  }

  @Override
  public int endVid() {
    if (graph == null || rows.rows() == 0) {
      return rows.firstVid() + rows.rows();
    }
    return graph.vid(rows.rows() - 1) + 1;
  }

  @Override
  public int rows() {
    return rows.rows();
  }

  @Override
  public int vid(int row) {
    return graph == null ? rows.firstVid() + row : graph.vid(row);
  }

  @Override
  public int rowOf(int vid, int from) {
    return graph == null ? vid - rows.firstVid() : graph.rowOf(vid, from);
  }

  @Override
  public float score(int row, float[] query) {
    checks.require(row >>> blockShift);
    return layout.score(vectors, (long) row * rowBytes, query);
  }

  @Override
  public void copyTo(int row, float[] target) {
    checks.require(row >>> blockShift);
    layout.get(vectors, (long) row * rowBytes, target);
  }

  /** Which blocks of rows are known to be sound; every use of a row asks it. */
  BlockChecks checks() {
    return checks;
  }

  @Override
  public @Nullable Codes codes() {
    return codes;
  }

  /** Gives a flat segment codes, from now on. */
  void encoded(Codes codes) {
    this.codes = codes;
  }

  /** Held in memory for searches, beside what the system keeps of the rows. */
  long bytesInMemory() {
    Codes own = codes;
    return graph != null ? graph.bytes() : own != null ? own.bytesInMemory() : 0;
  }

  // ---- Reading from the disk ----

  /**
   * Whether rows lately came from the disk rather than from memory. Then it pays to ask for all a
   * search may need at once; otherwise asking would cost more than reading.
   */
  boolean isCold() {
    return nanosPerRow > COLD_NANOS;
  }

  /** Has these rows fetched, as far as there are so many, without waiting for them. */
  void fetch(int row, int count) {
    int first = row;
    int end = Math.min(row + count, rows());
    // Of a block that nobody has read yet all is needed, for its checksum.
    if (!checks.isChecked(first >>> blockShift)) {
      first = first >>> blockShift << blockShift;
    }
    if (!checks.isChecked((end - 1) >>> blockShift)) {
      end = Math.min(((end - 1) >>> blockShift) + 1 << blockShift, rows());
    }
    OffHeap.fetch(vectors, (long) first * rowBytes, (long) (end - first) * rowBytes);
  }

  /** So many rows were read, here and there, in so long. */
  void read(int rows, long nanos) {
    // Races lose a measurement, and the next search brings another.
    nanosPerRow = (3 * nanosPerRow + nanos / rows) / 4;
  }

  /** The row's bytes, for a builder that copies them. */
  void copyTo(int row, ByteBuffer target) {
    checks.require(row >>> blockShift);
    MemorySegment.copy(
        vectors, (long) row * rowBytes, MemorySegment.ofBuffer(target), 0, target.remaining());
  }
}
