package io.likeness.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.ExecutionProvider;
import io.likeness.features.PictureConfig;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.features.fetch.FetchConfig;
import io.likeness.features.fetch.FetchFailed;
import io.likeness.features.fetch.FetchOutcome;
import io.likeness.features.fetch.Fetched;
import io.likeness.ingest.feature.FetchPatience;
import io.likeness.ingest.intake.LaneKind;
import io.likeness.ingest.intake.LaneMetrics;
import io.likeness.ingest.intake.OpsLane;
import io.likeness.ingest.intake.OpsRecord;
import io.likeness.node.kafka.Headers;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.meta.CreateOutcome;
import io.likeness.node.process.Health;
import io.likeness.node.process.NodeContext;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.node.testing.TestNode;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.QuarantinedEvent;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.VectorRecord;
import io.likeness.wire.VectorRecord.StepCase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both lanes over a real broker: what producers write, and what comes out behind. */
class LanesTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int SLOTS = 2;

  /** The same in every test: each takes the place of the one before at once. */
  private static final String WORKER = "worker";

  private static final String ADDS = WORKER + "-adds-0";

  @TempDir static Path folder;
  private static EmbeddedKafka kafka;
  private static TestNode node;
  private static Producer<byte[], byte[]> producer;

  private final ScriptedEmbedding embedding = new ScriptedEmbedding();
  private final Map<String, FetchOutcome> web = new ConcurrentHashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private InstanceRecord pets;

  @BeforeAll
  static void startBroker() {
    kafka = EmbeddedKafka.start(folder);
    node = TestNode.start(kafka.settings(), "worker", Events.PARTITIONS, SLOTS);
    producer = KafkaClients.producer(kafka.settings(), "outside");
  }

  @AfterAll
  static void stopBroker() {
    producer.close();
    node.close();
    kafka.close();
  }

  /** A new life for each test: it leaves alone what the earlier ones have written. */
  @BeforeEach
  void createInstance() {
    InstanceRecord wanted = KnownInstances.pets("").clearSlots().clearBornEpoch().build();
    node.context()
        .meta()
        .instances()
        .forEach(each -> node.context().meta().deleteByUid(each.getUid()));
    CreateOutcome created = node.context().meta().createInstance(wanted, SLOTS);
    pets = ((CreateOutcome.Created) created).instance();
  }

  @AfterEach
  void stopWorker() throws Exception {
    embedding.slow.countDown();
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  @Test
  void takesProtobufAndJsonWithAndWithoutContentType() throws Exception {
    startWorker();
    send(Events.addContent("a", "meow".getBytes(UTF_8)));
    sendJson(Events.add("b", 1f, 2f, 3f), EventFormat.JSON);
    sendJson(Events.update("c", "animal", "cat"), "");
    sendJson(Events.delete("d"), EventFormat.JSON);

    await().atMost(SOON).untilAsserted(() -> assertThat(steps()).hasSize(4));
    Map<String, StepCase> byId = new LinkedHashMap<>();
    steps().forEach(step -> byId.put(step.getImageId(), step.getStepCase()));
    assertThat(byId)
        .containsEntry("a", StepCase.PUT)
        .containsEntry("b", StepCase.PUT)
        .containsEntry("c", StepCase.PATCH)
        .containsEntry("d", StepCase.REMOVE);
  }

  @Test
  void deletesAndUpdatesOvertakeSlowAdds() throws Exception {
    startWorker();
    for (int i = 0; i < 20; i++) {
      send(Events.addContent("slow" + i, "slow".getBytes(UTF_8)));
    }
    embedding.waiting.await();
    send(Events.delete("dog"));
    send(Events.update("cat", "animal", "cat"));

    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(steps())
                    .extracting(VectorRecord::getImageId)
                    .containsExactlyInAnyOrder("dog", "cat"));
    embedding.slow.countDown();
    await().atMost(SOON).untilAsserted(() -> assertThat(steps()).hasSize(22));
  }

  @Test
  void poisonIsSetAsideWholeAndThePartitionMovesOn() throws Exception {
    startWorker();
    byte[] torn = "{\"instance\": \"p1/pe".getBytes(UTF_8);
    Version place = send(Events.key(Events.delete("cat")), torn, Map.of());
    Version undeclared = send(Events.update("cat", "colour", "red"));
    send(Events.delete("cat"));

    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(steps())
                    .extracting(VectorRecord::getStepCase)
                    .containsExactlyInAnyOrder(StepCase.REJECT, StepCase.REMOVE));
    await().atMost(SOON).untilAsserted(() -> assertThat(quarantine()).containsKey(place));
    QuarantinedEvent event = setAside(place);
    assertThat(event.getValue()).isEqualTo(ByteString.copyFrom(torn));
    assertThat(event.getKey().toStringUtf8()).isEqualTo("p1/pets/cat");
    assertThat(event.getBy()).isEqualTo("ingest-worker");
    QuarantinedEvent second = setAside(undeclared);
    assertThat(second.getRejection().getKind()).isEqualTo(RejectionKind.BAD_ATTRIBUTES);
    assertThat(second.getInstance()).isEqualTo("p1/pets");
    assertThat(second.getImageId()).isEqualTo("cat");
  }

  @Test
  void poisonAsLargeAsARecordCanBeIsSetAsideWithoutItsBytes() throws Exception {
    startWorker();
    byte[] huge = new byte[KafkaClients.RECORD_BYTES_MAX - 1_000];
    Version place = send("p1/pets/huge", huge, Map.of());
    send(Events.delete("cat"));

    await().atMost(SOON).untilAsserted(() -> assertThat(quarantine()).containsKey(place));
    assertThat(setAside(place).getValue()).isEqualTo(ByteString.EMPTY);
    assertThat(setAside(place).getRejection().getDetail()).contains("they are in ops at " + place);
  }

  @Test
  void anEventDrivenAgainKeepsItsFirstVersion() throws Exception {
    startWorker();
    ImageEvent add = Events.addUrl("cat", "http://a/cat");
    Version first = send(add);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(quarantine().get(first)).isNotNull().isPresent());
    send(Events.delete("cat"));

    web.put("http://a/cat", new Fetched(ByteString.copyFromUtf8("meow")));
    send(Events.key(add), add.toByteArray(), Map.of(Headers.ORIGIN, first.toString()));

    await().atMost(SOON).untilAsserted(() -> assertThat(quarantine().get(first)).isEmpty());
    VectorRecord put = steps().stream().filter(VectorRecord::hasPut).findFirst().orElseThrow();
    assertThat(Version.of(put.getVersion())).isEqualTo(first);
  }

  @Test
  void aBatchThatWasDoneButNotCommittedIsDoneAgain() throws Exception {
    List<OpsRecord> seen = new CopyOnWriteArrayList<>();
    Health crashed = new Health();
    OpsLane dying =
        lane(
            ADDS,
            crashed,
            batch -> {
              seen.addAll(mine(batch));
              if (!mine(batch).isEmpty()) {
                throw new IllegalStateException("killed after the work, before the commit");
              }
            });
    Version version = send(Events.addContent("cat", "meow".getBytes(UTF_8)));
    await().atMost(SOON).until(() -> !crashed.isLive());
    dying.close();

    OpsLane next = lane(ADDS, new Health(), batch -> seen.addAll(mine(batch)));
    opened.add(next);

    await().atMost(SOON).untilAsserted(() -> assertThat(seen).hasSize(2));
    assertThat(seen).extracting(OpsRecord::place).containsExactly(version, version);
  }

  @Test
  void aLaneThatCannotReachTheLogTriesItsBatchAgain() throws Exception {
    List<OpsRecord> tries = new CopyOnWriteArrayList<>();
    Health health = new Health();
    opened.add(
        lane(
            ADDS,
            health,
            batch -> {
              tries.addAll(mine(batch));
              if (!mine(batch).isEmpty() && tries.size() < 3) {
                throw new io.likeness.ingest.intake.Unavailable("away", new RuntimeException());
              }
            }));
    send(Events.addContent("cat", "meow".getBytes(UTF_8)));

    await().atMost(SOON).untilAsserted(() -> assertThat(tries).hasSize(3));
    assertThat(health.isLive()).isTrue();
  }

  @Test
  void endsAnInstanceByEventAndLeavesTheNextLifeAlone() throws Exception {
    startWorker();
    send(Events.deleteInstance());
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(node.context().meta().instanceByUid(pets.getUid()).orElseThrow())
                    .extracting(InstanceRecord::getStatus)
                    .isEqualTo(InstanceStatus.DELETED));
  }

  @Test
  void isReadyOnceBothLanesHaveJoined() {
    NodeContext context = startWorker();
    await().atMost(SOON).until(() -> context.health().isReady());
  }

  private NodeContext startWorker() {
    NodeContext shared = node.context();
    NodeContext context =
        new NodeContext(
            WORKER,
            shared.vertx(),
            shared.metrics(),
            new Health(),
            shared.kafka(),
            shared.membership(),
            shared.meta(),
            shared.assignments(),
            shared.grpc());
    IngestConfig config =
        new IngestConfig(
            1,
            1,
            64,
            32 << 20,
            new PictureConfig(
                Optional.empty(),
                ExecutionProvider.CPU,
                EmbedderConfig.defaults(),
                PoolConfig.of(0),
                new FetchConfig(List.of(), Set.of(), 1 << 20, Duration.ofSeconds(1), 0)),
            new FetchPatience(1, Duration.ZERO, Duration.ofSeconds(5)));
    opened.add(
        IngestRole.start(config, context, embedding, url -> web.getOrDefault(url, notThere(url))));
    return context;
  }

  private static FetchOutcome notThere(String url) {
    return new FetchFailed(
        Rejection.newBuilder().setKind(RejectionKind.FETCH_FAILED).setDetail(url).build(), true);
  }

  private static OpsLane lane(String name, Health health, OpsLane.Work work) {
    return OpsLane.start(
        name,
        1,
        LaneKind.ADDS,
        kafka.settings(),
        new OpsLane.Portion(64, 32 << 20),
        work,
        new LaneMetrics(new SimpleMeterRegistry(), LaneKind.ADDS),
        health);
  }

  /** Without what earlier tests have left: the group's positions go on from test to test. */
  private List<OpsRecord> mine(List<OpsRecord> batch) {
    return batch.stream()
        .filter(record -> record.place().offset() >= pets.getBornAt(record.place().partition()))
        .toList();
  }

  private static Version send(ImageEvent event) throws Exception {
    return send(
        Events.key(event),
        event.toByteArray(),
        Map.of(EventFormat.CONTENT_TYPE, EventFormat.PROTOBUF));
  }

  private static void sendJson(ImageEvent event, String contentType) throws Exception {
    send(
        Events.key(event),
        EventFormat.toJson(event).getBytes(UTF_8),
        contentType.isEmpty() ? Map.of() : Map.of(EventFormat.CONTENT_TYPE, contentType));
  }

  private static Version send(String key, byte[] value, Map<String, String> headers)
      throws Exception {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(Topics.OPS, key.getBytes(UTF_8), value);
    headers.forEach((name, text) -> record.headers().add(name, text.getBytes(UTF_8)));
    var placed = producer.send(record).get();
    return new Version(1, placed.partition(), placed.offset());
  }

  private List<VectorRecord> steps() throws InvalidProtocolBufferException {
    List<VectorRecord> steps = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> each : readAll(Topics.VECTORS, SLOTS)) {
      VectorRecord step = VectorRecord.parseFrom(each.value());
      if (step.getInstanceUid().equals(pets.getUid())) {
        steps.add(step);
      }
    }
    return steps;
  }

  private static Map<Version, Optional<QuarantinedEvent>> quarantine()
      throws InvalidProtocolBufferException {
    Map<Version, Optional<QuarantinedEvent>> events = new LinkedHashMap<>();
    for (ConsumerRecord<byte[], byte[]> each : readAll(Topics.QUARANTINE, 1)) {
      events.put(
          Version.parse(new String(each.key(), UTF_8)),
          each.value() == null
              ? Optional.empty()
              : Optional.of(QuarantinedEvent.parseFrom(each.value())));
    }
    return events;
  }

  private static QuarantinedEvent setAside(Version version) throws InvalidProtocolBufferException {
    return Objects.requireNonNull(quarantine().get(version), "nothing of " + version).orElseThrow();
  }

  private static List<ConsumerRecord<byte[], byte[]>> readAll(String topic, int partitions) {
    List<TopicPartition> all = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      all.add(new TopicPartition(topic, partition));
    }
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer =
        KafkaClients.consumer(kafka.settings(), "reader", null)) {
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }
}
