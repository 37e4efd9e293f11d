package io.likeness.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.NodeLoads;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.features.DetectorManifest;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.Embedded;
import io.likeness.features.ModelLibrary;
import io.likeness.features.ModelManifest;
import io.likeness.features.Picture;
import io.likeness.features.Refused;
import io.likeness.features.Subject;
import io.likeness.features.fetch.FetchFailed;
import io.likeness.features.fetch.FetchOutcome;
import io.likeness.features.fetch.Fetched;
import io.likeness.node.process.SearchLimit;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.Slots;
import io.likeness.wire.Box;
import io.likeness.wire.CountImagesRequest;
import io.likeness.wire.EventVersion;
import io.likeness.wire.Filter;
import io.likeness.wire.FloatVector;
import io.likeness.wire.FoundSubject;
import io.likeness.wire.GetImageRequest;
import io.likeness.wire.Hit;
import io.likeness.wire.IdPrefix;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.ListImagesRequest;
import io.likeness.wire.Page;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.Relation;
import io.likeness.wire.SearchAnswer;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.ShardQuery;
import io.likeness.wire.WordPlace;
import io.likeness.wire.WordQuery;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The life of a query over shards in memory. */
class SearcherTest {

  private static final int SHORT_MILLIS = 300;

  private static Vertx vertx;
  private static ModelLibrary library;

  private final ScriptedShards shards = new ScriptedShards();
  private final ScriptedEvents events = new ScriptedEvents();
  private static final Box SUBJECT =
      Box.newBuilder().setX(1).setY(2).setWidth(3).setHeight(4).build();

  private final TextModels models = new TextModels();
  private Searcher searcher;
  private ImageDesk images;
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

  @BeforeEach
  void fillFourShards() {
    pets = shards.instance("life1", 4);
    shards.hold(0, "cat", 1, 0, 0);
    shards.hold(1, "dog", 0, 1, 0);
    shards.hold(2, "kitten", 0.9f, 0.1f, 0);
    shards.hold(3, "twin", 1, 0, 0);
    Questions questions = new Questions(shards);
    MeterRegistry metrics = new SimpleMeterRegistry();
    NodeLoads loads = new NodeLoads(System::nanoTime, new Random(1), metrics);
    FanOut fanOut = new FanOut(vertx, shards, loads, metrics);
    QueryTimes times = new QueryTimes(Duration.ofSeconds(20), Duration.ofSeconds(60));
    searcher =
        new Searcher(
            shards,
            new QueryVectors(shards, models, SearcherTest::fetch, questions, fanOut),
            questions,
            fanOut,
            new Consistency(events),
            times,
            new SearchGate(
                new SearchLimit(64, 64, System::nanoTime),
                new SearchGate.Waiting(16, Duration.ofSeconds(20)),
                metrics),
            new HitRoom(1_000_000),
            new SearchMetrics(metrics));
    images = new ImageDesk(shards, questions, fanOut, times);
  }

  /** Any name's model is the one that ships; a picture's text is its vector. */
  private static final class TextModels implements Models {

    private boolean full;
    private List<DetectorManifest> detectors = List.of();

    @Override
    public Optional<ModelManifest> model(String name) {
      return name.equals("default") ? Optional.of(library.model("default")) : Optional.empty();
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
      return detectors;
    }

    @Override
    public EmbedOutcome embed(Picture picture) {
      if (full) {
        throw new RejectedExecutionException("16 waiting, at most that many");
      }
      String text = picture.content().toStringUtf8();
      if (text.equals("broken")) {
        return new Refused(
            Rejection.newBuilder()
                .setKind(RejectionKind.BROKEN_PICTURE)
                .setDetail("ends early")
                .build());
      }
      return new Embedded(
          FeatureVector.normalised(text.equals("cat") ? xyz(1, 0, 0) : xyz(0, 1, 0)),
          10,
          10,
          ByteString.copyFromUtf8("sha of " + text),
          0,
          true,
          5,
          6,
          picture.findSubject()
              ? List.of(new Subject(SUBJECT, 0.75, picture.detector()))
              : List.of());
    }

    private static float[] xyz(float x, float y, float z) {
      return new float[] {x, y, z};
    }
  }

  private static FetchOutcome fetch(String url) {
    return url.endsWith("/cat")
        ? new Fetched(ByteString.copyFromUtf8("cat"))
        : new FetchFailed(
            Rejection.newBuilder().setKind(RejectionKind.FETCH_FAILED).setDetail(url).build(),
            true);
  }

  @Test
  void findsTheMostAlikeOfAllShardsTiesById() {
    Page page = page(byVector(1, 0, 0).setLimit(3));

    assertThat(ids(page)).containsExactly("cat", "twin", "kitten");
    assertThat(page.getHits(0).getScore()).isCloseTo(1, within(1e-6));
    assertThat(page.getHits(2).getScore()).isLessThan(1);
    assertThat(page.getTotal()).isEqualTo(4);
    assertThat(page.getCoverage().getShardsAsked()).isEqualTo(4);
    assertThat(page.getCoverage().getShardsAnswered()).isEqualTo(4);
    assertThat(page.getCoverage().getPositionsList())
        .extracting(position -> position.getSlot() + ":" + position.getAppliedOffset())
        .containsExactly("0:100", "1:101", "2:102", "3:103");
  }

  @Test
  void pagesFollowEachOtherWithoutGapOrRepeat() {
    List<String> paged = new ArrayList<>();
    for (int offset = 0; offset < 4; offset++) {
      paged.addAll(ids(page(byVector(1, 0, 0).setOffset(offset).setLimit(1))));
    }
    assertThat(paged).containsExactly("cat", "twin", "kitten", "dog");
  }

  @Test
  void findsByPictureByAddressAndByStoredImage() {
    SearchRequest.Builder content =
        request().setContent(ByteString.copyFromUtf8("cat")).setLimit(1);
    assertThat(ids(page(content))).containsExactly("cat");
    assertThat(page(content).getTimings().getEmbeddingCached()).isTrue();

    assertThat(ids(page(request().setUrl("http://a/cat").setLimit(1)))).containsExactly("cat");

    String stored = idOfSlot(1);
    shards.hold(1, stored, 0, 1, 0);
    assertThat(ids(page(request().setImageId(stored).setLimit(2))))
        .containsExactlyInAnyOrder("dog", stored);
  }

  @Test
  void withoutAPictureEverythingThatMatchesComesInOrderOfId() {
    Page page = page(request().setFilter(prefix("")).setLimit(10));
    assertThat(ids(page)).containsExactly("cat", "dog", "kitten", "twin");
    assertThat(page.getHitsList()).extracting(Hit::getScore).containsOnly(1.0);
    assertThat(ids(page(request().setFilter(prefix("k")).setLimit(10)))).containsExactly("kitten");
  }

  @Test
  void findsByWordsBestFirstOverAllShardsAndGoesOnBehindAnyHit() {
    WordQuery words = WordQuery.newBuilder().addAnyOf("t").addAnyOf("i").build();

    Page all = page(request().setWords(words).setLimit(10).setWithAttributes(true));

    assertThat(ids(all)).containsExactly("kitten", "twin", "cat");
    assertThat(all.getHitsList()).extracting(Hit::getScore).containsExactly(1.0, 1.0, 0.5);
    assertThat(all.getHits(2).getAttributes().getText().getDescription()).isEqualTo("about cat");
    for (int i = 0; i < 3; i++) {
      WordPlace after =
          WordPlace.newBuilder()
              .setScore(all.getHits(i).getScore())
              .setImageId(all.getHits(i).getImageId())
              .build();
      Page rest = page(request().setWords(words.toBuilder().setAfter(after)).setLimit(10));
      assertThat(ids(rest)).isEqualTo(ids(all).subList(i + 1, 3));
    }
    assertThat(ids(page(request().setWords(words).setOffset(1).setLimit(1))))
        .containsExactly("twin");
  }

  @Test
  void leavesOutWhatIsLessAlikeThanDemanded() {
    double kitten = page(byVector(1, 0, 0).setLimit(3)).getHits(2).getScore();

    assertThat(ids(page(byVector(1, 0, 0).setLimit(10).setMinScore(kitten))))
        .containsExactly("cat", "twin", "kitten");
    assertThat(ids(page(byVector(1, 0, 0).setLimit(10).setMinScore(Math.nextUp(kitten)))))
        .containsExactly("cat", "twin");
  }

  @Test
  void tellsWhatEachHitIsToThePictureWhereAsked() {
    String same = idOfSlot(0);
    String copy = idOfSlot(1);
    String other = idOfSlot(2);
    shards.hold(0, same, 0, 1, 0);
    shards.hold(1, copy, 0, 1, 0);
    shards.hold(2, other, 1, 0, 0);
    SearchRequest.Builder asked = request().setContent(ByteString.copyFromUtf8(same)).setLimit(10);

    Page told = page(asked.clone().setWithRelations(true));
    Page plain = page(asked);

    assertThat(relation(told, same)).isEqualTo(Relation.IDENTICAL);
    assertThat(relation(told, copy)).isEqualTo(Relation.EDITED_COPY);
    assertThat(relation(told, other)).isEqualTo(Relation.RELATION_UNSPECIFIED);
    assertThat(plain.getHitsList())
        .extracting(Hit::getRelation)
        .containsOnly(Relation.RELATION_UNSPECIFIED);
  }

  private static Relation relation(Page page, String id) {
    return page.getHitsList().stream()
        .filter(hit -> hit.getImageId().equals(id))
        .findFirst()
        .orElseThrow()
        .getRelation();
  }

  @Test
  void tellsTheSubjectItSearchedWithOnEitherKindOfPage() {
    FoundSubject found = FoundSubject.newBuilder().setBox(SUBJECT).setScore(0.75).build();
    SearchRequest.Builder asked =
        request().setContent(ByteString.copyFromUtf8("cat")).setLimit(2).setFindSubject(true);

    assertThat(page(asked.clone()).getSubjectsList()).containsExactly(found);
    assertThat(page(asked.clone().setOpenCursor(true)).getSubjectsList()).containsExactly(found);
    assertThat(page(asked.clone().setFindSubject(false)).getSubjectsList()).isEmpty();
  }

  @Test
  void findsTheSubjectWithTheInstancesDetector() {
    SearchRequest.Builder asked =
        request().setContent(ByteString.copyFromUtf8("cat")).setLimit(2).setFindSubject(true);
    assertThat(page(asked.clone()).getSubjects(0).getLabel()).isEmpty();

    shards.detectWith("life1", "eyes");
    refuses(asked.clone(), RefusalKind.UNAVAILABLE, "the instance's detector \"eyes\"");
    assertThat(ids(page(asked.clone().setFindSubject(false)))).contains("cat");

    models.detectors = List.of(detector("eyes"));
    // The scripted models label a subject with the detector they were told.
    assertThat(page(asked.clone()).getSubjects(0).getLabel()).isEqualTo("eyes");
  }

  private static DetectorManifest detector(String name) {
    return new DetectorManifest(
        name,
        "1",
        "sees",
        "Apache-2.0",
        "0".repeat(64),
        library.model("default").input(),
        new DetectorManifest.BoxesAndScores("boxes", "scores", DetectorManifest.Corners.PIXELS),
        List.of("thing"),
        Set.of(),
        0.5,
        0.5,
        Optional.empty());
  }

  @Test
  void answersWithPartialCoverageWhenOneShardIsLate() {
    shards.saysNothing(0);

    Page page = page(byVector(1, 0, 0).setLimit(1).setDeadlineMillis(SHORT_MILLIS));

    assertThat(ids(page)).containsExactly("twin");
    assertThat(page.getCoverage().getShardsAsked()).isEqualTo(4);
    assertThat(page.getCoverage().getShardsAnswered()).isEqualTo(3);
    assertThat(page.getCoverage().getReasonsList())
        .containsExactly("slot 0 on node shard-0 was late");
  }

  @Test
  void countsBrokenAndAbsentShardsAsAsked() {
    shards.breaks(0);
    shards.isAway(1);

    Page page = page(byVector(1, 0, 0).setLimit(1));

    assertThat(page.getCoverage().getShardsAsked()).isEqualTo(4);
    assertThat(page.getCoverage().getShardsAnswered()).isEqualTo(2);
    assertThat(page.getCoverage().getReasonsList())
        .anyMatch(reason -> reason.contains("connection refused"))
        .anyMatch(reason -> reason.contains("node shard-1 is not in the cluster"));
  }

  @Test
  void isWholeWhereAnotherReplicaAnswers() {
    String second = shards.replicate(0);
    shards.breaks(0);
    shards.isAway(1);
    shards.replicate(1);

    for (int i = 0; i < 10; i++) {
      Page page = page(byVector(1, 0, 0).setLimit(4).setStrict(true));
      assertThat(ids(page)).containsExactly("cat", "twin", "kitten", "dog");
      assertThat(page.getCoverage().getShardsAsked()).isEqualTo(4);
      assertThat(page.getCoverage().getShardsAnswered()).isEqualTo(4);
      assertThat(page.getCoverage().getReasonsList()).isEmpty();
    }
    shards.breaks(second);
    assertThat(page(byVector(1, 0, 0).setLimit(4)).getCoverage().getShardsAnswered()).isEqualTo(3);
  }

  @Test
  void failsWhereAllWereDemandedAndOneIsMissing() {
    shards.breaks(2);
    refuses(byVector(1, 0, 0).setLimit(1).setStrict(true), RefusalKind.UNAVAILABLE, "3 of 4");
  }

  @Test
  void failsWhereNobodyAnswers() {
    for (int slot = 0; slot < 4; slot++) {
      shards.breaks(slot);
    }
    refuses(byVector(1, 0, 0).setLimit(1), RefusalKind.UNAVAILABLE, "0 of 4");
  }

  @Test
  void asksOnceMoreWhereTheShardHasMoved() {
    shards.moves(0);

    assertThat(ids(page(byVector(1, 0, 0).setLimit(1)))).containsExactly("cat");
    assertThat(shards.refreshes).hasValue(1);
  }

  @Test
  void doesNotRunAfterAShardThatMovesOnAndOn() {
    shards.movesOnAndOn(0);

    Page page = page(byVector(1, 0, 0).setLimit(1));

    assertThat(page.getCoverage().getShardsAnswered()).isEqualTo(3);
    assertThat(page.getCoverage().getReasonsList()).anyMatch(r -> r.contains("STALE_TERM"));
    assertThat(shards.queries.stream().filter(query -> query.getShard().getSlot() == 0)).hasSize(2);
  }

  @Test
  void tellsShardsHowFarWhatAndHowLong() {
    EventVersion seen = EventVersion.newBuilder().setEpoch(1).setOffset(5).build();
    page(
        byVector(1, 0, 0)
            .setOffset(20)
            .setLimit(10)
            .addAtLeast(seen)
            .setWithAttributes(true)
            .setFilter(prefix("c"))
            .setDeadlineMillis(30_000));

    ShardQuery query = shards.queries.getFirst();
    assertThat(query.getLimit()).isEqualTo(30);
    assertThat(query.getAtLeastList()).containsExactly(seen);
    assertThat(query.getWithAttributes()).isTrue();
    assertThat(query.getFilter()).isEqualTo(prefix("c"));
    assertThat(query.getDeadlineMillis()).isBetween(1, 30_000);
  }

  @Test
  void waitsUntilTheEventOfATokenIsWorkedBeforeItAsks() {
    events.come(1, 10);
    events.areWorkedAfterLooks(3);
    page(byVector(1, 0, 0).setLimit(1).addAtLeast(token(1, 9)));

    assertThat(events.looks).hasValue(4);
    assertThat(shards.queries).hasSize(4).allMatch(query -> query.getAtLeastCount() == 1);
  }

  @Test
  void asksNobodyWhereTheEventOfATokenIsNotWorkedInTime() {
    events.come(1, 10);
    refuses(
        byVector(1, 0, 0).setLimit(1).addAtLeast(token(1, 10)).setDeadlineMillis(SHORT_MILLIS),
        RefusalKind.UNAVAILABLE,
        "event 3.1.10 has not been worked");
    assertThat(shards.queries).isEmpty();
  }

  @Test
  void refusesTokensThatNoEventCanHave() {
    refuses(
        byVector(1, 0, 0).setLimit(1).addAtLeast(token(2, 0)),
        RefusalKind.BAD_REQUEST,
        "token 3.2.0 is of another cluster");
    refuses(
        byVector(1, 0, 0).setLimit(1).addAtLeast(token(1, 0).toBuilder().setEpoch(4)),
        RefusalKind.BAD_REQUEST,
        "epoch 3");
  }

  @Test
  void aStrongSearchDemandsTheNewestEventOfEveryPartition() {
    events.come(0, 7);
    events.areWorkedAfterLooks(2);
    page(byVector(1, 0, 0).setLimit(1).setStrong(true));
    assertThat(shards.queries)
        .hasSize(4)
        .allMatch(query -> query.getAtLeastList().equals(List.of(token(0, 6))));

    events.saysNothing();
    refuses(byVector(1, 0, 0).setStrong(true), RefusalKind.UNAVAILABLE, "Kafka does not tell");
  }

  @Test
  void anEventualSearchDoesNotLookAtTheLog() {
    events.come(0, 7);
    page(byVector(1, 0, 0).setLimit(1));
    assertThat(events.looks).hasValue(0);
  }

  @Test
  void takesTheVectorOfAStoredImageFromAReplicaThatShowsTheToken() {
    String id = idOfSlot(1);
    shards.hold(1, id, 0, 1, 0);
    events.come(0, 1);
    page(request().setImageId(id).setLimit(1).addAtLeast(token(0, 0)).setMaxLagMillis(20));

    ShardQuery first = shards.queries.getFirst();
    assertThat(first.getCountOnly()).isTrue();
    assertThat(first.getShard().getSlot()).isEqualTo(1);
    assertThat(shards.queries)
        .hasSize(5)
        .allMatch(query -> query.getAtLeastCount() == 1 && query.getMaxLagMillis() == 20);
  }

  private static EventVersion token(int partition, long offset) {
    return EventVersion.newBuilder()
        .setEpoch(ScriptedEvents.EPOCH)
        .setPartition(partition)
        .setOffset(offset)
        .build();
  }

  @Test
  void tellsHowLongItsPartsWaitedForThreads() {
    shards.isFull(3);
    Page page = page(byVector(1, 0, 0).setLimit(1));
    assertThat(page.getTimings().getQueuedMicros()).isEqualTo((3 * 40 + 1_000_000) / 4);
    assertThat(page.getTimings().getRanMicros()).isEqualTo(3 * 8 / 4);
  }

  @Test
  void saysNoInWordsForEachReason() {
    refuses(request().setInstanceUid("nobody"), RefusalKind.NO_SUCH_INSTANCE, "nobody");
    refuses(request().setImageId("ghost").setLimit(1), RefusalKind.NO_SUCH_IMAGE, "ghost");
    refuses(
        request().setContent(ByteString.copyFromUtf8("broken")),
        RefusalKind.BAD_PICTURE,
        "ends early");
    refuses(request().setUrl("http://a/dog"), RefusalKind.BAD_PICTURE, "http://a/dog");
    refuses(byVector(1, 0, 0).setLimit(1_001), RefusalKind.BAD_REQUEST, "limit 1001");
    models.full = true;
    refuses(request().setContent(ByteString.copyFromUtf8("cat")), RefusalKind.BUSY, "at most");
  }

  @Test
  void comparesNoPictureWithVectorsOfAnotherVersionOfTheModel() {
    shards.instances.put("old", pets.toBuilder().setUid("old").setModelVersion("1").build());

    refuses(
        request().setInstanceUid("old").setContent(ByteString.copyFromUtf8("cat")),
        RefusalKind.BAD_REQUEST,
        "default@1");
  }

  @Test
  void countsWithoutFetchingHits() {
    var answer =
        searcher.count(
            CountImagesRequest.newBuilder().setInstanceUid("life1").build(), Trace.fresh());
    assertThat(answer.getCount().getTotal()).isEqualTo(4);
    assertThat(shards.queries).allMatch(ShardQuery::getCountOnly);
  }

  @Test
  void listsInOrderOfIdOverAllShards() {
    assertThat(list("", 3)).containsExactly("cat", "dog", "kitten", "...");
    assertThat(list("kitten", 3)).containsExactly("twin");
    assertThat(list("", 4)).containsExactly("cat", "dog", "kitten", "twin");
  }

  @Test
  void refusesAListThatWouldHaveHoles() {
    shards.breaks(1);
    ListImagesAnswer answer =
        images.list(
            ListImagesRequest.newBuilder().setInstanceUid("life1").setLimit(10).build(),
            Trace.fresh());
    assertThat(answer.getRefusal().getKind()).isEqualTo(RefusalKind.UNAVAILABLE);
    assertThat(answer.getRefusal().getDetail()).contains("slot 1");
  }

  @Test
  void showsAnImageFromTheSlotThatHoldsIt() {
    String id = idOfSlot(2);
    shards.hold(2, id, 1, 1, 1);
    GetImageRequest request =
        GetImageRequest.newBuilder().setInstanceUid("life1").setImageId(id).build();
    assertThat(images.show(request, Trace.fresh()).getImage().getExists()).isTrue();

    shards.isAway(2);
    assertThat(images.show(request, Trace.fresh()).getRefusal().getKind())
        .isEqualTo(RefusalKind.UNAVAILABLE);
  }

  @Test
  void waitsUntilEveryReplicaShowsAnImageAndIsContentWithOneInTheEnd() {
    String id = idOfSlot(2);
    shards.hold(2, id, 1, 1, 1);
    String second = shards.replicate(2);
    GetImageRequest request =
        GetImageRequest.newBuilder()
            .setInstanceUid("life1")
            .setImageId(id)
            .setVersion(EventVersion.newBuilder().setEpoch(1).setOffset(5))
            .setWaitMillis(50)
            .build();
    assertThat(images.show(request, Trace.fresh()).getImage().getApplied()).isTrue();
    assertThat(shards.askedNodes).containsExactlyInAnyOrder("shard-2", second);

    shards.hasNotSeenVersions("shard-2");
    assertThat(images.show(request, Trace.fresh()).getImage().getApplied()).isTrue();
    shards.saysNothing("shard-2");
    assertThat(images.show(request, Trace.fresh()).getImage().getApplied()).isTrue();
    shards.hasNotSeenVersions(second);
    assertThat(images.show(request, Trace.fresh()).getImage().getApplied()).isFalse();
    shards.isAway("shard-2");
    shards.isAway(second);
    assertThat(images.show(request, Trace.fresh()).getRefusal().getKind())
        .isEqualTo(RefusalKind.UNAVAILABLE);
  }

  private String idOfSlot(int slot) {
    for (int i = 0; ; i++) {
      if (Slots.slotOf(pets.getSlotsList(), "image-" + i) == slot) {
        return "image-" + i;
      }
    }
  }

  private List<String> list(String after, int limit) {
    ListImagesAnswer answer =
        images.list(
            ListImagesRequest.newBuilder()
                .setInstanceUid("life1")
                .setAfter(after)
                .setLimit(limit)
                .build(),
            Trace.fresh());
    List<String> ids =
        new ArrayList<>(
            answer.getImages().getImagesList().stream().map(ImageInfo::getImageId).toList());
    if (answer.getImages().getMore()) {
      ids.add("...");
    }
    return ids;
  }

  private static SearchRequest.Builder request() {
    return SearchRequest.newBuilder().setInstanceUid("life1");
  }

  private static SearchRequest.Builder byVector(float x, float y, float z) {
    return request().setVector(FloatVector.newBuilder().addValues(x).addValues(y).addValues(z));
  }

  private static Filter prefix(String prefix) {
    return Filter.newBuilder().setIdPrefix(IdPrefix.newBuilder().setPrefix(prefix)).build();
  }

  private Page page(SearchRequest.Builder request) {
    SearchAnswer answer = searcher.search(request.build(), Trace.fresh());
    assertThat(answer.hasPage()).as("%s", answer.getRefusal()).isTrue();
    return answer.getPage();
  }

  private void refuses(SearchRequest.Builder request, RefusalKind kind, String words) {
    SearchAnswer answer = searcher.search(request.build(), Trace.fresh());
    assertThat(answer.getRefusal().getKind()).isEqualTo(kind);
    assertThat(answer.getRefusal().getDetail()).contains(words);
  }

  private static List<String> ids(Page page) {
    return page.getHitsList().stream().map(Hit::getImageId).toList();
  }
}
