package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.Tags;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilterCacheTest {

  private static final int IMAGES = 400;
  private static final float[] ANYTHING = {1, 0, 0, 0};

  @TempDir Path folder;

  private static Attributes colour(String value) {
    return Attributes.newBuilder().setTags(Tags.newBuilder().putValues("colour", value)).build();
  }

  /** Image i is of colour {@code c<i % 40>}. */
  private Shard filled() throws IOException {
    Random random = new Random(11);
    List<VectorRecord> history = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      history.add(
          Histories.put("image-" + i, i, Histories.vector(random, 4), colour("c" + i % 40)));
    }
    Shard shard = ShardScene.open(folder.resolve("shard"), 150);
    ShardScene.apply(shard, history, 0, IMAGES);
    shard.refresh();
    return shard;
  }

  private static List<String> found(Shard shard, Filter filter, FilterCache cache)
      throws IOException {
    try (View view = shard.view()) {
      SearchOutcome.Found byVector =
          (SearchOutcome.Found) view.search(ShardScene.search(ANYTHING, filter, IMAGES, -2), cache);
      SearchOutcome.Found byFilter =
          (SearchOutcome.Found)
              view.search(ShardScene.search(new float[0], filter, IMAGES, -2), cache);
      List<String> ids = ModelShard.ids(byFilter.hits());
      assertThat(ModelShard.ids(byVector.hits())).containsExactlyInAnyOrderElementsOf(ids);
      assertThat(byVector.total()).isEqualTo(byFilter.total()).isEqualTo(ids.size());
      return ids;
    }
  }

  private static void change(Shard shard, long offset, VectorRecord record) throws IOException {
    shard.apply(List.of(new Shard.Change(offset, record)));
    shard.refresh();
  }

  @Test
  void staysRightWhileTagsChangeAndImagesGo() throws IOException {
    FilterCache cache = new FilterCache(1 << 20, 1);
    Filter filter = ShardScene.tag("colour", "c7");
    Filter others = ShardScene.not(filter);
    try (Shard shard = filled()) {
      for (int i = 0; i < 3; i++) {
        assertThat(found(shard, filter, cache)).contains("image-7", "image-47").hasSize(10);
        assertThat(found(shard, others, cache)).hasSize(IMAGES - 10);
      }
      long asked = cache.misses();
      assertThat(found(shard, filter, cache)).hasSize(10);
      assertThat(cache.misses()).as("all of it was kept").isEqualTo(asked);

      // Its vector, and so its vector id, stays; the document that had the tag does not.
      change(shard, IMAGES, Histories.patch("image-7", IMAGES, colour("c8")));
      assertThat(found(shard, filter, cache)).contains("image-47").doesNotContain("image-7");
      assertThat(found(shard, others, cache)).contains("image-7").hasSize(IMAGES - 9);

      change(shard, IMAGES + 1, Histories.remove("image-47", IMAGES + 1));
      assertThat(found(shard, filter, cache)).hasSize(8).doesNotContain("image-47");

      change(shard, IMAGES + 2, Histories.patch("image-8", IMAGES + 2, colour("c7")));
      assertThat(found(shard, filter, cache)).contains("image-8").hasSize(9);
    }
  }

  @Test
  void keepsNothingOfAFilterThatComesOnce() throws IOException {
    FilterCache cache = new FilterCache(1 << 20, 1);
    try (Shard shard = filled();
        View view = shard.view()) {
      ShardSearch search = ShardScene.search(ANYTHING, ShardScene.tag("colour", "c1"), 5, -2);
      view.search(search, cache);
      assertThat(cache.bytes()).isZero();
      view.search(search, cache);
      assertThat(cache.bytes()).isPositive().isEqualTo(cache.bytesOf(view));
    }
  }

  @Test
  void staysWithinItsBytesAndGivesTheLongestUnusedUp() throws IOException {
    FilterCache cache = new FilterCache(6_000, 1);
    Filter dear = ShardScene.tag("colour", "c39");
    try (Shard shard = filled()) {
      for (int i = 0; i < 38; i++) {
        for (int round = 0; round < 3; round++) {
          assertThat(found(shard, ShardScene.tag("colour", "c" + i), cache)).hasSize(10);
          assertThat(found(shard, dear, cache)).hasSize(10);
          assertThat(cache.bytes()).isLessThanOrEqualTo(6_000);
        }
      }
      assertThat(cache.bytes()).as("it is used").isGreaterThan(3_000);
      long asked = cache.misses();
      found(shard, dear, cache);
      assertThat(cache.misses()).as("what is asked for all the time is kept").isEqualTo(asked);
      found(shard, ShardScene.tag("colour", "c0"), cache);
      assertThat(cache.misses()).as("what was not is gone").isGreaterThan(asked);
    }
  }

  @Test
  void keepsNothingWhereItMayNot() throws IOException {
    FilterCache cache = FilterCache.none();
    try (Shard shard = filled()) {
      for (int i = 0; i < 4; i++) {
        assertThat(found(shard, ShardScene.tag("colour", "c1"), cache)).hasSize(10);
      }
      assertThat(cache.bytes()).isZero();
    }
  }

  @Test
  void forgetsSegmentsAndViewsThatAreClosed() throws IOException {
    FilterCache cache = new FilterCache(1 << 20, 1);
    try (Shard shard = filled()) {
      for (int i = 0; i < 3; i++) {
        found(shard, ShardScene.tag("colour", "c1"), cache);
      }
      assertThat(cache.bytes()).isPositive();
    }
    assertThat(cache.bytes()).isZero();
  }
}
