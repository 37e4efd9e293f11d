package io.likeness.shard.index;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one graph segment out of neighbouring segments, leaving out rows that no image refers to
 * any more: sealing and merging are the same work. Rows are copied in order of vids, so the new
 * segment covers the run of ids its sources covered. Runs for minutes on a large shard, beside
 * searches, touching nothing but its own new files; the shard makes them count.
 */
final class SegmentBuilder {

  private static final Logger log = LoggerFactory.getLogger(SegmentBuilder.class);

  /** How carefully a graph is made. */
  private enum Care {
    USUAL(32, 100),
    /** For data whose graph fell short of the floor. */
    GREAT(48, 250);

    final int degree;
    final int beam;

    Care(int degree, int beam) {
      this.degree = degree;
      this.beam = beam;
    }
  }

  private static final float OVERFLOW = 1.2f;
  private static final float ALPHA = 1.2f;

  /** A graph that finds less of the true nearest rows with the greatest effort is not published. */
  static final double RECALL_FLOOR = 0.95;

  /** Graphs are made by as many coordinates as keep this much of what rows differ by. */
  private static final double KEPT = 0.89;

  /** If these are more than this share of all dimensions, whole vectors make a better graph. */
  private static final double FEW = 0.5;

  /** Where codes leave more rows than this to be scored exactly, finer ones are tried. */
  private static final int SCORED_MANY = 40;

  /** Of a row's neighbours, about. */
  private static final int DEGREE_BYTES = 96;

  /** Rows are fetched from the disk this many at a time. */
  private static final int ROWS_AHEAD = 1_024;

  private static final int COORDINATES_MAX = 256;
  private static final int COORDINATES_STEP = 32;

  /** Bytes of the heap that JVector takes for a node while it builds, about. */
  private static final int HEAP_BYTES_PER_NODE = 500;

  /** Of the heap, for one build. */
  private static final double HEAP_SHARE = 0.4;

  private static final int NODES_PER_BREATH = 16;
  private static final int NODES_PER_CHECK = 64;

  private final Path folder;
  private final RowLayout layout;
  private final int dimensions;
  private final ShardSettings settings;
  private final ShardEvents host;
  private final BooleanSupplier cancelled;

  SegmentBuilder(
      Path folder,
      RowLayout layout,
      ShardSettings settings,
      ShardEvents host,
      BooleanSupplier cancelled) {
    this.folder = folder;
    this.layout = layout;
    this.dimensions = layout.dimensions();
    this.settings = settings;
    this.host = host;
    this.cancelled = cancelled;
  }

  /**
   * The new segment, durable but not yet referred to; empty where the shard closed meanwhile or the
   * graph fell short of the recall floor. The sources stay as they are.
   */
  Optional<Segment> build(long generation, List<Segment> sources, VidSet live) throws IOException {
    int[] vids = liveVids(sources, live);
    String what = "building a graph over " + vids.length + " rows in " + folder;
    MemoryLedger.Claim working = host.memory().claim(what, workingBytes(vids.length));
    try {
      return BuildThread.run(pool -> build(generation, sources, vids, pool));
    } finally {
      working.close();
    }
  }

  /** Rows whose graph can be built on this heap. */
  static int rowsMax() {
    return (int)
        Math.min(
            Integer.MAX_VALUE, HEAP_SHARE * Runtime.getRuntime().maxMemory() / HEAP_BYTES_PER_NODE);
  }

  /** Outside the heap: what is scored, the file's image, and the file read back. */
  private long workingBytes(int rows) {
    return (long) rows * (Short.BYTES * dimensions + 2 * (DEGREE_BYTES + settings.codeBytes()));
  }

  private Optional<Segment> build(
      long generation, List<Segment> sources, int[] vids, ForkJoinPool pool) throws IOException {
    Manifest.Rows rows = copyRows(folder, layout, generation, sources, vids);
    Segment flat = Segment.openFlat(folder, rows, layout);
    try {
      Projection strongest =
          Projection.learn(
              flat,
              dimensions,
              Math.max(COORDINATES_MAX, Codec.directionsMax(settings.codeBytes())));
      for (Care care : Care.values()) {
        try (Room room = new Room()) {
          Optional<GraphFile> graph = connect(flat, vids, strongest, care, room, pool);
          if (cancelled.getAsBoolean()) {
            break;
          }
          if (graph.isPresent()) {
            return Optional.of(publish(graph.get(), rows));
          }
        }
      }
    } finally {
      flat.release();
    }
    discard(folder, generation);
    return Optional.empty();
  }

  /** Takes away what was left of a segment that is not to be. */
  static void discard(Path folder, long generation) throws IOException {
    Files.deleteIfExists(RowFile.path(folder, generation));
    Files.deleteIfExists(GraphFile.path(folder, generation));
  }

  private Segment publish(GraphFile graph, Manifest.Rows rows) throws IOException {
    int checksum = graph.write(GraphFile.path(folder, rows.generation()));
    Disk.syncFolder(folder);
    // Read back from the disk, which proves what was written.
    return Segment.openGraph(
        folder, new Manifest.Graph(rows, graph.bytes(), checksum), layout, host.memory());
  }

  /** Empty: cancelled, or the graph falls short of the floor. */
  private Optional<GraphFile> connect(
      Segment flat, int[] vids, Projection strongest, Care care, Room room, ForkJoinPool pool)
      throws IOException {
    Bf16Scores scores = scores(flat, strongest, care, room.arena);
    try (GraphIndexBuilder builder =
        new GraphIndexBuilder(
            scores,
            scores.dimensions(),
            care.degree,
            care.beam,
            OVERFLOW,
            ALPHA,
            true,
            false,
            pool,
            pool)) {
      BuildPace pace = host.pace();
      for (int node = 0; node < flat.rows(); node++) {
        if (node % NODES_PER_CHECK == 0 && cancelled.getAsBoolean()) {
          return Optional.empty();
        }
        if (node % NODES_PER_BREATH == 0) {
          pace.breathe();
        }
        builder.addGraphNode(node, scores.searchProviderFor(node));
      }
      builder.cleanup();
      return calibrated(builder.getGraph(), flat, vids, strongest, care, room);
    }
  }

  /**
   * The graph with codes of the usual bytes; of half as many where these find as much at less cost:
   * half the memory, and two rows come with each fetch; of more where the usual ones are too coarse
   * for data that differs in many directions. Empty: below the floor.
   */
  private Optional<GraphFile> calibrated(
      ImmutableGraphIndex graph,
      Segment flat,
      int[] vids,
      Projection strongest,
      Care care,
      Room room)
      throws IOException {
    Calibration.Sample sample = Calibration.Sample.of(flat, dimensions);
    Candidate best =
        candidate(settings.codeBytes(), sample, graph, flat, vids, strongest, room.arena);
    int half = settings.codeBytes() / 2 / Codec.RUN * Codec.RUN;
    if (half > 0) {
      Candidate smaller = candidate(half, sample, graph, flat, vids, strongest, room.arena);
      double enough = Math.min(settings.recall(), best.measured().recall());
      if (smaller.measured().recall() >= enough && smaller.cost() < best.cost()) {
        best = smaller;
      }
    }
    int most = Math.min(ShardSettings.CODE_BYTES_MAX, dimensions);
    for (int bytes = 2 * settings.codeBytes();
        bytes <= most && wantsFiner(best, bytes);
        bytes *= 2) {
      if (!room.isThereFor((long) flat.rows() * (DEGREE_BYTES + bytes))) {
        break;
      }
      int directions = Math.min(dimensions, Codec.directionsMax(bytes));
      Projection more =
          strongest.size() < directions
              ? Projection.learn(flat, dimensions, directions)
              : strongest;
      Candidate finer = candidate(bytes, sample, graph, flat, vids, more, room.arena);
      if (isBetter(finer, best)) {
        best = finer;
      }
    }
    if (best.measured().recall() < RECALL_FLOOR) {
      log.error(
          "graph over {} rows in {}, made with {} care: {}; at least {} are demanded",
          flat.rows(),
          folder,
          care,
          best.measured(),
          RECALL_FLOOR);
      return Optional.empty();
    }
    log.info(
        "graph over {} rows in {}: {}, codes of {}",
        flat.rows(),
        folder,
        best.measured(),
        best.graph().codes().codec());
    best.graph().calibrate(best.measured());
    return Optional.of(best.graph());
  }

  /**
   * For speed alone, codes become twice as long and no longer, and not where somebody asked for
   * short ones.
   */
  private boolean wantsFiner(Candidate best, int bytes) {
    return isShort(best)
        || (best.measured().scored() > SCORED_MANY
            && bytes == 2 * settings.codeBytes()
            && settings.codeBytes() >= ShardSettings.DEFAULT.codeBytes());
  }

  private boolean isShort(Candidate candidate) {
    return candidate.measured().recall() < settings.recall();
  }

  private boolean isBetter(Candidate finer, Candidate coarser) {
    if (isShort(finer) || isShort(coarser)) {
      return finer.measured().recall() > coarser.measured().recall();
    }
    return finer.cost() < coarser.cost();
  }

  /** What one build holds outside the heap until its file is written. */
  private final class Room implements AutoCloseable {

    private final Arena arena = Arena.ofShared();
    private final List<MemoryLedger.Claim> claims = new ArrayList<>();

    boolean isThereFor(long bytes) {
      try {
        claims.add(host.memory().claim("finer codes in " + folder, bytes));
        return true;
      } catch (NoMemoryException tooMuch) {
        log.info("the usual codes have to do: {}", tooMuch.getMessage());
        return false;
      }
    }

    @Override
    public void close() {
      arena.close();
      claims.forEach(MemoryLedger.Claim::close);
    }
  }

  private record Candidate(GraphFile graph, Calibration measured) {
    double cost() {
      return measured.cost(graph.codes().codec());
    }
  }

  private Candidate candidate(
      int codeBytes,
      Calibration.Sample sample,
      ImmutableGraphIndex graph,
      Segment flat,
      int[] vids,
      Projection strongest,
      Arena arena)
      throws IOException {
    Codec codec = Codec.learn(flat, strongest, codeBytes);
    GraphFile made = GraphFile.make(graph, vids, flat, codec, arena);
    return new Candidate(made, sample.measure(made, settings.recall()));
  }

  private Bf16Scores scores(Segment flat, Projection strongest, Care care, Arena arena) {
    Optional<Projection> kept =
        care == Care.USUAL ? strongest.keeping(KEPT, COORDINATES_STEP, flat) : Optional.empty();
    if (kept.isEmpty() || kept.get().size() > FEW * dimensions) {
      return new Bf16Scores(flat::copyTo, flat.rows(), dimensions, arena);
    }
    float[] row = new float[dimensions];
    Bf16Scores.Source projected =
        (index, target) -> {
          flat.copyTo(index, row);
          kept.get().project(row, target);
        };
    return new Bf16Scores(projected, flat.rows(), kept.get().size(), arena);
  }

  private static int[] liveVids(List<Segment> sources, VidSet live) {
    int[] vids =
        new int[sources.stream().mapToInt(s -> live.sizeWithin(s.firstVid(), s.endVid())).sum()];
    int count = 0;
    for (Segment source : sources) {
      for (int vid = live.nextFrom(source.firstVid());
          vid >= 0 && vid < source.endVid();
          vid = live.nextFrom(vid + 1)) {
        vids[count++] = vid;
      }
    }
    return vids;
  }

  /** Writes these rows, each of which one of the segments has, as a file of their own. */
  static Manifest.Rows copyRows(
      Path folder, RowLayout layout, long generation, List<Segment> sources, int[] vids)
      throws IOException {
    BlockSums sums = new BlockSums(RowFile.blockBytes(layout));
    try (FileChannel channel =
        RowFile.create(RowFile.path(folder, generation), layout, generation)) {
      long position = RowFile.HEAD_BYTES;
      ByteBuffer bytes = ByteBuffer.allocate(layout.bytes());
      int next = 0;
      for (Segment source : sources) {
        int row = 0;
        int ahead = 0;
        for (; next < vids.length && vids[next] < source.endVid(); next++) {
          row = source.rowOf(vids[next], row);
          if (row >= ahead) {
            source.fetch(row, ROWS_AHEAD);
            ahead = row + ROWS_AHEAD;
          }
          source.copyTo(row, bytes.clear());
          sums.update(bytes);
          Disk.writeFully(channel, bytes, position);
          position += layout.bytes();
        }
      }
      RowFile.seal(channel, sums, position - RowFile.HEAD_BYTES);
      channel.force(true);
    }
    int firstVid = vids.length == 0 ? sources.getFirst().firstVid() : vids[0];
    return new Manifest.Rows(generation, firstVid, vids.length, sums.checksum());
  }
}
