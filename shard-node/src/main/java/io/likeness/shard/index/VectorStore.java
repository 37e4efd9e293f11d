package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The vector half of a shard: sealed segments with graphs, sealed segments still without, and the
 * tail, in rising order of vector ids. A vid names one row for ever and is live once: a new vector
 * of an image gets a new one. Not safe for threads; the shard calls it under its lock, and only
 * builds run outside.
 */
final class VectorStore implements Closeable {

  /** Graphs a search has to walk at most, once building has caught up. */
  static final int GRAPHS_MAX = 4;

  /** Rows of a graph at most: larger ones take too long to make anew. */
  private static final int GRAPH_ROWS_MAX = 5_000_000;

  /** The last vid that may be given; beyond it bit sets would overflow. */
  private static final int VID_MAX = Integer.MAX_VALUE - 64;

  private final Path folder;
  private final ShardSettings settings;
  private final List<Segment> segments;
  private final VidSet live = new VidSet(0);
  private RowLayout layout;
  private long nextGeneration;
  private int nextVid;
  private @Nullable Tail tail;
  // Written, but perhaps only into the system's memory.
  private final Set<Path> unsynced = new HashSet<>();
  // Generations of the sources whose graph fell short: it would again.
  private List<Long> refused = List.of();

  private VectorStore(
      Path folder, ShardSettings settings, List<Segment> segments, Manifest manifest) {
    this.folder = folder;
    this.settings = settings;
    this.segments = segments;
    this.layout = manifest.layout();
    this.nextGeneration = manifest.nextGeneration();
    this.nextVid = manifest.nextVid();
  }

  /**
   * Opens what the commit refers to and deletes what it does not. Rows of segments are checked when
   * they are used, all else here.
   */
  static VectorStore open(
      Path folder, ShardSettings settings, Manifest manifest, MemoryLedger ledger)
      throws IOException {
    List<Segment> segments = new ArrayList<>();
    VectorStore store = new VectorStore(folder, settings, segments, manifest);
    try {
      for (Manifest.Graph graph : manifest.graphs()) {
        segments.add(Segment.openGraph(folder, graph, manifest.layout(), ledger));
      }
      for (Manifest.Rows flat : manifest.flats()) {
        segments.add(Segment.openFlat(folder, flat, manifest.layout()));
      }
      if (manifest.tail().isPresent()) {
        store.tail = Tail.open(folder, manifest.tail().get(), manifest.layout());
      }
      store.checkOrder();
      store.deleteStrangers();
      store.encodeYoung();
      return store;
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void checkOrder() throws CorruptShardException {
    int end = 0;
    for (Segment segment : segments) {
      if (segment.firstVid() < end || segment.rows() == 0) {
        throw new CorruptShardException(
            "segment " + segment.entry() + " does not follow vid " + end);
      }
      end = segment.endVid();
    }
    if (tail != null && (tail.endVid() - tail.rows() < end || tail.endVid() != nextVid)) {
      throw new CorruptShardException(
          "the tail ends at vid " + tail.endVid() + ", not " + nextVid + ", or overlaps " + end);
    }
  }

  private void deleteStrangers() throws IOException {
    Set<Path> known = new HashSet<>();
    segments.forEach(segment -> known.addAll(segment.files()));
    if (tail != null) {
      known.add(tail.file());
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "{rows,graph}-*")) {
      for (Path file : files) {
        if (!known.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }

  // ---- Rows ----

  /** Of no dimensions until there is a vector. */
  RowLayout layout() {
    return layout;
  }

  /** Whether vectors of this many bytes can lie beside those already here. */
  boolean fits(ByteString vector) {
    return layout.equals(RowLayout.NONE) || layout.fits(vector);
  }

  /** {@code kind}: of the rows, where this vector is the first. */
  int add(ByteString vector, RowLayout.Kind kind) throws IOException {
    if (layout.equals(RowLayout.NONE)) {
      layout = new RowLayout(vector.size() / Float.BYTES, kind);
    }
    if (tail == null) {
      tail = Tail.create(folder, nextGeneration++, layout, nextVid);
      newestCodes().ifPresent(tail::encode);
    }
    if (nextVid == VID_MAX) {
      throw new IOException("shard " + folder + " has given all " + VID_MAX + " vector ids");
    }
    int vid = tail.append(vector);
    nextVid = vid + 1;
    live.add(vid);
    return vid;
  }

  void remove(int vid) {
    live.remove(vid);
  }

  /** Marks a row live while the shard opens. False: there is no such row, or it is taken. */
  boolean adopt(int vid) {
    if (live.contains(vid)) {
      return false;
    }
    Optional<RowBlock> block = blockOf(vid);
    if (block.isEmpty() || rowOrNone(block.get(), vid) < 0) {
      return false;
    }
    live.add(vid);
    return true;
  }

  /** Whether the row of this live vid is what this vector would become, bit by bit. */
  boolean holds(int vid, ByteString vector) {
    RowBlock block =
        blockOf(vid).orElseThrow(() -> new IllegalStateException("vid " + vid + " has no row"));
    float[] row = new float[layout.dimensions()];
    block.copyTo(block.rowOf(vid, 0), row);
    return Arrays.equals(row, layout.kept(vector));
  }

  private Optional<RowBlock> blockOf(int vid) {
    for (Segment segment : segments) {
      if (vid < segment.endVid()) {
        return vid < segment.firstVid() ? Optional.empty() : Optional.of(segment);
      }
    }
    if (tail != null && vid < tail.endVid() && vid >= tail.endVid() - tail.rows()) {
      return Optional.of(tail.block());
    }
    return Optional.empty();
  }

  private static int rowOrNone(RowBlock block, int vid) {
    try {
      return block.rowOf(vid, 0);
    } catch (IllegalStateException none) {
      return -1;
    }
  }

  // ---- Sealing and building ----

  boolean isTailFull() {
    return tail != null && tail.rows() >= settings.sealRows();
  }

  /** The tail becomes a flat segment, mapped from its file. */
  void seal() throws IOException {
    Tail full = tail;
    if (full == null || full.rows() == 0) {
      return;
    }
    Manifest.Rows rows = full.seal();
    unsynced.add(full.file());
    Segment flat = Segment.openFlat(folder, rows, layout);
    Codes codes = full.codes();
    if (codes != null) {
      flat.encoded(codes);
    }
    segments.add(flat);
    full.close();
    tail = null;
  }

  /** A build to do: the sources are retained for it. */
  record Job(long generation, RowLayout layout, List<Segment> sources, VidSet live) {
    int liveRows() {
      return sources.stream().mapToInt(s -> live.sizeWithin(s.firstVid(), s.endVid())).sum();
    }

    void release() {
      sources.forEach(Segment::release);
    }
  }

  /**
   * What to build next. Always a run of neighbours: all flat segments, and before them the graphs
   * that are smaller than what would follow them (each row is then rewritten a logarithmic number
   * of times), and more of them where too many would remain. Otherwise a graph that is mostly dead.
   */
  Optional<Job> plan() {
    return due().map(sources -> job(sources));
  }

  /** Whether there is something to build. */
  boolean isBuildDue() {
    return due().isPresent();
  }

  private Optional<List<Segment>> due() {
    int flats = (int) segments.stream().filter(segment -> !segment.hasGraph()).count();
    int start = segments.size() - flats;
    if (flats > 0) {
      long following = 0;
      for (Segment flat : segments.subList(start, segments.size())) {
        following += flat.rows();
      }
      int most = Math.min(GRAPH_ROWS_MAX, SegmentBuilder.rowsMax());
      while (start > 0) {
        long before = segments.get(start - 1).rows();
        boolean wanted = start > GRAPHS_MAX - 1 || before < following;
        if (!wanted || before + following > most) {
          break;
        }
        following += before;
        start--;
      }
      List<Segment> sources = segments.subList(start, segments.size());
      if (!isRefused(sources)) {
        return Optional.of(sources);
      }
    }
    for (Segment graph : segments) {
      if (graph.hasGraph() && isMostlyDead(graph) && !isRefused(List.of(graph))) {
        return Optional.of(List.of(graph));
      }
    }
    return Optional.empty();
  }

  private boolean isMostlyDead(Segment segment) {
    return live.sizeWithin(segment.firstVid(), segment.endVid()) * 2L < segment.rows();
  }

  /**
   * The run of neighbours that this graph of another replica could take the place of: it has all of
   * its rows, nothing is live beside them, and it would be a gain. A vid never lives twice, so of
   * two moments of one history the later has fewer rows live: a graph with fewer rows than live
   * here is of a later one, and has to wait.
   */
  Optional<Job> planFor(GraphOffer offer) {
    List<Segment> sources =
        segments.stream()
            .filter(each -> each.endVid() > offer.firstVid() && each.firstVid() < offer.endVid())
            .toList();
    if (sources.isEmpty() || isRefused(sources)) {
      return Optional.empty();
    }
    Segment first = sources.getFirst();
    Segment last = sources.getLast();
    boolean isGain = sources.size() > 1 || !first.hasGraph() || isMostlyDead(first);
    boolean isAlone =
        live.sizeWithin(first.firstVid(), offer.firstVid()) == 0
            && live.sizeWithin(offer.endVid(), last.endVid()) == 0;
    long rows = sources.stream().mapToLong(Segment::rows).sum();
    int alive = live.sizeWithin(offer.firstVid(), offer.endVid());
    boolean isEnough = offer.rows() >= alive && offer.rows() <= rows;
    boolean isSealed = offer.endVid() <= last.endVid();
    return isGain && isAlone && isEnough && isSealed ? Optional.of(job(sources)) : Optional.empty();
  }

  /** Its graphs, for other replicas. */
  List<GraphOffer> offers() {
    return segments.stream()
        .filter(each -> each.hasGraph() && each.rows() > 0)
        .map(Segment::offer)
        .toList();
  }

  /** Rows that wait for a graph, unless it has been found that they must do without. */
  long waitingRows() {
    List<Segment> flats = segments.stream().filter(segment -> !segment.hasGraph()).toList();
    Set<Long> generations = new HashSet<>();
    flats.forEach(flat -> generations.add(flat.entry().generation()));
    return refused.containsAll(generations) ? 0 : flats.stream().mapToLong(Segment::rows).sum();
  }

  private boolean isRefused(List<Segment> sources) {
    return refused.equals(sources.stream().map(source -> source.entry().generation()).toList());
  }

  private Job job(List<Segment> sources) {
    sources.forEach(Segment::retain);
    return new Job(nextGeneration++, layout, List.copyOf(sources), live.copy());
  }

  /** Puts the built segment (none where no row was live) in the place of its sources. */
  void replace(Job job, Optional<Segment> built) {
    int at = segments.indexOf(job.sources().getFirst());
    for (Segment source : job.sources()) {
      if (segments.remove(at) != source) {
        throw new IllegalStateException("segment " + source.entry() + " is no longer in its place");
      }
      source.release();
    }
    built.ifPresent(segment -> segments.add(at, segment));
    refused = List.of();
    encodeYoung();
  }

  /** The codes whose codec learnt from most rows. */
  private Optional<Codes> newestCodes() {
    return segments.stream()
        .filter(Segment::hasGraph)
        .max(Comparator.comparingInt(Segment::rows))
        .map(Segment::codes);
  }

  /** Gives what has no graph yet codes, as soon as there is a codec: scans are much faster so. */
  private void encodeYoung() {
    Optional<Codes> codes = newestCodes();
    if (codes.isEmpty()) {
      return;
    }
    for (Segment segment : segments) {
      if (segment.codes() == null) {
        segment.encoded(codes.get().of(segment));
      }
    }
    if (tail != null && tail.codes() == null) {
      tail.encode(codes.get());
    }
  }

  /** The job's graph fell short: the same sources are not tried again. */
  void refuse(Job job) {
    refused = job.sources().stream().map(source -> source.entry().generation()).toList();
  }

  // ---- Commit and view ----

  /** Writes the tail out and describes everything for the commit that is about to follow. */
  Manifest flush(String log, long nextOffset) throws IOException {
    Optional<Manifest.Rows> tailRows = Optional.empty();
    if (tail != null) {
      tailRows = Optional.of(tail.flush());
      unsynced.add(tail.file());
    }
    return new Manifest(
        log,
        nextOffset,
        layout,
        nextGeneration,
        nextVid,
        segments.stream().filter(Segment::hasGraph).map(Segment::graphEntry).toList(),
        segments.stream().filter(segment -> !segment.hasGraph()).map(Segment::entry).toList(),
        tailRows);
  }

  /** Files written since the last call. */
  Set<Path> takeUnsynced() {
    Set<Path> files = Set.copyOf(unsynced);
    unsynced.clear();
    return files;
  }

  /** The segments, each with a reference for the caller. */
  List<Segment> retainSegments() {
    segments.forEach(Segment::retain);
    return List.copyOf(segments);
  }

  Optional<RowBlock> tailBlock() {
    return tail == null ? Optional.empty() : Optional.of(tail.block());
  }

  VidSet live() {
    return live.copy();
  }

  long bytesInMemory() {
    return segments.stream().mapToLong(Segment::bytesInMemory).sum()
        + (tail == null ? 0 : tail.bytesInMemory());
  }

  @Override
  public void close() throws IOException {
    segments.forEach(Segment::release);
    segments.clear();
    if (tail != null) {
      tail.close();
      tail = null;
    }
  }
}
