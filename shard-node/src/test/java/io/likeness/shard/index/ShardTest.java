package io.likeness.shard.index;

import static io.likeness.shard.index.ShardScene.ANY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardTest {

  private static final int DIMENSIONS = 20;

  @TempDir Path folder;

  static void assertSame(Shard shard, ModelShard model, Random random) throws IOException {
    try (View view = shard.view()) {
      assertThat(view.images()).isEqualTo(model.matching(ANY).size());
      assertThat(view.checksum()).isEqualTo(view.checksumOfAll());
      for (var entry : model.states().entrySet()) {
        assertThat(view.state(entry.getKey())).isEqualTo(entry.getValue());
        if (entry.getValue().exists()) {
          assertThat(view.describe(entry.getKey(), true).getVector())
              .isEqualTo(model.vector(entry.getKey()));
        }
      }
    }
    for (int i = 0; i < 15; i++) {
      Filter filter = i == 0 ? ANY : ShardScene.random(random, 2);
      assertSameAnswer(shard, model, random, filter);
    }
  }

  private static void assertSameAnswer(Shard shard, ModelShard model, Random random, Filter filter)
      throws IOException {
    float[] query = FeatureVector.ofBytes(Histories.vector(random, DIMENSIONS)).array();
    int limit = 1 + random.nextInt(40);
    float min = random.nextBoolean() ? -2 : 0.1f;
    SearchOutcome.Found found =
        ShardScene.find(shard, ShardScene.search(query, filter, limit, min));
    List<ModelShard.Scored> expected = model.search(query, filter, limit, min);
    assertThat(found.total()).isEqualTo(model.matching(filter).size());
    assertThat(ModelShard.ids(found.hits()))
        .as("filter %s", filter)
        .isEqualTo(expected.stream().map(ModelShard.Scored::id).toList());
    for (int i = 0; i < expected.size(); i++) {
      Hit hit = found.hits().get(i);
      assertThat(hit.getScore()).isCloseTo(expected.get(i).cosine(), within(1e-5));
      ImageState state = Objects.requireNonNull(model.states().get(hit.getImageId()));
      assertThat(hit.getAttributes()).isEqualTo(state.attributes());
      assertThat(hit.getVersion()).isEqualTo(state.added().toWire());
    }
    List<String> byId = ModelShard.ids(ShardScene.hits(shard, new float[0], filter, 1000));
    assertThat(byId).isEqualTo(model.matching(filter));
    assertPages(shard, model.matching(filter), filter, 1 + random.nextInt(30));
  }

  private static void assertPages(Shard shard, List<String> expected, Filter filter, int size)
      throws IOException {
    List<String> seen = new ArrayList<>();
    try (View view = shard.view()) {
      String after = "";
      while (true) {
        List<ImageInfo> page =
            view.page(after, filter, size, ShardScene.soon(), ShardScene.FILTERS).orElseThrow();
        page.forEach(info -> seen.add(info.getImageId()));
        if (page.size() < size) {
          break;
        }
        after = page.getLast().getImageId();
      }
    }
    assertThat(seen).isEqualTo(expected);
  }

  @Test
  void answersAsBruteForceDoesThroughSealsBuildsAndRestarts() throws IOException {
    for (long seed = 0; seed < 3; seed++) {
      Random random = new Random(seed);
      Path home = folder.resolve("shard-" + seed);
      List<VectorRecord> history = Histories.mixed(random, 120, 900, DIMENSIONS);
      ModelShard model = new ModelShard();
      Shard shard = ShardScene.open(home, 40);
      for (int at = 0; at < history.size(); ) {
        int to = Math.min(history.size(), at + 1 + random.nextInt(120));
        ShardScene.apply(shard, history, at, to);
        history.subList(at, to).forEach(model::apply);
        at = to;
        switch (random.nextInt(4)) {
          case 0 -> shard.build();
          case 1 -> shard.commit(at);
          case 2 -> {
            shard.close();
            shard = ShardScene.open(home, 40);
            assertThat(shard.nextOffset()).isEqualTo(at);
          }
          default -> {}
        }
        shard.refresh();
        assertSame(shard, model, random);
      }
      shard.close();
    }
  }

  @Test
  void showsNothingBeforeARefreshAndAllAfterIt() throws IOException {
    ByteString vector = Histories.vector(new Random(1), DIMENSIONS);
    float[] query = FeatureVector.ofBytes(vector).array();
    ShardScene.Told told = new ShardScene.Told();
    try (Shard shard = ShardFolder.open(folder.resolve("s"), "l", ShardSettings.DEFAULT, told)) {
      shard.apply(
          List.of(
              new Shard.Change(0, Histories.put("a", 0, vector, Attributes.getDefaultInstance()))));
      assertThat(shard.isDirty()).isTrue();
      assertThat(ShardScene.hits(shard, query, ANY, 5)).isEmpty();
      shard.refresh();
      assertThat(told.visible).containsExactly("a");
      assertThat(ModelShard.ids(ShardScene.hits(shard, query, ANY, 5))).containsExactly("a");
      shard.apply(List.of(new Shard.Change(1, Histories.remove("a", 1))));
      assertThat(ModelShard.ids(ShardScene.hits(shard, query, ANY, 5))).containsExactly("a");
      shard.refresh();
      assertThat(ShardScene.hits(shard, query, ANY, 5)).isEmpty();
    }
  }

  @Test
  void cutsAmongEqualVectorsByImageId() throws IOException {
    ByteString vector = Histories.vector(new Random(1), DIMENSIONS);
    float[] query = FeatureVector.ofBytes(vector).array();
    try (Shard shard = ShardScene.open(folder.resolve("s"), 10)) {
      List<VectorRecord> history = new ArrayList<>();
      for (int i = 0; i < 57; i++) {
        history.add(
            Histories.put(
                "copy-" + (char) ('a' + (i * 7) % 26) + i,
                i,
                vector,
                Attributes.getDefaultInstance()));
      }
      ShardScene.apply(shard, history, 0, 57);
      shard.build();
      shard.refresh();
      List<String> sorted = history.stream().map(VectorRecord::getImageId).sorted().toList();
      for (int limit : List.of(1, 5, 10, 30, 57, 90)) {
        assertThat(ModelShard.ids(ShardScene.hits(shard, query, ANY, limit)))
            .isEqualTo(sorted.subList(0, Math.min(57, limit)));
      }
    }
  }

  @Test
  void findsAnImageThatChangedTwiceBetweenRefreshes() throws IOException {
    Random random = new Random(8);
    List<VectorRecord> history = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      history.add(
          Histories.put(
              "image-" + i, i, Histories.vector(random, 4), Attributes.getDefaultInstance()));
    }
    // Old and new document of the same vector lie in one segment, few and far between.
    for (int i = 0; i < 2; i++) {
      history.add(Histories.patch("image-3", 300 + i, Histories.attributes(random)));
      history.add(Histories.patch("image-290", 310 + i, Histories.attributes(random)));
    }
    ModelShard model = new ModelShard();
    history.forEach(model::apply);
    try (Shard shard = ShardScene.open(folder.resolve("s"), 1_000)) {
      ShardScene.apply(shard, history, 0, 300);
      shard.refresh();
      ShardScene.apply(shard, history, 300, history.size());
      shard.refresh();

      float[] query = FeatureVector.ofBytes(model.vector("image-3")).array();
      List<Hit> hits = ShardScene.hits(shard, query, ANY, 300);
      assertThat(hits).hasSize(300);
      assertThat(hits.getFirst().getImageId()).isEqualTo("image-3");
      assertThat(hits.getFirst().getAttributes())
          .isEqualTo(Objects.requireNonNull(model.states().get("image-3")).attributes());
    }
  }

  @Test
  void tellsWhyAVectorOfAnotherSizeCannotBeFound() throws IOException {
    try (Shard shard = ShardScene.open(folder.resolve("s"), 10)) {
      Attributes none = Attributes.getDefaultInstance();
      Random random = new Random(2);
      ShardScene.apply(
          shard,
          List.of(
              Histories.put("a", 0, Histories.vector(random, 8), none),
              Histories.put("b", 1, Histories.vector(random, 9), none)),
          0,
          2);
      shard.refresh();
      try (View view = shard.view()) {
        assertThat(view.images()).isEqualTo(1);
        assertThat(view.state("b").rejection().getKind()).isEqualTo(RejectionKind.BAD_VECTOR);
        assertThat(view.search(ShardScene.search(new float[] {1}, ANY, 3, -2), ShardScene.FILTERS))
            .isInstanceOf(SearchOutcome.Misfit.class);
      }
    }
  }

  @Test
  void findsWhatExactSearchFindsThroughItsGraphs() throws IOException {
    int images = 7_000;
    Random random = new Random(7);
    float[][] centres = Histories.centres(random, 60, 32);
    List<VectorRecord> history = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      history.add(
          Histories.put(
              "image-" + i,
              i,
              Histories.clustered(random, centres, 0.1),
              Histories.attributes(random)));
    }
    for (int i = 0; i < 900; i++) {
      history.add(Histories.remove("image-" + random.nextInt(images), images + i));
    }
    ModelShard model = new ModelShard();
    history.forEach(model::apply);
    try (Shard shard = ShardScene.open(folder.resolve("s"), 3_000)) {
      ShardScene.apply(shard, history, 0, 3_500);
      shard.build();
      ShardScene.apply(shard, history, 3_500, history.size());
      shard.build();
      shard.refresh();
      for (Filter filter :
          List.of(
              ANY, ShardScene.not(ShardScene.tag("colour", "v1")), ShardScene.tag("shop", "v2"))) {
        int hits = 0;
        int queries = 60;
        for (int i = 0; i < queries; i++) {
          float[] query = FeatureVector.ofBytes(Histories.clustered(random, centres, 0.1)).array();
          Set<String> exact = new HashSet<>();
          model.search(query, filter, 10, -2).forEach(scored -> exact.add(scored.id()));
          List<String> found = ModelShard.ids(ShardScene.hits(shard, query, filter, 10));
          assertThat(found).hasSize(10).doesNotHaveDuplicates();
          hits += (int) found.stream().filter(exact::contains).count();
        }
        assertThat(hits / (10.0 * queries)).isGreaterThanOrEqualTo(0.95);
      }
      // All of them, when all are asked for.
      float[] query = FeatureVector.ofBytes(Histories.clustered(random, centres, 0.1)).array();
      assertThat(ShardScene.hits(shard, query, ANY, images)).hasSize(model.matching(ANY).size());
    }
  }

  @Test
  void showsBothHalvesOfOneMomentWhenABuildEndsBetweenRefreshes() throws IOException {
    try (Shard shard = ShardScene.open(folder.resolve("s"), 50)) {
      List<VectorRecord> history = Histories.mixed(new Random(5), 80, 300, DIMENSIONS);
      ModelShard model = new ModelShard();
      history.forEach(model::apply);
      ShardScene.apply(shard, history, 0, 150);
      shard.refresh();
      ShardScene.apply(shard, history, 150, 300);

      shard.build();

      assertSame(shard, model, new Random(6));
      assertThat(shard.isDirty()).isFalse();
    }
  }

  @Test
  void takesTheLargestFilterAndRefusesALargerOne() throws IOException {
    Filter[] parts = new Filter[Filters.PARTS_MAX - 1];
    Arrays.fill(parts, ShardScene.prefix("image-1"));
    Filter largest = ShardScene.all(parts);
    assertThat(Filters.fault(largest)).isEmpty();
    assertThat(Filters.fault(ShardScene.not(largest))).isPresent();
    Filter deep = ANY;
    for (int i = 0; i < Filters.DEPTH_MAX; i++) {
      deep = ShardScene.not(deep);
    }
    assertThat(Filters.fault(deep)).isPresent();
    try (Shard shard = ShardScene.open(folder.resolve("s"), 50)) {
      List<VectorRecord> history = Histories.mixed(new Random(4), 30, 100, DIMENSIONS);
      ShardScene.apply(shard, history, 0, 100);
      shard.refresh();
      ModelShard model = new ModelShard();
      history.forEach(model::apply);
      assertThat(ModelShard.ids(ShardScene.hits(shard, new float[0], largest, 50)))
          .isEqualTo(model.matching(ShardScene.prefix("image-1")));
    }
  }

  @Test
  void givesUpWhenTheDeadlineHasPassed() throws IOException {
    try (Shard shard = ShardScene.open(folder.resolve("s"), 5_000)) {
      Random random = new Random(3);
      List<VectorRecord> history = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        history.add(
            Histories.put(
                "image-" + i, i, Histories.vector(random, 4), Histories.attributes(random)));
      }
      ShardScene.apply(shard, history, 0, history.size());
      shard.refresh();
      Deadline passed = new Deadline(System.nanoTime() - 1);
      for (Filter filter : List.of(ANY, ShardScene.tag("colour", "v1"))) {
        try (View view = shard.view()) {
          assertThat(
                  view.search(
                      new ShardSearch(
                          new float[] {1, 0, 0, 0}, filter, 5, -2, 0, true, false, passed),
                      FilterCache.none()))
              .isInstanceOf(SearchOutcome.Late.class);
          assertThat(view.page("", filter, 2_000, passed, FilterCache.none())).isEmpty();
        }
      }
    }
  }
}
