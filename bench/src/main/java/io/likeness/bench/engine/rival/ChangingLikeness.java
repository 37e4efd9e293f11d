package io.likeness.bench.engine.rival;

import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.SearchOutcome;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardFolder;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.RowFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/** A shard as a shard node keeps it, asked for whole answers. */
final class ChangingLikeness implements Changing {

  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final FilterCache filters = new FilterCache(1L << 20);
  private final Shard shard;
  private long offset;

  ChangingLikeness(Path folder) throws IOException {
    shard =
        ShardFolder.open(
            folder.resolve(Records.SHARD), Records.LOG, ShardSettings.DEFAULT, new Records.Quiet());
    offset = shard.nextOffset();
  }

  @Override
  public void put(int number, float[] vector) throws IOException {
    apply(
        Records.put(
            offset, number, vector, Attributes.getDefaultInstance(), RowFormat.ROW_FORMAT_FLOAT32));
  }

  @Override
  public void remove(int number) throws IOException {
    apply(Records.remove(offset, number));
  }

  private void apply(Shard.Change change) throws IOException {
    shard.apply(List.of(change));
    offset++;
  }

  @Override
  public void show() throws IOException {
    shard.refresh();
  }

  @Override
  public void commit() throws IOException {
    shard.commit(shard.nextOffset());
  }

  @Override
  public void tidy() throws IOException {
    shard.build();
  }

  /** What is due is the largest there is: the shard decides. */
  @Override
  public void merge() throws IOException {
    shard.build();
  }

  @Override
  public int[] search(float[] query, int k, int effort) throws IOException {
    ShardSearch search =
        new ShardSearch(
            query, Filter.getDefaultInstance(), k, -2, effort, false, false, Deadline.in(PATIENCE));
    try (View view = shard.view()) {
      return switch (view.search(search, filters)) {
        case SearchOutcome.Found found -> Records.rows(found.hits());
        case SearchOutcome.Late late ->
            throw new IOException("a search took longer than " + PATIENCE);
        case SearchOutcome.Misfit misfit -> throw new IOException(misfit.reason());
      };
    }
  }

  @Override
  public OptionalInt ownEffort() {
    return OptionalInt.of(LikenessEngine.OWN_EFFORT);
  }

  @Override
  public String state() throws IOException {
    try (View view = shard.view()) {
      return "%,d images, %d segments".formatted(view.images(), view.segments());
    }
  }

  @Override
  public void close() throws IOException {
    shard.abandon();
  }
}
