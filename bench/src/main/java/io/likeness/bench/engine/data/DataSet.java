package io.likeness.bench.engine.data;

import io.likeness.proto.vector.FeatureVector;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Rows to search, queries, and two attributes of each row to filter by: a uniform number, and the
 * cluster it lies in. A folder, so that every process of a measurement sees the same. {@link
 * DataSets} makes them.
 */
public final class DataSet implements AutoCloseable {

  static final String DESCRIPTION = "data.json";
  static final String BASE = "base.f32";
  static final String QUERIES = "queries.f32";

  /** Of its length, how far a row of a file is moved to be another. */
  private static final double MOVED = 0.3;

  static final String CLUSTERS = "clusters.i32";

  private final Path folder;
  private final String name;
  private final Arena arena = Arena.ofShared();
  private final Rows base;
  private final float[][] queries;
  private final int[] clusters;
  private final long seed;
  private final boolean generated;

  private DataSet(Path folder, JsonObject description) throws IOException {
    this.folder = folder;
    this.name = description.getString("name");
    this.seed = description.getLong("seed");
    this.generated = description.getBoolean("generated");
    int dimensions = description.getInteger("dimensions");
    this.base = Rows.map(folder.resolve(BASE), dimensions, arena);
    Rows asked = Rows.map(folder.resolve(QUERIES), dimensions, arena);
    this.queries = new float[asked.count()][];
    for (int i = 0; i < queries.length; i++) {
      queries[i] = asked.row(i);
    }
    this.clusters = ints(folder.resolve(CLUSTERS));
    if (clusters.length != base.count()) {
      throw new IOException(
          folder + " has " + base.count() + " rows and clusters of " + clusters.length);
    }
  }

  public static DataSet open(Path folder) throws IOException {
    return new DataSet(folder, new JsonObject(Files.readString(folder.resolve(DESCRIPTION))));
  }

  private static int[] ints(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int[] values = new int[bytes.remaining() / Integer.BYTES];
    bytes.asIntBuffer().get(values);
    return values;
  }

  public Path folder() {
    return folder;
  }

  public String name() {
    return name;
  }

  public Rows base() {
    return base;
  }

  public float[][] queries() {
    return queries;
  }

  /**
   * Rows that are not in the base but could be: the generated ones that follow, or, of files, rows
   * of the base moved a little.
   */
  public float[][] further(int count) {
    float[][] rows = new float[count][];
    int dimensions = base.dimensions();
    if (generated) {
      Generator generator = new Generator(dimensions, seed);
      float[] values = new float[dimensions];
      for (int i = 0; i < count; i++) {
        generator.rows(Generator.Kind.BASE, base.count() + i, 1, values, new int[1]);
        rows[i] = values.clone();
      }
      return rows;
    }
    for (int i = 0; i < count; i++) {
      Draws draws = Draws.of(seed, i);
      float[] row = base.row(draws.below(base.count()));
      for (int j = 0; j < dimensions; j++) {
        row[j] += (float) (MOVED / Math.sqrt(dimensions) * draws.gaussian());
      }
      rows[i] = FeatureVector.normalised(row).array();
    }
    return rows;
  }

  // ---- Attributes ----

  /** In [0, 1,000,000), nothing to do with the vector. */
  public int uniform(int row) {
    return Generator.uniform(seed, row);
  }

  /** The rows wanted, by ordinal. */
  public BitSet members(Subset subset) {
    int count = base.count();
    BitSet members = new BitSet(count);
    switch (subset.kind()) {
      case ALL -> members.set(0, count);
      case UNIFORM -> {
        for (int row = 0; row < count; row++) {
          members.set(row, uniform(row) < subset.uniformEnd());
        }
      }
      case CLUSTERS -> {
        BitSet chosen = clusters(subset);
        for (int row = 0; row < count; row++) {
          members.set(row, chosen.get(clusters[row]));
        }
      }
    }
    return members;
  }

  /** Clusters in seeded order until their rows are the share wanted. */
  private BitSet clusters(Subset subset) {
    int last = 0;
    for (int cluster : clusters) {
      last = Math.max(last, cluster);
    }
    int[] sizes = new int[last + 1];
    for (int cluster : clusters) {
      sizes[cluster]++;
    }
    Draws draws = Draws.of(seed, subset.name().hashCode());
    BitSet chosen = new BitSet();
    long rows = 0;
    while (rows < subset.share() * clusters.length) {
      int cluster = draws.below(sizes.length);
      if (!chosen.get(cluster)) {
        chosen.set(cluster);
        rows += sizes[cluster];
      }
    }
    return chosen;
  }

  // ---- Exact answers ----

  private Path truthFile(Subset subset, int k, int count) {
    return folder.resolve(
        "truth-%s-%d-of-%d.ibin".formatted(subset.name().toLowerCase(Locale.ROOT), k, count));
  }

  /** Of the first {@code count} queries, as computed before by {@link #computeTruth}. */
  public Truth truth(Subset subset, int k, int count) throws IOException {
    return Truth.read(truthFile(subset, k, count));
  }

  /** Computes what is not there yet; the scores of a pass serve all subsets. */
  public void computeTruth(List<Subset> subsets, int k, int count, Consumer<String> say)
      throws IOException {
    List<Subset> missing = new ArrayList<>();
    for (Subset subset : subsets) {
      if (!Files.exists(truthFile(subset, k, count))) {
        missing.add(subset);
      }
    }
    if (missing.isEmpty()) {
      return;
    }
    say.accept(
        "computing the exact %d nearest of %,d queries among %,d rows"
            .formatted(k, count, base.count()));
    float[][] asked = Arrays.copyOf(queries, count);
    List<BitSet> sets = missing.stream().map(this::members).toList();
    int threads = Runtime.getRuntime().availableProcessors();
    List<Nearest[]> found = Exact.nearest(base, asked, k, sets, threads, done -> {});
    for (int i = 0; i < missing.size(); i++) {
      Truth.of(found.get(i), k).write(truthFile(missing.get(i), k, count));
    }
  }

  /** Keeps given answers in place of own ones. */
  void keepTruth(Truth truth) throws IOException {
    truth.write(truthFile(Subset.ALL, truth.k(), truth.queries()));
  }

  @Override
  public void close() {
    arena.close();
  }
}
