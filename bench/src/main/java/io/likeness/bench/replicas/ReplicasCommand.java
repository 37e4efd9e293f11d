package io.likeness.bench.replicas;

import com.google.protobuf.ByteString;
import com.sun.management.OperatingSystemMXBean;
import io.likeness.bench.Table;
import io.likeness.bench.engine.data.Generator;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.Version;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.GraphOffer;
import io.likeness.shard.index.GraphSource;
import io.likeness.shard.index.ImageState;
import io.likeness.shard.index.SearchOutcome;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardEvents;
import io.likeness.shard.index.ShardFolder;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.PutVector;
import io.likeness.wire.VectorRecord;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What does a replica cost in processor time that takes over the graphs of another one, beside one
 * that makes its own? Both read the same records, in one process and in turns, so that each step's
 * time is its own. The line between them is left out: what would travel is told in bytes.
 */
@Command(
    name = "replicas",
    mixinStandardHelpOptions = true,
    description = "Measure a replica that takes over graphs beside one that makes them.",
    footer = {"", "Example: likeness bench replicas --rows 100000"})
public final class ReplicasCommand implements Callable<Integer> {

  private static final int BATCH = 1_024;
  private static final int CHUNK = 1 << 20;
  private static final int QUERIES = 200;
  private static final int BEST = 10;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final double NANOS = 1e9;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Rows that both read (default: ${DEFAULT-VALUE}).")
  int rows = 100_000;

  @Option(
      names = "--dimensions",
      paramLabel = "N",
      defaultValue = "512",
      description = "Of a row (default: ${DEFAULT-VALUE}).")
  int dimensions = 512;

  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /** Processor time of the whole process, its collector included. */
  private double cpuOf(Step step) throws IOException {
    long before = system.getProcessCpuTime();
    step.run();
    return (system.getProcessCpuTime() - before) / NANOS;
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  /** Nobody listens: what is to be done is done when it is asked for. */
  private static final class Counting implements ShardEvents {
    long adoptedRows;
    long adoptedBytes;
    long builtRows;

    @Override
    public boolean isAwaited(String imageId) {
      return false;
    }

    @Override
    public void dirty(Shard shard, boolean urgent) {}

    @Override
    public void visible(String imageId, ImageState state, long acceptedAtMillis) {}

    @Override
    public void refreshed(Shard shard) {}

    @Override
    public void buildWanted(Shard shard) {}

    @Override
    public void built(int built, Duration took) {
      builtRows += built;
    }

    @Override
    public void adopted(int adopted, long bytes, Duration took) {
      adoptedRows += adopted;
      adoptedBytes += bytes;
    }
  }

  @Override
  public Integer call() throws IOException {
    Path folder = Files.createTempDirectory("likeness-bench-replicas");
    try {
      Counting making = new Counting();
      Counting taking = new Counting();
      try (Shard maker =
              ShardFolder.open(folder.resolve("maker"), "bench", ShardSettings.DEFAULT, making);
          Shard taker =
              ShardFolder.open(folder.resolve("taker"), "bench", ShardSettings.DEFAULT, taking)) {
        System.out.println(Table.of(measure(maker, taker, making, taking)));
      }
    } finally {
      Disk.deleteTree(folder);
    }
    return 0;
  }

  private JsonObject measure(Shard maker, Shard taker, Counting making, Counting taking)
      throws IOException {
    Generator generator = new Generator(dimensions, Generator.SEED);
    double read = 0;
    double readAgain = 0;
    double built = 0;
    double adopted = 0;
    for (int from = 0; from < rows; from += BATCH) {
      List<Shard.Change> batch = records(generator, from, Math.min(BATCH, rows - from));
      read += cpuOf(() -> take(maker, batch));
      readAgain += cpuOf(() -> take(taker, batch));
      if (maker.isBuildDue()) {
        built += cpuOf(maker::build);
        adopted += cpuOf(() -> adopt(taker, maker));
      }
    }
    if (making.builtRows != taking.adoptedRows) {
      throw new IOException(
          "graphs of %d rows were made and of %d taken over"
              .formatted(making.builtRows, taking.adoptedRows));
    }
    return new JsonObject()
        .put("rows", "%,d of %d dimensions".formatted(rows, dimensions))
        .put("rows_of_graphs_made", "%,d".formatted(making.builtRows))
        .put("bytes_taken_over", "%,d".formatted(taking.adoptedBytes))
        .put("CPU_of_reading_the_records", seconds((read + readAgain) / 2))
        .put("CPU_of_making_the_graphs", seconds(built))
        .put("CPU_of_taking_them_over", seconds(adopted))
        .put("a_replica_that_makes_them", seconds(read + built))
        .put("a_replica_that_takes_them_over", seconds(readAgain + adopted))
        .put("same_answers", sameAnswers(generator, maker, taker) + " of " + QUERIES)
        .put("load_average", String.format(Locale.ROOT, "%.2f", system.getSystemLoadAverage()));
  }

  private static String seconds(double value) {
    return String.format(Locale.ROOT, "%.1f s", value);
  }

  private static void take(Shard shard, List<Shard.Change> batch) throws IOException {
    shard.apply(batch);
    shard.refresh();
  }

  private static void adopt(Shard taker, Shard maker) throws IOException {
    GraphSource source = (graph, wanted) -> read(maker, graph);
    var unused = taker.adopt(maker.graphs(), source);
  }

  /** In the pieces in which it travels. */
  private static InputStream read(Shard maker, GraphOffer graph) throws IOException {
    List<InputStream> chunks = new ArrayList<>();
    for (long at = 0; at < graph.bytes(); at += CHUNK) {
      int length = (int) Math.min(CHUNK, graph.bytes() - at);
      byte[] chunk = new byte[length];
      maker.readGraph(graph.generation(), at, length).get(chunk);
      chunks.add(new ByteArrayInputStream(chunk));
    }
    return new SequenceInputStream(Collections.enumeration(chunks));
  }

  private List<Shard.Change> records(Generator generator, int from, int count) {
    float[] values = vectors(generator, Generator.Kind.BASE, from, count);
    List<Shard.Change> changes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int row = from + i;
      PutVector put =
          PutVector.newBuilder()
              .setVector(vector(values, i).toBytes())
              .setModel("bench@1")
              .setContentSha256(ByteString.copyFrom(new byte[32]))
              .build();
      changes.add(
          new Shard.Change(
              row,
              VectorRecord.newBuilder()
                  .setInstanceUid("bench")
                  .setImageId("image-" + row)
                  .setVersion(new Version(1, 0, row).toWire())
                  .setPut(put)
                  .build()));
    }
    return changes;
  }

  private float[] vectors(Generator generator, Generator.Kind kind, int from, int count) {
    float[] values = new float[count * dimensions];
    generator.rows(kind, from, count, values, new int[count]);
    return values;
  }

  private FeatureVector vector(float[] values, int row) {
    return FeatureVector.ofUnit(
        Arrays.copyOfRange(values, row * dimensions, (row + 1) * dimensions));
  }

  private int sameAnswers(Generator generator, Shard one, Shard other) throws IOException {
    float[] values = vectors(generator, Generator.Kind.QUERY, 0, QUERIES);
    int same = 0;
    for (int i = 0; i < QUERIES; i++) {
      float[] query = vector(values, i).array();
      same += best(one, query).equals(best(other, query)) ? 1 : 0;
    }
    return same;
  }

  private static List<Hit> best(Shard shard, float[] query) throws IOException {
    ShardSearch search =
        new ShardSearch(
            query, Filter.getDefaultInstance(), BEST, -2, 0, false, false, Deadline.in(PATIENCE));
    try (View view = shard.view()) {
      return switch (view.search(search, new FilterCache(0))) {
        case SearchOutcome.Found found -> found.hits();
        case SearchOutcome.Late late ->
            throw new IOException("a search took longer than " + PATIENCE);
        case SearchOutcome.Misfit misfit -> throw new IOException(misfit.reason());
      };
    }
  }
}
