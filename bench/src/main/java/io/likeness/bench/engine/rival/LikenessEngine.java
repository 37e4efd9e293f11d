package io.likeness.bench.engine.rival;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Subset;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.SearchOutcome;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardFolder;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.NumberRange;
import io.likeness.wire.Numbers;
import io.likeness.wire.RowFormat;
import io.likeness.wire.TagIn;
import io.likeness.wire.Tags;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** Our shard, filled through its write path and asked as the shard node asks it. */
final class LikenessEngine implements Engine {

  /** How much of a search is measured. */
  enum Part {
    /** From a vector to hits with image ids and versions. */
    WHOLE,
    /** From a vector to vector ids, which other engines' answers are comparable with. */
    VECTORS
  }

  /** The shard's own choice of how hard to look: as hard as its promised recall takes. */
  static final int OWN_EFFORT = 0;

  private static final int EFFORT_MOST = 1_024;
  private static final int BATCH = 500;
  private static final int SEAL_MIN = 256;
  private static final String UNIFORM = "uniform";
  private static final String CLUSTERS = "clusters";
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final String LATE = "a search took longer than " + PATIENCE;

  private final Part part;
  private final RowFormat rows;
  private final int codeBytes;
  private final FilterCache filters = new FilterCache(64L << 20);
  private Filter filter = Filter.getDefaultInstance();
  private @Nullable Shard shard;
  private @Nullable View view;
  private @Nullable Path folder;

  LikenessEngine(Part part, RowFormat rows, int codeBytes) {
    this.part = part;
    this.rows = rows;
    this.codeBytes = codeBytes;
  }

  /** With other code the files may be others: the classes of the shard are part of the version. */
  @Override
  public String version() {
    String classes = Shard.class.getPackageName().replace('.', '/');
    CRC32C sum = new CRC32C();
    try {
      Path code = Path.of(Shard.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      if (Files.isDirectory(code)) {
        addFolder(code.resolve(classes), sum);
      } else {
        try (FileSystem jar = FileSystems.newFileSystem(code)) {
          addFolder(jar.getPath(classes), sum);
        }
      }
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException("cannot read the shard's classes", e);
    }
    String kind = rows == RowFormat.ROW_FORMAT_INT8 ? "likeness-int8" : "likeness";
    return "%s-%08x-%d".formatted(kind, sum.getValue(), codeBytes);
  }

  private static void addFolder(Path folder, CRC32C sum) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted(Comparator.comparing(Path::toString)).toList()) {
        sum.update(Files.readAllBytes(file));
      }
    }
  }

  // ---- Building ----

  @Override
  public void build(Path target, DataSet data) throws IOException {
    int rows = data.base().count();
    List<BitSet> clusters = Subset.CLUSTERED.stream().map(data::members).toList();
    try (Shard fresh = openShard(target, rows)) {
      List<Shard.Change> batch = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        batch.add(put(data, clusters, row));
        if (batch.size() == BATCH || row == rows - 1) {
          fresh.apply(batch);
          fresh.refresh();
          batch.clear();
        }
      }
      fresh.commit(rows);
      fresh.build();
    }
  }

  private Shard openShard(Path target, int rows) throws IOException {
    return ShardFolder.open(
        target.resolve(Records.SHARD),
        Records.LOG,
        ShardSettings.DEFAULT.withCodeBytes(codeBytes).withSealRows(sealRows(rows)),
        new Records.Quiet());
  }

  /** So that nothing is left in the tail, where that can be: what is compared are graphs. */
  private static int sealRows(int rows) {
    for (int seal = ShardSettings.DEFAULT.sealRows(); seal >= SEAL_MIN; seal--) {
      if (rows % seal == 0) {
        return seal;
      }
    }
    return ShardSettings.DEFAULT.sealRows();
  }

  private Shard.Change put(DataSet data, List<BitSet> clusters, int row) {
    Tags.Builder tags = Tags.newBuilder();
    for (int i = 0; i < clusters.size(); i++) {
      if (clusters.get(i).get(row)) {
        tags.putValues(CLUSTERS + i, "in");
      }
    }
    Attributes attributes =
        Attributes.newBuilder()
            .setTags(tags)
            .setNumbers(Numbers.newBuilder().putValues(UNIFORM, data.uniform(row)))
            .build();
    return Records.put(row, row, data.base().row(row), attributes, rows);
  }

  // ---- Searching ----

  @Override
  public void open(Path from, DataSet data) throws IOException {
    folder = from;
    shard = openShard(from, data.base().count());
    view = shard.view();
  }

  @Override
  public void restrict(Subset subset) {
    if (subset == Subset.ALL) {
      filter = Filter.getDefaultInstance();
    } else if (subset.isClustered()) {
      String key = CLUSTERS + Subset.CLUSTERED.indexOf(subset);
      filter = Filter.newBuilder().setTagIn(TagIn.newBuilder().setKey(key).addValues("in")).build();
    } else {
      NumberRange below =
          NumberRange.newBuilder().setKey(UNIFORM).setTo(subset.uniformEnd() - 1).build();
      filter = Filter.newBuilder().setNumberRange(below).build();
    }
  }

  /** The one place where an effort reaches the shard. */
  @Override
  public int[] search(float[] query, int k, int effort) throws IOException {
    if (view == null) {
      throw new IllegalStateException("not open");
    }
    ShardSearch search =
        new ShardSearch(query, filter, k, -2, effort, false, false, Deadline.in(PATIENCE));
    if (part == Part.VECTORS) {
      // Rows were added in order, so the vector ids are their numbers.
      return view.nearestVids(search, filters).orElseThrow(() -> new IOException(LATE));
    }
    return switch (view.search(search, filters)) {
      case SearchOutcome.Found found -> Records.rows(found.hits());
      case SearchOutcome.Late late -> throw new IOException(LATE);
      case SearchOutcome.Misfit misfit -> throw new IOException(misfit.reason());
    };
  }

  @Override
  public int[] efforts(int k) {
    return Engines.ladder(k, EFFORT_MOST);
  }

  @Override
  public OptionalInt ownEffort() {
    return OptionalInt.of(OWN_EFFORT);
  }

  @Override
  public long bytesOnDisk() throws IOException {
    return Disk.bytesBelow(files());
  }

  @Override
  public Path files() {
    if (folder == null) {
      throw new IllegalStateException("not open");
    }
    return folder;
  }

  @Override
  public void close() throws IOException {
    if (view != null) {
      view.close();
      view = null;
    }
    if (shard != null) {
      shard.abandon();
      shard = null;
    }
  }
}
