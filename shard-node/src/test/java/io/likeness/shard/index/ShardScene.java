package io.likeness.shard.index;

import io.likeness.wire.Filter;
import io.likeness.wire.FilterList;
import io.likeness.wire.Hit;
import io.likeness.wire.IdPrefix;
import io.likeness.wire.NumberRange;
import io.likeness.wire.TagIn;
import io.likeness.wire.TagPresent;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Shards without a node: the test decides when they refresh, build and commit. */
final class ShardScene {

  static final String LOG = "log-1";

  /** Remembers what it was told. */
  static class Told implements ShardEvents {
    final List<String> visible = new ArrayList<>();
    int built;

    @Override
    public boolean isAwaited(String imageId) {
      return false;
    }

    @Override
    public void dirty(Shard shard, boolean urgent) {}

    @Override
    public void visible(String imageId, ImageState state, long acceptedAtMillis) {
      visible.add(imageId);
    }

    @Override
    public void refreshed(Shard shard) {}

    @Override
    public void buildWanted(Shard shard) {}

    @Override
    public void built(int rows, Duration took) {
      built++;
    }
  }

  /** Keeps what even small segments come to. Shared, so that tests meet each other's leavings. */
  static final FilterCache FILTERS = new FilterCache(1 << 20, 1);

  private ShardScene() {}

  static ShardSettings sealing(int rows) {
    return ShardSettings.DEFAULT.withSealRows(rows);
  }

  static Shard open(Path folder, int sealRows) throws IOException {
    return ShardFolder.open(folder, LOG, sealing(sealRows), new Told());
  }

  /** Applies records whose offset is their place in the list. */
  static void apply(Shard shard, List<VectorRecord> records, int from, int to) throws IOException {
    List<Shard.Change> changes = new ArrayList<>();
    for (int i = from; i < to; i++) {
      changes.add(new Shard.Change(i, records.get(i)));
    }
    shard.apply(changes);
  }

  static ShardSearch search(float[] query, Filter filter, int limit, float minCosine) {
    return new ShardSearch(query, filter, limit, minCosine, 0, true, false, soon());
  }

  static Deadline soon() {
    return Deadline.in(Duration.ofMinutes(1));
  }

  static SearchOutcome.Found find(Shard shard, ShardSearch search) throws IOException {
    try (View view = shard.view()) {
      return (SearchOutcome.Found) view.search(search, FILTERS);
    }
  }

  static List<Hit> hits(Shard shard, float[] query, Filter filter, int limit) throws IOException {
    return find(shard, search(query, filter, limit, -2)).hits();
  }

  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else if (!path.endsWith("write.lock")) {
          Files.copy(path, target);
        }
      }
    }
  }

  // ---- Filters ----

  static final Filter ANY = Filter.getDefaultInstance();

  static Filter tag(String key, String... values) {
    return Filter.newBuilder()
        .setTagIn(TagIn.newBuilder().setKey(key).addAllValues(List.of(values)))
        .build();
  }

  static Filter present(String key) {
    return Filter.newBuilder().setTagPresent(TagPresent.newBuilder().setKey(key)).build();
  }

  static Filter number(String key, @Nullable Double from, @Nullable Double to) {
    NumberRange.Builder range = NumberRange.newBuilder().setKey(key);
    if (from != null) {
      range.setFrom(from);
    }
    if (to != null) {
      range.setTo(to);
    }
    return Filter.newBuilder().setNumberRange(range).build();
  }

  static Filter prefix(String prefix) {
    return Filter.newBuilder().setIdPrefix(IdPrefix.newBuilder().setPrefix(prefix)).build();
  }

  static Filter not(Filter filter) {
    return Filter.newBuilder().setNoneOf(filter).build();
  }

  static Filter all(Filter... filters) {
    return Filter.newBuilder()
        .setAllOf(FilterList.newBuilder().addAllFilters(List.of(filters)))
        .build();
  }

  static Filter any(Filter... filters) {
    return Filter.newBuilder()
        .setAnyOf(FilterList.newBuilder().addAllFilters(List.of(filters)))
        .build();
  }

  static Filter random(Random random, int depth) {
    int kinds = depth == 0 ? 5 : 8;
    return switch (random.nextInt(kinds)) {
      case 0 -> tag("colour", "v" + random.nextInt(5), "v" + random.nextInt(5));
      case 1 -> tag("shop", "v" + random.nextInt(4));
      case 2 ->
          number(
              "price",
              random.nextBoolean() ? (double) random.nextInt(12) - 5 : null,
              random.nextBoolean() ? (double) random.nextInt(16) : null);
      case 3 -> prefix("image-" + random.nextInt(10));
      case 4 -> present(random.nextBoolean() ? "colour" : "shop");
      case 5 -> not(random(random, depth - 1));
      case 6 -> all(random(random, depth - 1), random(random, depth - 1));
      default -> any(random(random, depth - 1), random(random, depth - 1));
    };
  }
}
