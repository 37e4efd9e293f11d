package io.likeness.bench.shard;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.Version;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.ImageState;
import io.likeness.shard.index.SearchOutcome;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardEvents;
import io.likeness.shard.index.ShardFolder;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.NumberRange;
import io.likeness.wire.Numbers;
import io.likeness.wire.PutVector;
import io.likeness.wire.Tags;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;

/**
 * How fast does one shard take images, and how fast and how truly does it find them?
 *
 * <pre>java $FLAGS -cp ... io.likeness.bench.shard.ShardBench [images=50000] [dimensions=512]</pre>
 *
 * Data: points of clusters in 28 dimensions, mapped at random into the full space, noise on top,
 * unit length; seeded. The rival of every search is exact search over the same shard, asked before
 * any graph is built, which also gives recall.
 */
public final class ShardBench {

  private static final int LATENT = 28;
  private static final int CLUSTERS = 400;
  private static final int QUERIES = 1_000;
  private static final int BATCH = 500;
  private static final int K = 10;

  private final FilterCache filters = new FilterCache(64L << 20);
  private final int images;
  private final int dimensions;
  private final Random random = new Random(20261121);
  private final float[][] map;
  private final float[][] clusters;

  private ShardBench(int images, int dimensions) {
    this.images = images;
    this.dimensions = dimensions;
    this.map = gaussian(LATENT, dimensions);
    this.clusters = gaussian(CLUSTERS, LATENT);
  }

  public static void main(String[] args) throws IOException {
    new ShardBench(number(args, 0, 50_000), number(args, 1, 512)).run();
  }

  private static int number(String[] args, int index, int usual) {
    return args.length > index ? Integer.parseInt(args[index]) : usual;
  }

  private void run() throws IOException {
    Path folder = Files.createTempDirectory("likeness-shard-bench-");
    // Sealing is what separates the two halves of the run: first no graph at all, then all of it.
    ShardSettings settings = ShardSettings.DEFAULT;
    try (Shard shard = ShardFolder.open(folder.resolve("shard"), "bench", settings, new Quiet())) {
      ingest(shard);
      List<float[]> queries = new ArrayList<>();
      for (int i = 0; i < QUERIES; i++) {
        queries.add(point());
      }
      List<Filter> wanted =
          List.of(Filter.getDefaultInstance(), below(0.5), below(0.1), below(0.01), below(0.001));
      List<List<List<String>>> truths = new ArrayList<>();
      for (Filter filter : wanted) {
        truths.add(measure("exact", shard, queries, filter, List.of()));
      }
      long start = System.nanoTime();
      long cpu = cpuNanos();
      shard.build();
      say(
          "build: %.1f s, %.0f rows/s, %.0f rows/CPU s",
          seconds(start), images / seconds(start), images / ((cpuNanos() - cpu) / 1e9));
      for (int i = 0; i < wanted.size(); i++) {
        measure("graph", shard, queries, wanted.get(i), truths.get(i));
      }
    } finally {
      Disk.deleteTree(folder);
    }
  }

  private void ingest(Shard shard) throws IOException {
    List<List<Shard.Change>> batches = new ArrayList<>();
    for (int from = 0; from < images; from += BATCH) {
      List<Shard.Change> batch = new ArrayList<>();
      for (int i = from; i < Math.min(images, from + BATCH); i++) {
        batch.add(new Shard.Change(i, put(i)));
      }
      batches.add(batch);
    }
    long start = System.nanoTime();
    long cpu = cpuNanos();
    long[] refreshes = new long[batches.size()];
    for (int i = 0; i < batches.size(); i++) {
      shard.apply(batches.get(i));
      long refresh = System.nanoTime();
      shard.refresh();
      refreshes[i] = System.nanoTime() - refresh;
    }
    double took = seconds(start);
    double cpuTook = (cpuNanos() - cpu) / 1e9;
    long commit = System.nanoTime();
    shard.commit(images);
    Arrays.sort(refreshes);
    say(
        "ingest: %,d images of %d dimensions, refreshed every %d: %.0f/s, %.0f per CPU second;"
            + " refresh p50 %.1f ms, p99 %.1f ms; last commit %.0f ms",
        images,
        dimensions,
        BATCH,
        images / took,
        images / cpuTook,
        refreshes[refreshes.length / 2] / 1e6,
        refreshes[refreshes.length * 99 / 100] / 1e6,
        (System.nanoTime() - commit) / 1e6);
  }

  private List<List<String>> measure(
      String how, Shard shard, List<float[]> queries, Filter filter, List<List<String>> truth)
      throws IOException {
    long[] nanos = new long[queries.size()];
    List<List<String>> answers = new ArrayList<>();
    long cpu = 0;
    long total = 0;
    // The first round warms the code, the second counts.
    for (int round = 0; round < 2; round++) {
      answers.clear();
      long cpuStart = cpuNanos();
      for (int i = 0; i < queries.size(); i++) {
        long start = System.nanoTime();
        try (View view = shard.view()) {
          SearchOutcome.Found found =
              (SearchOutcome.Found)
                  view.search(
                      new ShardSearch(
                          queries.get(i),
                          filter,
                          K,
                          -2,
                          0,
                          false,
                          false,
                          Deadline.in(Duration.ofSeconds(10))),
                      filters);
          total = found.total();
          answers.add(found.hits().stream().map(Hit::getImageId).toList());
        }
        nanos[i] = System.nanoTime() - start;
      }
      cpu = cpuNanos() - cpuStart;
    }
    Arrays.sort(nanos);
    double recall = truth.isEmpty() ? 1 : recall(answers, truth);
    say(
        "%s: %,d of the filter, k %d: p50 %.3f ms, p99 %.3f ms, CPU %.0f us, recall %.4f",
        how,
        total,
        K,
        nanos[nanos.length / 2] / 1e6,
        nanos[nanos.length * 99 / 100] / 1e6,
        cpu / 1e3 / queries.size(),
        recall);
    return List.copyOf(answers);
  }

  private static double recall(List<List<String>> answers, List<List<String>> truth) {
    long found = 0;
    long wanted = 0;
    for (int i = 0; i < truth.size(); i++) {
      Set<String> exact = new HashSet<>(truth.get(i));
      wanted += exact.size();
      found += answers.get(i).stream().filter(exact::contains).count();
    }
    return wanted == 0 ? 1 : found / (double) wanted;
  }

  private VectorRecord put(int number) {
    return VectorRecord.newBuilder()
        .setInstanceUid("bench")
        .setImageId("image-" + number)
        .setVersion(new Version(1, 0, number).toWire())
        .setPut(
            PutVector.newBuilder()
                .setVector(FeatureVector.ofUnit(point()).toBytes())
                .setModel("bench@1")
                .setContentSha256(ByteString.copyFrom(new byte[32]))
                .setAttributes(
                    Attributes.newBuilder()
                        .setTags(Tags.newBuilder().putValues("shop", "s" + number % 50))
                        .setNumbers(
                            Numbers.newBuilder().putValues("uniform", random.nextDouble()))))
        .build();
  }

  private static Filter below(double share) {
    return Filter.newBuilder()
        .setNumberRange(NumberRange.newBuilder().setKey("uniform").setTo(share))
        .build();
  }

  private float[] point() {
    float[] cluster = clusters[random.nextInt(CLUSTERS)];
    float[] values = new float[dimensions];
    for (int i = 0; i < LATENT; i++) {
      float weight = cluster[i] + (float) (0.5 * random.nextGaussian());
      for (int j = 0; j < dimensions; j++) {
        values[j] += weight * map[i][j];
      }
    }
    for (int j = 0; j < dimensions; j++) {
      values[j] = (float) (Math.tanh(values[j] / 4) + 0.1 * random.nextGaussian());
    }
    return FeatureVector.normalised(values).array();
  }

  private float[][] gaussian(int rows, int columns) {
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      for (int i = 0; i < columns; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return matrix;
  }

  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static final class Quiet implements ShardEvents {
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
    public void built(int rows, Duration took) {}
  }
}
