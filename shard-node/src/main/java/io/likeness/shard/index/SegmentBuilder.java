package io.likeness.shard.index;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
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

  static final int DEGREE = 32;
  private static final int BEAM = 100;
  private static final float OVERFLOW = 1.2f;
  private static final float ALPHA = 1.2f;

  /** The graph is looked at with this many of its own rows, asked for this many neighbours. */
  private static final int SAMPLES = 32;

  private static final int SAMPLE_NEIGHBOURS = 10;

  /** Below this share of true neighbours found a graph is not published. */
  static final double RECALL_FLOOR = 0.9;

  private static final int NODES_PER_CHECK = 64;

  private final Path folder;
  private final int dimensions;
  private final BooleanSupplier cancelled;

  SegmentBuilder(Path folder, int dimensions, BooleanSupplier cancelled) {
    this.folder = folder;
    this.dimensions = dimensions;
    this.cancelled = cancelled;
  }

  /**
   * The new segment, durable but not yet referred to; empty where the shard closed meanwhile or the
   * graph fell short of the recall floor. The sources stay as they are.
   */
  Optional<Segment> build(long generation, List<Segment> sources, VidSet live) throws IOException {
    int[] vids = liveVids(sources, live);
    Manifest.Rows rows = copyRows(generation, sources, vids);
    try (Arena arena = Arena.ofShared();
        GraphIndexBuilder builder = connect(rows, arena)) {
      if (cancelled.getAsBoolean()) {
        return discard(generation);
      }
      builder.cleanup();
      ImmutableGraphIndex graph = builder.getGraph();
      GraphFile.Written written = GraphFile.write(GraphFile.path(folder, generation), graph, vids);
      Disk.syncFolder(folder);
      Segment segment =
          Segment.openGraph(
              folder, new Manifest.Graph(rows, written.bytes(), written.checksum()), dimensions);
      double recall = recall(segment);
      if (recall < RECALL_FLOOR) {
        log.error(
            "graph over {} rows in {} finds {} of the true neighbours, at least {} are demanded;"
                + " the rows stay scanned exactly",
            rows.rows(),
            folder,
            recall,
            RECALL_FLOOR);
        segment.release();
        return discard(generation);
      }
      return Optional.of(segment);
    }
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

  private Manifest.Rows copyRows(long generation, List<Segment> sources, int[] vids)
      throws IOException {
    BlockSums sums = new BlockSums(RowFile.blockBytes(dimensions));
    try (FileChannel channel =
        RowFile.create(RowFile.path(folder, generation), dimensions, generation)) {
      long position = RowFile.HEAD_BYTES;
      int next = 0;
      for (Segment source : sources) {
        int row = 0;
        for (; next < vids.length && vids[next] < source.endVid(); next++) {
          row = source.rowOf(vids[next], row);
          ByteBuffer bytes = source.row(row).asByteBuffer();
          sums.update(bytes);
          Disk.writeFully(channel, bytes, position);
          position += (long) dimensions * Float.BYTES;
        }
      }
      RowFile.seal(channel, sums, position - RowFile.HEAD_BYTES);
      channel.force(true);
    }
    int firstVid = vids.length == 0 ? sources.getFirst().firstVid() : vids[0];
    return new Manifest.Rows(generation, firstVid, vids.length, sums.checksum());
  }

  private GraphIndexBuilder connect(Manifest.Rows rows, Arena arena) throws IOException {
    Segment flat = Segment.openFlat(folder, rows, dimensions);
    try {
      Bf16Scores scores = new Bf16Scores(flat, dimensions, arena);
      // JVector's default pools take every core; one thread a build is what a node grants.
      ForkJoinPool pool = ForkJoinPool.commonPool();
      GraphIndexBuilder builder =
          new GraphIndexBuilder(
              scores, dimensions, DEGREE, BEAM, OVERFLOW, ALPHA, true, false, pool, pool);
      for (int node = 0; node < rows.rows(); node++) {
        if (node % NODES_PER_CHECK == 0 && cancelled.getAsBoolean()) {
          break;
        }
        builder.addGraphNode(node, scores.searchProviderFor(node));
      }
      return builder;
    } finally {
      flat.release();
    }
  }

  private Optional<Segment> discard(long generation) throws IOException {
    Files.deleteIfExists(RowFile.path(folder, generation));
    Files.deleteIfExists(GraphFile.path(folder, generation));
    return Optional.empty();
  }

  /** Share of the true nearest neighbours of sampled rows that the graph finds. */
  private double recall(Segment segment) {
    GraphFile graph = segment.graph();
    int rows = segment.rows();
    if (graph == null || rows == 0) {
      return 1;
    }
    VidSet all = new VidSet(segment.endVid());
    for (int row = 0; row < rows; row++) {
      all.add(segment.vid(row));
    }
    Deadline none = new Deadline(System.nanoTime() + Long.MAX_VALUE / 2);
    float[] query = new float[dimensions];
    int wanted = Math.min(SAMPLE_NEIGHBOURS, rows);
    int hits = 0;
    for (int sample = 0; sample < SAMPLES; sample++) {
      segment.copyTo((int) ((long) sample * rows / SAMPLES), query);
      TopVids exact = new TopVids(wanted, Float.NEGATIVE_INFINITY);
      segment.scan(query, all, exact, none);
      TopVids walked = new TopVids(wanted, Float.NEGATIVE_INFINITY);
      new GraphWalk(segment, graph, query, all, Plan.effort(wanted, rows)).run(walked, none);
      hits += Math.min(wanted, reached(walked, worst(exact, wanted)));
    }
    return hits / (double) (SAMPLES * wanted);
  }

  private static float worst(TopVids top, int wanted) {
    float worst = Float.POSITIVE_INFINITY;
    for (int i = 0; i < wanted; i++) {
      worst = Math.min(worst, top.score(i));
    }
    return worst;
  }

  /** Counted by score, since among equal vectors any is as true as another. */
  private static int reached(TopVids found, float worst) {
    int count = 0;
    for (int i = 0; i < found.count(); i++) {
      count += found.score(i) >= worst ? 1 : 0;
    }
    return count;
  }
}
