package io.likeness.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.google.protobuf.ByteString;
import io.likeness.features.fetch.FetchFailed;
import io.likeness.features.fetch.FetchOutcome;
import io.likeness.features.fetch.FetchRefused;
import io.likeness.features.fetch.Fetched;
import io.likeness.ingest.feature.FetchPatience;
import io.likeness.ingest.feature.Pictures;
import io.likeness.ingest.feature.UrlPictures;
import io.likeness.ingest.intake.EventCheck;
import io.likeness.ingest.intake.OpsRecord;
import io.likeness.ingest.intake.Unavailable;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.Growth;
import io.likeness.proto.vector.Slots;
import io.likeness.proto.vector.Version;
import io.likeness.wire.AddImage;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.PutVector;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.VectorRecord;
import io.likeness.wire.VectorRecord.StepCase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EventWorkTest {

  private final KnownInstances instances =
      new KnownInstances().announce(KnownInstances.pets("life1").build());
  private final ScriptedEmbedding embedding = new ScriptedEmbedding();
  private final Map<String, FetchOutcome> web = new ConcurrentHashMap<>();
  private final InMemoryOutbox out = new InMemoryOutbox();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final EventWork work =
      new EventWork(
          new EventCheck(1, Events.PARTITIONS, instances),
          instances,
          new UrlPictures(
              url -> web.getOrDefault(url, failed()),
              new FetchPatience(1, Duration.ZERO, Duration.ofSeconds(30))),
          new Pictures(embedding),
          16,
          new IngestMetrics(metrics));

  @Test
  void putsAPictureWithItsVectorItsHashAndWhatItWasCalled() {
    OpsRecord record = Events.record(Events.addContent("cat", "meow".getBytes(UTF_8)), 7);

    work.work(List.of(record), out);

    VectorRecord step = out.published.getFirst();
    assertThat(step.getInstanceUid()).isEqualTo("life1");
    assertThat(step.getImageId()).isEqualTo("cat");
    assertThat(Version.of(step.getVersion())).isEqualTo(record.place());
    assertThat(step.getAcceptedAtMillis()).isEqualTo(1_007);
    PutVector put = step.getPut();
    assertThat(FeatureVector.ofBytes(put.getVector()))
        .isEqualTo(FeatureVector.normalised(new float[] {4, 1, 0}));
    assertThat(put.getModel()).isEqualTo("default@1");
    assertThat(put.getContentSha256().toStringUtf8()).isEqualTo("sha of meow");
    assertThat(put.getFingerprint()).isEqualTo("meow".length());
    assertThat(put.getWidth()).isEqualTo(640);
    assertThat(out.isSafe()).isTrue();
  }

  @Test
  void bringsAGivenVectorToUnitLength() {
    work.work(List.of(Events.record(Events.add("cat", 3f, 4f, 0f), 1)), out);

    assertThat(FeatureVector.ofBytes(out.published.getFirst().getPut().getVector()))
        .isEqualTo(FeatureVector.normalised(new float[] {3, 4, 0}));
  }

  @Test
  void sendsChangesOnAsTheyAre() {
    work.work(
        List.of(
            Events.record(Events.update("cat", "animal", "cat"), 1),
            Events.record(Events.delete("dog"), 2)),
        out);

    assertThat(out.ids(StepCase.PATCH)).containsExactly("cat");
    assertThat(out.published.getFirst().getPatch().getAttributes())
        .isEqualTo(Events.tagged("animal", "cat"));
    assertThat(out.ids(StepCase.REMOVE)).containsExactly("dog");
  }

  @Test
  void tellsTheOldAndTheNewSlotOfAnImageWhileItsInstanceGetsMore() {
    InstanceRecord pets = KnownInstances.pets("life1").build();
    InstanceRecord growing = Growth.begin(pets, List.of(5), 1);
    String stays = idFor(growing, 0);
    String moves = idFor(growing, 5);
    instances.announce(growing);

    work.work(
        List.of(
            Events.record(Events.add(stays, 1f, 0f, 0f), 1),
            Events.record(Events.add(moves, 1f, 0f, 0f), 2),
            Events.record(Events.delete(moves), 3),
            Events.record(Events.update(moves, "colour", "red"), 4)),
        out);

    assertThat(out.published)
        .extracting(VectorRecord::getImageId, VectorRecord::getStepCase)
        .containsExactlyInAnyOrder(
            tuple(stays, StepCase.PUT),
            tuple(moves, StepCase.PUT),
            tuple(moves, StepCase.PUT),
            tuple(moves, StepCase.REMOVE),
            tuple(moves, StepCase.REMOVE),
            tuple(moves, StepCase.REJECT),
            tuple(moves, StepCase.REJECT));
    assertThat(out.slots).filteredOn(slot -> slot == 5).hasSize(3);
    assertThat(out.isSafe()).isTrue();
  }

  private static String idFor(InstanceRecord growing, int slot) {
    return IntStream.range(0, 100)
        .mapToObj(i -> "image-" + i)
        .filter(id -> Slots.slotOf(growing.getGrowth().getSlotsList(), id) == slot)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void setsPoisonAsideTellsItsImageAndGoesOn() {
    work.work(
        List.of(
            Events.record(Events.addContent("bad", "bad".getBytes(UTF_8)), 1),
            Events.record("p1/pets/torn", "{".getBytes(UTF_8), "", 2, ""),
            Events.record(Events.addContent("cat", "meow".getBytes(UTF_8)), 3)),
        out);

    assertThat(out.ids(StepCase.PUT)).containsExactly("cat");
    assertThat(out.ids(StepCase.REJECT)).containsExactly("bad");
    assertThat(out.quarantine.values())
        .extracting(unfit -> unfit.rejection().getKind())
        .containsExactlyInAnyOrder(RejectionKind.UNSUPPORTED_FORMAT, RejectionKind.BAD_EVENT);
    assertThat(metrics.counter("likeness.ingest.quarantined", "reason", "bad_event").count())
        .isEqualTo(1);
  }

  @Test
  void findsSubjectsWithTheInstancesDetectorAndRejectsWhereItIsNotHere() {
    OpsRecord record = Events.record(subject("cat"), 1);
    work.work(List.of(record), out);
    instances.announce(KnownInstances.pets("life1").setDetector("eyes").build());
    work.work(List.of(record), out);
    instances.announce(KnownInstances.pets("life1").setDetector("ears").build());
    work.work(List.of(record), out);
    work.work(List.of(Events.record(Events.addContent("dog", "woof".getBytes(UTF_8)), 2)), out);

    assertThat(embedding.detectors).containsExactly("", "eyes");
    assertThat(out.ids(StepCase.PUT)).containsExactly("cat", "cat", "dog");
    assertThat(out.ids(StepCase.REJECT)).containsExactly("cat");
    assertThat(out.quarantine.values())
        .extracting(unfit -> unfit.rejection().getDetail())
        .containsExactly("the instance's detector \"ears\" is not known to the worker");
  }

  private static ImageEvent subject(String id) {
    AddImage.Builder add =
        AddImage.newBuilder().setContent(ByteString.copyFromUtf8("meow")).setFindSubject(true);
    return Events.event(id).setAdd(add).build();
  }

  @Test
  void aPictureThatBreaksUsTakesNobodyAlong() {
    work.work(
        List.of(
            Events.record(Events.addContent("cat", "meow".getBytes(UTF_8)), 1),
            Events.record(Events.addContent("bomb", "bomb".getBytes(UTF_8)), 2),
            Events.record(Events.addContent("dog", "woof".getBytes(UTF_8)), 3)),
        out);

    assertThat(out.ids(StepCase.PUT)).containsExactly("cat", "dog");
    assertThat(out.ids(StepCase.REJECT)).containsExactly("bomb");
    assertThat(embedding.batches).containsExactly(3, 1, 1, 1);
  }

  @Test
  void fetchesPicturesThatCameAsAddresses() {
    web.put("http://a/cat", new Fetched(ByteString.copyFromUtf8("meow")));
    web.put("http://a/no", new FetchRefused(reason(RejectionKind.FETCH_REFUSED)));
    work.work(
        List.of(
            Events.record(Events.addUrl("gone", "http://a/gone"), 1),
            Events.record(Events.addUrl("no", "http://a/no"), 2),
            Events.record(Events.addUrl("cat", "http://a/cat"), 3)),
        out);

    assertThat(out.ids(StepCase.PUT)).containsExactly("cat");
    assertThat(out.ids(StepCase.REJECT)).containsExactly("gone", "no");
  }

  @Test
  void picturesThatAreHereDoNotWaitForThoseThatAreNot() {
    web.put("http://a/cat", new Fetched(ByteString.copyFromUtf8("meow")));
    work.work(
        List.of(
            Events.record(Events.addUrl("far", "http://a/cat"), 1),
            Events.record(Events.addContent("near", "meow".getBytes(UTF_8)), 2)),
        out);

    assertThat(out.ids(StepCase.PUT)).containsExactly("near", "far");
  }

  @Test
  void anEventDrivenAgainTakesItsFirstVersionAndLeavesQuarantine() {
    OpsRecord first = Events.record(Events.addUrl("cat", "http://a/cat"), 1);
    work.work(List.of(first), out);
    assertThat(out.quarantine).containsOnlyKeys(first.place());

    OpsRecord stillGone = Events.record(key("cat"), first.value(), "", 5, first.place().toString());
    work.work(List.of(stillGone), out);
    assertThat(out.quarantine).containsOnlyKeys(first.place());

    web.put("http://a/cat", new Fetched(ByteString.copyFromUtf8("meow")));
    OpsRecord again = Events.record(key("cat"), first.value(), "", 9, first.place().toString());
    work.work(List.of(again), out);

    assertThat(out.quarantine).isEmpty();
    assertThat(Version.of(out.published.getLast().getVersion())).isEqualTo(first.place());
  }

  @Test
  void endsAnInstanceAndLeavesAloneWhatComesAfter() {
    work.work(
        List.of(Events.record(Events.deleteInstance(), 1), Events.record(Events.delete("cat"), 2)),
        out);

    assertThat(out.published).isEmpty();
    assertThat(out.quarantine).isEmpty();
    assertThat(
            metrics
                .counter("likeness.ingest.events", "kind", "delete", "outcome", "outlived")
                .count())
        .isEqualTo(1);
  }

  @Test
  void learnsOfANewLifeBeforeItChecks() {
    work.work(List.of(Events.record(Events.delete("cat"), 1)), out);
    instances.announce(KnownInstances.pets("life2").build());

    work.work(List.of(Events.record(Events.delete("cat"), 2)), out);

    assertThat(out.published)
        .extracting(VectorRecord::getInstanceUid)
        .containsExactly("life1", "life2");
  }

  @Test
  void isNotDoneBeforeEverythingIsSafe() {
    out.acknowledges = false;
    assertThatThrownBy(() -> work.work(List.of(Events.record(Events.delete("cat"), 1)), out))
        .isInstanceOf(Unavailable.class);
  }

  @Test
  void doingABatchTwiceSaysTheSameTwice() {
    List<OpsRecord> batch =
        List.of(
            Events.record(Events.addContent("cat", "meow".getBytes(UTF_8)), 1),
            Events.record(Events.delete("dog"), 2));
    work.work(batch, out);
    List<VectorRecord> once = List.copyOf(out.published);
    work.work(batch, out);
    assertThat(out.published.subList(once.size(), out.published.size())).isEqualTo(once);
  }

  private static String key(String id) {
    return Events.INSTANCE + "/" + id;
  }

  private static FetchOutcome failed() {
    return new FetchFailed(reason(RejectionKind.FETCH_FAILED), true);
  }

  private static Rejection reason(RejectionKind kind) {
    return Rejection.newBuilder().setKind(kind).setDetail("as the test says").build();
  }
}
