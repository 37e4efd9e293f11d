package io.likeness.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.NodeLoads;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.features.DetectorManifest;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.ModelLibrary;
import io.likeness.features.ModelManifest;
import io.likeness.features.Picture;
import io.likeness.node.process.SearchLimit;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.Slots;
import io.likeness.proto.wire.Formats;
import io.likeness.wire.CursorState;
import io.likeness.wire.Filter;
import io.likeness.wire.FloatVector;
import io.likeness.wire.Hit;
import io.likeness.wire.IdPrefix;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Page;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.SearchAnswer;
import io.likeness.wire.SearchRequest;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Cursors, groups and deep pages over shards in memory. */
class CursorsTest {

  private static final int IMAGES = 90;
  private static final String TENANT = "project-1";

  private static Vertx vertx;
  private static ModelLibrary library;

  private final ScriptedShards shards = new ScriptedShards();
  private Searcher searcher;
  private InstanceRecord pets;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
    library = ModelLibrary.open(Optional.empty());
  }

  @AfterAll
  static void close() {
    library.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  /** Image i is the i-th most alike; each product has three images, every tenth image has none. */
  @BeforeEach
  void fillFourShards() {
    pets = shards.instance("life1", 4);
    for (int i = 0; i < IMAGES; i++) {
      hold(i);
      if (i % 10 > 0) {
        shards.group(id(i), product(i));
      }
    }
    Questions questions = new Questions(shards);
    MeterRegistry metrics = new SimpleMeterRegistry();
    NodeLoads loads = new NodeLoads(System::nanoTime, new Random(1), metrics);
    FanOut fanOut = new FanOut(vertx, shards, loads, metrics);
    searcher =
        new Searcher(
            shards,
            new QueryVectors(
                shards,
                new OneModel(),
                url -> {
                  throw new AssertionError(url);
                },
                questions,
                fanOut),
            questions,
            fanOut,
            new Consistency(new ScriptedEvents()),
            new QueryTimes(Duration.ofSeconds(20), Duration.ofSeconds(60)),
            new SearchGate(
                new SearchLimit(64, 64, System::nanoTime),
                new SearchGate.Waiting(16, Duration.ofSeconds(20)),
                metrics),
            new HitRoom(1_000_000),
            new SearchMetrics(metrics));
  }

  private static String product(int i) {
    return "p" + i * 7 % 30;
  }

  private static final class OneModel implements Models {
    @Override
    public Optional<ModelManifest> model(String name) {
      return Optional.of(library.model("default"));
    }

    @Override
    public List<ModelManifest> all() {
      return library.models();
    }

    @Override
    public String defaultName() {
      return "default";
    }

    @Override
    public List<DetectorManifest> detectors() {
      return List.of();
    }

    @Override
    public EmbedOutcome embed(Picture picture) {
      throw new AssertionError("nothing is embedded here");
    }
  }

  private static String id(int i) {
    return "image-%03d".formatted(i);
  }

  private int slotOf(String id) {
    return Slots.slotOf(pets.getSlotsList(), id);
  }

  private void hold(int i) {
    double angle = i * 0.01;
    shards.hold(slotOf(id(i)), id(i), (float) Math.cos(angle), (float) Math.sin(angle), 0);
  }

  private SearchRequest.Builder byVector() {
    return SearchRequest.newBuilder()
        .setInstanceUid("life1")
        .setTenant(TENANT)
        .setVector(FloatVector.newBuilder().addValues(1).addValues(0).addValues(0));
  }

  private SearchRequest.Builder byPrefix(String prefix) {
    return SearchRequest.newBuilder()
        .setInstanceUid("life1")
        .setTenant(TENANT)
        .setFilter(Filter.newBuilder().setIdPrefix(IdPrefix.newBuilder().setPrefix(prefix)));
  }

  private SearchRequest.Builder after(Page page) {
    return SearchRequest.newBuilder()
        .setInstanceUid("life1")
        .setTenant(TENANT)
        .setCursor(page.getNextCursor());
  }

  private Page page(SearchRequest.Builder request) {
    SearchAnswer answer = searcher.search(request.build(), Trace.fresh());
    assertThat(answer.hasPage()).as("%s", answer).isTrue();
    return answer.getPage();
  }

  private void refuses(SearchRequest.Builder request, RefusalKind kind, String... words) {
    SearchAnswer answer = searcher.search(request.build(), Trace.fresh());
    assertThat(answer.getRefusal().getKind()).as("%s", answer).isEqualTo(kind);
    for (String word : words) {
      assertThat(answer.getRefusal().getDetail()).contains(word);
    }
  }

  /** From this first page to the end. */
  private List<Hit> readOn(Page first, int limit) {
    List<Hit> all = new ArrayList<>(first.getHitsList());
    Page page = first;
    while (!page.getNextCursor().isEmpty()) {
      page = page(after(page).setLimit(limit));
      all.addAll(page.getHitsList());
    }
    return all;
  }

  private static List<String> ids(List<Hit> hits) {
    return hits.stream().map(Hit::getImageId).toList();
  }

  private static List<String> allIds() {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      all.add(id(i));
    }
    return all;
  }

  /** The best of each product and every image without one, best first. */
  private static List<String> bestOfProducts() {
    List<String> best = new ArrayList<>();
    List<String> met = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      if (i % 10 == 0 || !met.contains(product(i))) {
        best.add(id(i));
        if (i % 10 > 0) {
          met.add(product(i));
        }
      }
    }
    return best;
  }

  @Test
  void readsEverythingOnceInOrderWhateverThePageSize() {
    for (int limit : new int[] {1, 7, 30, 1_000}) {
      Page first = page(byVector().setOpenCursor(true).setLimit(limit));
      assertThat(ids(readOn(first, limit))).isEqualTo(allIds());
      assertThat(first.getTotal()).isEqualTo(IMAGES);
      assertThat(shards.leases()).as("they end with the last page").isZero();
    }
  }

  @Test
  void readsByFilterAloneInOrderOfId() {
    Page first = page(byPrefix("image-04").setOpenCursor(true).setLimit(3));
    assertThat(ids(readOn(first, 4))).isEqualTo(allIds().subList(40, 50));
  }

  @Test
  void showsTheMomentItWasOpenedWhileImagesComeAndGo() {
    Page first = page(byVector().setOpenCursor(true).setLimit(10).setWithAttributes(true));
    for (int i = 0; i < IMAGES; i += 2) {
      shards.drop(slotOf(id(i)), id(i));
    }
    shards.hold(0, "late-comer", 1, 0, 0);

    List<Hit> all = readOn(first, 10);
    assertThat(ids(all)).isEqualTo(allIds());
    assertThat(all)
        .allSatisfy(
            hit ->
                assertThat(hit.getAttributes().getText().getDescription())
                    .isEqualTo("about " + hit.getImageId()));
  }

  @Test
  void answersTheSameCursorAlike() {
    Page first = page(byVector().setOpenCursor(true).setLimit(10));
    Page second = page(after(first).setLimit(10));
    page(after(second).setLimit(10));

    Page again = page(after(first).setLimit(10));
    assertThat(again.getHitsList()).isEqualTo(second.getHitsList());
    assertThat(again.getNextCursor()).isEqualTo(second.getNextCursor());
  }

  @Test
  void failsAPageWhoseShardIsMissingAndCanBeAskedAgain() {
    Page first = page(byVector().setOpenCursor(true).setLimit(10));
    shards.breaks(2);
    refuses(after(first).setLimit(10), RefusalKind.UNAVAILABLE, "slot 2");

    shards.isWellAgain(2);
    assertThat(ids(readOn(first, 10))).isEqualTo(allIds());
  }

  @Test
  void isExpiredWhereAShardNoLongerHoldsIt() {
    Page first = page(byVector().setOpenCursor(true).setLimit(10));
    shards.forgetsLeases();
    refuses(after(first).setLimit(10), RefusalKind.CURSOR_EXPIRED);
  }

  @Test
  void goesOnWithTheReplicasItBeganWith() {
    for (int slot = 0; slot < 4; slot++) {
      shards.replicate(slot);
    }
    for (int i = 0; i < 10; i++) {
      Page first = page(byVector().setOpenCursor(true).setLimit(7).setWithAttributes(true));
      assertThat(ids(readOn(first, 7))).isEqualTo(allIds());
    }
    assertThat(shards.leases()).as("they are ended where they were taken").isZero();
  }

  @Test
  void isExpiredWhereTheNodeOfALeaseIsGone() {
    Page first = page(byVector().setOpenCursor(true).setLimit(10));
    shards.replicate(2);
    shards.isAway(2);
    refuses(after(first).setLimit(10), RefusalKind.CURSOR_EXPIRED, "shard-2", "search anew");
  }

  @Test
  void lacksForItsWholeLifeAShardThatWasMissingWhenItWasOpened() {
    shards.breaks(1);
    refuses(
        byVector().setOpenCursor(true).setLimit(10).setStrict(true),
        RefusalKind.UNAVAILABLE,
        "3 of 4");
    assertThat(shards.leases()).as("nobody goes on with a refused one").isZero();

    Page first = page(byVector().setOpenCursor(true).setLimit(10));
    shards.isWellAgain(1);
    Page second = page(after(first).setLimit(10));
    for (Page page : List.of(first, second)) {
      assertThat(page.getCoverage().getShardsAsked()).isEqualTo(4);
      assertThat(page.getCoverage().getShardsAnswered()).isEqualTo(3);
      assertThat(page.getCoverage().getReasonsList()).isNotEmpty();
    }
    assertThat(ids(readOn(first, 10)))
        .isEqualTo(allIds().stream().filter(id -> slotOf(id) != 1).toList());
  }

  @Test
  void isRefusedWhereAShardHasNoRoomForIt() {
    shards.isFull(3);
    refuses(byVector().setOpenCursor(true).setLimit(10), RefusalKind.BUSY);
    assertThat(shards.leases()).isZero();
  }

  @Test
  void isOfItsTenantAndInstanceOnly() {
    Page first = page(byVector().setOpenCursor(true).setLimit(10));
    shards.instance("life2", 4);
    refuses(
        after(first).setTenant("project-2").setLimit(10), RefusalKind.BAD_REQUEST, "of another");
    refuses(
        after(first).setInstanceUid("life2").setLimit(10), RefusalKind.BAD_REQUEST, "of another");
    refuses(after(first).setLimit(0), RefusalKind.BAD_REQUEST, "limit is 0, not 1 to 1000");
  }

  @Test
  void doesNotGoOnWithOneOfANewerRelease() throws Exception {
    Page first = page(byVector().setOpenCursor(true).setLimit(10));
    CursorState newer =
        CursorState.parseFrom(first.getNextCursor()).toBuilder()
            .setFormat(Formats.CURSOR + 1)
            .build();
    refuses(
        after(first).setCursor(newer.toByteString()).setLimit(10),
        RefusalKind.BAD_REQUEST,
        "the cursor has format 2, and this release understands up to 1");
    assertThat(page(after(first).setLimit(10)).getHitsList()).isNotEmpty();
  }

  @Test
  void beginsAtTheTop() {
    refuses(
        byVector().setOpenCursor(true).setOffset(5).setLimit(10),
        RefusalKind.BAD_REQUEST,
        "offset is 5");
  }

  @Test
  void stopsWhereNothingIsAlikeEnough() {
    double fortieth = page(byVector().setOffset(39).setLimit(1)).getHits(0).getScore();
    Page first = page(byVector().setOpenCursor(true).setLimit(7).setMinScore(fortieth));
    assertThat(ids(readOn(first, 7))).isEqualTo(allIds().subList(0, 40));
  }

  @Test
  void tellsTheBestOfEachGroupByOffset() {
    List<String> best = bestOfProducts();
    assertThat(ids(page(byVector().setGroupBy("product").setLimit(1_000)).getHitsList()))
        .isEqualTo(best);
    List<String> paged = new ArrayList<>();
    for (int offset = 0; offset < best.size(); offset += 5) {
      paged.addAll(
          ids(page(byVector().setGroupBy("product").setOffset(offset).setLimit(5)).getHitsList()));
    }
    assertThat(paged).isEqualTo(best);
  }

  @Test
  void readsEveryGroupOnceThoughItLiesInSeveralShards() {
    for (int limit : new int[] {1, 4, 100}) {
      Page first = page(byVector().setGroupBy("product").setOpenCursor(true).setLimit(limit));
      assertThat(ids(readOn(first, limit))).isEqualTo(bestOfProducts());
    }
  }

  @Test
  void tellsWhoElseIsInEachGroup() {
    SearchRequest.Builder request = byVector().setGroupBy("product").setGroupSize(2).setLimit(6);
    for (Page page : List.of(page(request), page(request.clone().setOpenCursor(true)))) {
      for (Hit hit : page.getHitsList()) {
        assertThat(ids(hit.getOthersList())).isEqualTo(secondOf(hit));
        assertThat(hit.getOthersList()).allSatisfy(o -> assertThat(o.getScore()).isBetween(0d, 1d));
      }
    }
  }

  private static List<String> secondOf(Hit best) {
    int first = Integer.parseInt(best.getImageId().substring("image-".length()));
    for (int i = first + 1; i < IMAGES && best.hasGroup(); i++) {
      if (i % 10 > 0 && product(i).equals(best.getGroup())) {
        return List.of(id(i));
      }
    }
    return List.of();
  }

  @Test
  void refusesGroupsOfNothing() {
    refuses(
        byPrefix("image").setGroupBy("product").setLimit(5), RefusalKind.BAD_REQUEST, "needs a");
    refuses(byVector().setGroupSize(3).setLimit(5), RefusalKind.BAD_REQUEST, "nothing to group by");
    refuses(
        byVector().setGroupBy("product").setGroupSize(11).setLimit(5),
        RefusalKind.BAD_REQUEST,
        "group_size is 11, not 1 to 10");
  }

  @Test
  void asksForAttributesOfTheHitsOfADeepPageOnly() {
    Page shallow = page(byVector().setLimit(10).setWithAttributes(true));
    assertThat(shards.details).hasValue(0);
    Page deep = page(byVector().setOffset(70).setLimit(10).setWithAttributes(true));

    assertThat(shards.details.get()).isPositive();
    for (Page page : List.of(shallow, deep)) {
      assertThat(page.getHitsList())
          .hasSize(10)
          .allSatisfy(
              hit ->
                  assertThat(hit.getAttributes().getText().getDescription())
                      .isEqualTo("about " + hit.getImageId()));
    }
  }
}
