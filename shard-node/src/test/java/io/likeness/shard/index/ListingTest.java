package io.likeness.shard.index;

import static io.likeness.shard.index.ShardScene.ANY;
import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.Tags;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListingTest {

  private static final int DIMENSIONS = 16;

  @TempDir Path folder;

  private static ShardSearch search(float[] query, Filter filter, float floor, String groupBy) {
    return new ShardSearch(query, filter, 0, floor, 0, false, false, ShardScene.soon(), groupBy);
  }

  private static Listing open(View view, ShardSearch search) throws IOException {
    return ((View.Opened.Ready) view.open(search, ShardScene.FILTERS)).listing();
  }

  private static List<Hit> page(Listing listing, ShardSearch search, int taken, int limit)
      throws IOException {
    SearchOutcome outcome = listing.page(taken, search.page(limit, false, ShardScene.soon()));
    return ((SearchOutcome.Found) outcome).hits();
  }

  private static List<Hit> readAll(Listing listing, ShardSearch search, int pageSize)
      throws IOException {
    List<Hit> all = new ArrayList<>();
    while (true) {
      List<Hit> page = page(listing, search, all.size(), pageSize);
      all.addAll(page);
      if (page.size() < pageSize) {
        return all;
      }
    }
  }

  /** A shard with graphs and a tail; every image has the tag {@code product} or none. */
  private Shard large(ModelShard model, int images, int products, Random random)
      throws IOException {
    float[][] centres = Histories.centres(random, 60, DIMENSIONS);
    List<VectorRecord> history = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      Attributes.Builder attributes = Attributes.newBuilder();
      int product = random.nextInt(products + products / 10 + 1);
      if (product < products) {
        attributes.setTags(Tags.newBuilder().putValues("product", "p" + product));
      }
      history.add(
          Histories.put(
              "image-" + i, i, Histories.clustered(random, centres, 0.2), attributes.build()));
    }
    for (int i = 0; i < images / 10; i++) {
      history.add(Histories.remove("image-" + random.nextInt(images), images + i));
    }
    history.forEach(model::apply);
    Shard shard = ShardScene.open(folder.resolve("shard"), images / 3);
    ShardScene.apply(shard, history, 0, history.size() / 2);
    shard.build();
    ShardScene.apply(shard, history, history.size() / 2, history.size());
    shard.build();
    shard.refresh();
    return shard;
  }

  private static float[] query(Random random) {
    return FeatureVector.ofBytes(Histories.vector(random, DIMENSIONS)).array();
  }

  @Test
  void readToItsEndHoldsEveryMatchOnce() throws IOException {
    Random random = new Random(31);
    ModelShard model = new ModelShard();
    try (Shard shard = large(model, 5_000, 200, random);
        View view = shard.view()) {
      assertThat(view.segments()).isPositive();
      for (Filter filter :
          List.of(
              ANY, ShardScene.prefix("image-1"), ShardScene.not(ShardScene.prefix("image-1")))) {
        for (int pageSize : new int[] {37, 1_000}) {
          ShardSearch search = search(query(random), filter, -2, "");
          List<String> ids = ModelShard.ids(readAll(open(view, search), search, pageSize));
          assertThat(ids)
              .doesNotHaveDuplicates()
              .containsExactlyInAnyOrderElementsOf(model.matching(filter));
        }
      }
    }
  }

  @Test
  void isAsTrueDeepDownAsAtItsTop() throws IOException {
    Random random = new Random(32);
    ModelShard model = new ModelShard();
    int window = 250;
    try (Shard shard = large(model, 6_000, 200, random);
        View view = shard.view()) {
      Map<Integer, Integer> found = new HashMap<>();
      int queries = 8;
      for (int i = 0; i < queries; i++) {
        ShardSearch search = search(query(random), ANY, -2, "");
        List<String> ids = ModelShard.ids(readAll(open(view, search), search, window));
        List<String> exact =
            model.search(search.vector(), ANY, ids.size(), -2).stream()
                .map(ModelShard.Scored::id)
                .toList();
        for (int from : List.of(0, 500, 2_000, 4_000)) {
          Set<String> here = new HashSet<>(ids.subList(from, from + window));
          here.retainAll(new HashSet<>(exact.subList(from, from + window)));
          found.merge(from, here.size(), Integer::sum);
        }
      }
      found.forEach(
          (from, sum) ->
              assertThat(sum / (double) (queries * window))
                  .as("recall of %s to %s", from, from + window)
                  .isGreaterThanOrEqualTo(0.98));
    }
  }

  @Test
  void givesThePageThatWasReadBeforeAgain() throws IOException {
    Random random = new Random(33);
    try (Shard shard = large(new ModelShard(), 3_000, 50, random);
        View view = shard.view()) {
      for (String groupBy : List.of("", "product")) {
        ShardSearch search = search(query(random), ANY, -2, groupBy);
        Listing listing = open(view, search);
        List<Hit> first = page(listing, search, 0, 20);
        List<Hit> second = page(listing, search, 20, 20);
        page(listing, search, 40, 600);
        assertThat(page(listing, search, 0, 20)).isEqualTo(first);
        assertThat(page(listing, search, 20, 20)).isEqualTo(second);
      }
    }
  }

  @Test
  void showsItsMomentWhileEverythingChanges() throws IOException {
    Random random = new Random(34);
    ModelShard model = new ModelShard();
    try (Shard shard = large(model, 2_000, 50, random);
        View view = shard.view()) {
      List<String> before = model.matching(ANY);
      ShardSearch search = search(query(random), ANY, -2, "");
      Listing listing = open(view, search);
      List<String> read = new ArrayList<>(ModelShard.ids(page(listing, search, 0, 100)));
      List<VectorRecord> news = new ArrayList<>();
      for (int i = 0; i < 1_500; i++) {
        String id = "image-" + random.nextInt(2_500);
        news.add(
            i % 2 == 0
                ? Histories.remove(id, 10_000 + i)
                : Histories.put(
                    id,
                    10_000 + i,
                    Histories.vector(random, DIMENSIONS),
                    Attributes.getDefaultInstance()));
      }
      for (int i = 0; i < news.size(); i++) {
        shard.apply(List.of(new Shard.Change(10_000 + i, news.get(i))));
        if (i % 300 == 0) {
          shard.refresh();
          shard.build();
          shard.commit(10_000 + i + 1);
          read.addAll(ModelShard.ids(page(listing, search, read.size(), 100)));
        }
      }
      while (read.size() < before.size()) {
        read.addAll(ModelShard.ids(page(listing, search, read.size(), 333)));
      }
      assertThat(read).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(before);
      assertThat(page(listing, search, read.size(), 10)).isEmpty();
    }
  }

  @Test
  void endsAtTheLowestScoreWanted() throws IOException {
    Random random = new Random(35);
    ModelShard model = new ModelShard();
    try (Shard shard = large(model, 4_000, 50, random);
        View view = shard.view()) {
      ShardSearch search = search(query(random), ANY, 0.2f, "");
      List<Hit> all = readAll(open(view, search), search, 60);
      List<ModelShard.Scored> exact = model.search(search.vector(), ANY, 4_000, 0.2f);
      assertThat(exact).hasSizeGreaterThan(200);
      assertThat(ModelShard.ids(all))
          .containsExactlyInAnyOrderElementsOf(exact.stream().map(ModelShard.Scored::id).toList());
    }
  }

  /** Group, or the id of an image without one, to its best image, best groups first. */
  private static Map<String, String> bestByGroup(ModelShard model, float[] query, Filter filter) {
    Map<String, String> best = new LinkedHashMap<>();
    for (ModelShard.Scored scored : model.search(query, filter, Integer.MAX_VALUE, -2)) {
      ImageState state = Objects.requireNonNull(model.states().get(scored.id()));
      String product = state.tags().value().getValuesMap().get("product");
      best.putIfAbsent(product == null ? "image " + scored.id() : product, scored.id());
    }
    return best;
  }

  @Test
  void tellsTheBestOfEachGroupAsBruteForceDoes() throws IOException {
    Random random = new Random(36);
    ModelShard model = new ModelShard();
    List<VectorRecord> history = new ArrayList<>();
    for (int i = 0; i < 900; i++) {
      Attributes.Builder attributes = Attributes.newBuilder();
      if (i % 5 > 0) {
        attributes.setTags(Tags.newBuilder().putValues("product", "p" + Math.min(i % 70, i % 113)));
      }
      history.add(
          Histories.put("image-" + i, i, Histories.vector(random, DIMENSIONS), attributes.build()));
    }
    history.forEach(model::apply);
    // Nothing is built, so every search is exact.
    try (Shard shard = ShardScene.open(folder.resolve("flat"), 400)) {
      ShardScene.apply(shard, history, 0, history.size());
      shard.refresh();
      try (View view = shard.view()) {
        for (Filter filter : List.of(ANY, ShardScene.prefix("image-1"))) {
          for (int pageSize : new int[] {1, 7, 500}) {
            ShardSearch search = search(query(random), filter, -2, "product");
            List<Hit> all = readAll(open(view, search), search, pageSize);
            assertThat(ModelShard.ids(all))
                .containsExactlyElementsOf(bestByGroup(model, search.vector(), filter).values());
            for (Hit hit : all) {
              assertThat(hit.hasGroup())
                  .isEqualTo(!hit.getGroup().isEmpty())
                  .isEqualTo(
                      Objects.requireNonNull(model.states().get(hit.getImageId()))
                          .tags()
                          .value()
                          .containsValues("product"));
            }
          }
        }
      }
    }
  }

  @Test
  void losesAndRepeatsNoGroupOnItsWayThroughGraphs() throws IOException {
    Random random = new Random(37);
    ModelShard model = new ModelShard();
    try (Shard shard = large(model, 6_000, 150, random);
        View view = shard.view()) {
      ShardSearch search = search(query(random), ANY, -2, "product");
      List<Hit> all = readAll(open(view, search), search, 20);
      Map<String, String> exact = bestByGroup(model, search.vector(), ANY);
      List<String> groups =
          all.stream()
              .map(hit -> hit.hasGroup() ? hit.getGroup() : "image " + hit.getImageId())
              .toList();
      assertThat(groups)
          .doesNotHaveDuplicates()
          .containsExactlyInAnyOrderElementsOf(exact.keySet());
      long best = all.stream().filter(hit -> exact.containsValue(hit.getImageId())).count();
      assertThat(best / (double) exact.size()).isGreaterThanOrEqualTo(0.98);
    }
  }

  @Test
  void findsAsManyGroupsAsAreAskedForThoughOneIsNearlyEverything() throws IOException {
    Random random = new Random(38);
    List<VectorRecord> history = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      String product = i < 2_960 ? "everything" : "p" + i;
      history.add(
          Histories.put(
              "image-" + i,
              i,
              Histories.vector(random, DIMENSIONS),
              Attributes.newBuilder()
                  .setTags(Tags.newBuilder().putValues("product", product))
                  .build()));
    }
    try (Shard shard = ShardScene.open(folder.resolve("s"), 1_000)) {
      ShardScene.apply(shard, history, 0, history.size());
      shard.build();
      shard.refresh();
      ShardSearch search =
          new ShardSearch(
              query(random), ANY, 30, -2, 0, false, false, ShardScene.soon(), "product");
      assertThat(ShardScene.find(shard, search).hits())
          .hasSize(30)
          .extracting(Hit::getGroup)
          .doesNotHaveDuplicates();
      assertThat(ShardScene.find(shard, search).total()).isEqualTo(3_000);
    }
  }

  @Test
  void tellsTheBestFewOfSomeGroupsAndWhichWereTaken() throws IOException {
    Random random = new Random(39);
    ModelShard model = new ModelShard();
    try (Shard shard = large(model, 3_000, 40, random);
        View view = shard.view()) {
      Filter filter = ShardScene.not(ShardScene.prefix("image-2"));
      ShardSearch search = search(query(random), filter, -2, "product");
      Listing listing = open(view, search);
      List<String> first =
          page(listing, search, 0, 15).stream().filter(Hit::hasGroup).map(Hit::getGroup).toList();
      List<String> asked = new ArrayList<>(List.of("p0", "p1", "p2", "p3", "no such product"));
      asked.addAll(first);

      assertThat(listing.takenOf(asked, 15, ShardScene.soon()).orElseThrow())
          .containsExactlyInAnyOrderElementsOf(first);
      Map<String, List<Hit>> best =
          listing.bestOf(asked, 3, search.page(0, true, ShardScene.soon())).orElseThrow();
      for (String product : asked) {
        List<String> exact =
            model
                .search(
                    search.vector(),
                    ShardScene.all(filter, ShardScene.tag("product", product)),
                    3,
                    -2)
                .stream()
                .map(ModelShard.Scored::id)
                .toList();
        assertThat(ModelShard.ids(best.getOrDefault(product, List.of()))).isEqualTo(exact);
      }
    }
  }
}
