package io.likeness.shard;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.node.testing.InMemoryMembership;
import io.likeness.node.testing.TestNode;
import io.likeness.shard.index.Histories;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.InventoryRequest;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardInventory;
import io.likeness.wire.ShardNodeGrpcClient;
import io.likeness.wire.SlotAssignment;
import io.likeness.wire.SlotPhase;
import io.likeness.wire.VectorRecord;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Several shard nodes over one real log, that copy slots from each other over real gRPC. */
class ReplicasTest {

  private static final int SLOTS = 8;
  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir static Path kafkaFolder;
  private static EmbeddedKafka kafka;

  @TempDir Path folder;

  private final Map<String, Running> nodes = new LinkedHashMap<>();
  private final Random random = new Random(42);
  private String test = "";
  private int slot;
  private Producer<byte[], byte[]> producer;
  private static int tests;

  /** One shard node. */
  private final class Running {
    final String name;
    final TestNode node;
    final ShardNodeRole role;
    final ShardNodeGrpcClient client;

    Running(String name, Map<String, String> more) throws IOException {
      this.name = name;
      this.node = TestNode.start(kafka.settings(), test + name, 2, SLOTS);
      Map<String, String> keys = new HashMap<>(more);
      keys.put("shard.data", data(name).toString());
      keys.put("shard.commit.interval", "200ms");
      keys.put("shard.seal.rows", "100");
      keys.putIfAbsent("shard.copy.behind", "50");
      ConfigReader values = ConfigReader.of(keys);
      ShardNodeConfig config = ShardNodeConfig.read(values);
      values.done();
      this.role = ShardNodeRole.start(config, node.context());
      NodeInfo self = node.context().membership().self();
      this.client =
          ShardNodeGrpcClient.create(
              GrpcChannels.client(node.context().vertx()), GrpcChannels.address(self.grpc()));
    }

    void close() {
      role.close();
      node.close();
    }

    /** Of no phase where the node does not hold the slot. */
    HeldSlotState state() {
      return get(client.describeSlots(DescribeSlotsRequest.getDefaultInstance()))
          .getSlotsList()
          .stream()
          .filter(each -> each.getSlot() == slot)
          .findFirst()
          .orElseGet(HeldSlotState::getDefaultInstance);
    }

    Map<String, Long> checksums() {
      Map<String, Long> sums = new HashMap<>();
      for (ShardInventory shard :
          get(client.takeInventory(InventoryRequest.getDefaultInstance())).getShardsList()) {
        if (shard.getShard().getSlot() == slot) {
          sums.put(shard.getShard().getInstanceUid(), shard.getChecksum());
        }
      }
      return sums;
    }

    /** Of the slot, as its metrics say; 0 where they do not. */
    double told(String what) {
      return node
          .context()
          .metrics()
          .find("likeness.shard.slot." + what)
          .tag("slot", Integer.toString(slot))
          .gauges()
          .stream()
          .mapToDouble(Gauge::value)
          .sum();
    }

    /** That were "built" here, or "adopted" from another replica. */
    double rows(String how) {
      return node.context().metrics().get("likeness.shard." + how + ".rows").counter().count();
    }

    double received() {
      return node.context()
          .metrics()
          .get("likeness.shard.copy.bytes")
          .tag("direction", "received")
          .counter()
          .count();
    }
  }

  private static <T> T get(Future<T> answer) {
    try {
      return answer.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @BeforeAll
  static void startKafka() {
    kafka = EmbeddedKafka.start(kafkaFolder);
  }

  @AfterAll
  static void stopKafka() {
    kafka.close();
  }

  @BeforeEach
  void begin(TestInfo info) {
    test = info.getTestMethod().orElseThrow().getName() + "-";
    // The broker outlives the test: each has a slot of its own.
    slot = tests++;
    assertThat(slot).isLessThan(SLOTS);
    producer = KafkaClients.producer(kafka.settings(), "test");
  }

  @AfterEach
  void end() {
    nodes.values().forEach(Running::close);
    producer.close();
  }

  private Path data(String name) {
    return folder.resolve(name);
  }

  private Running start(String name) throws IOException {
    return start(name, Map.of());
  }

  private Running start(String name, Map<String, String> more) throws IOException {
    Running started = new Running(name, more);
    NodeInfo self = started.node.context().membership().self();
    for (Running other : nodes.values()) {
      join(other, self);
      join(started, other.node.context().membership().self());
    }
    nodes.put(name, started);
    return started;
  }

  private static void join(Running node, NodeInfo other) {
    ((InMemoryMembership) node.node.context().membership()).join(other);
  }

  private void stop(String name) {
    Running gone = Objects.requireNonNull(nodes.remove(name));
    String full = gone.node.context().nodeName();
    gone.close();
    nodes
        .values()
        .forEach(each -> ((InMemoryMembership) each.node.context().membership()).leave(full));
  }

  private SlotAssignment replica(int number, String name, long term, ReplicaState state) {
    return SlotAssignment.newBuilder()
        .setSlot(slot)
        .setReplica(number)
        .setNode(test + name)
        .setTerm(term)
        .setState(state)
        .build();
  }

  private void assign(SlotAssignment... replicas) {
    nodes.values().iterator().next().node.context().assignments().update(all -> List.of(replicas));
    nodes.values().forEach(each -> each.node.context().assignments().readToEnd());
  }

  private void send(Collection<VectorRecord> records) {
    for (VectorRecord record : records) {
      for (String uid : List.of(test + "a", test + "b")) {
        VectorRecord mine = record.toBuilder().setInstanceUid(uid).build();
        producer.send(new ProducerRecord<>(Topics.VECTORS, slot, null, mine.toByteArray()));
      }
    }
    producer.flush();
  }

  private void sendMixed(int count) {
    send(new ArrayList<>(Histories.mixed(random, 200, count, 16)));
  }

  private void awaitPhase(Running node, SlotPhase phase) {
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              HeldSlotState state = node.state();
              assertThat(state.getPhase()).as("%s", state).isEqualTo(phase);
            });
  }

  private void awaitEqual(Running one, Running other) {
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              assertThat(one.checksums()).hasSize(2).isEqualTo(other.checksums());
              assertThat(one.state().getPosition()).isEqualTo(other.state().getPosition());
              assertThat(one.told("checksum")).isEqualTo(other.told("checksum")).isPositive();
              assertThat(one.told("checksum.offset"))
                  .isEqualTo(other.told("checksum.offset"))
                  .isEqualTo(one.state().getPosition().getAppliedOffset());
            });
  }

  @Test
  void joinsByACopyAndReadsOnFromThere() throws Exception {
    Running first = start("first");
    assign(replica(0, "first", 1, ReplicaState.SERVING));
    sendMixed(400);
    awaitPhase(first, SlotPhase.READY);
    Running second = start("second");
    assign(
        replica(0, "first", 1, ReplicaState.SERVING),
        replica(1, "second", 1, ReplicaState.JOINING));
    sendMixed(200);
    awaitPhase(second, SlotPhase.READY);
    assertThat(second.received()).isPositive();
    sendMixed(100);
    awaitEqual(first, second);

    // It comes back after so little that the log is the shorter way.
    double received = second.received();
    stop("second");
    sendMixed(10);
    Running again = start("second");
    awaitPhase(again, SlotPhase.READY);
    awaitEqual(first, again);
    assertThat(received).isPositive();
    assertThat(again.received()).isZero();
  }

  @Test
  void takesOverTheGraphsOfTheFirstThatServes() throws Exception {
    Running first = start("first");
    Running second = start("second");
    assign(
        replica(0, "first", 1, ReplicaState.SERVING),
        replica(1, "second", 1, ReplicaState.SERVING));
    awaitPhase(first, SlotPhase.READY);
    sendMixed(800);
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(second.rows("adopted")).isPositive());
    awaitEqual(first, second);
    assertThat(second.rows("built")).isZero();
    assertThat(first.rows("built")).isPositive();
    assertThat(first.rows("adopted")).isZero();

    // Whoever is left makes them.
    stop("first");
    sendMixed(800);
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(second.rows("built")).isPositive());
  }

  @Test
  void readsTheLogWhereNobodyElseServes() throws Exception {
    Running first = start("first");
    assign(
        replica(0, "first", 1, ReplicaState.SERVING),
        replica(1, "never-there", 1, ReplicaState.JOINING));
    sendMixed(300);
    awaitPhase(first, SlotPhase.READY);
    assertThat(first.received()).isZero();
  }

  @Test
  void passesOverNothingTheLogHasNoMore() throws Exception {
    Running first = start("first");
    assign(replica(0, "first", 1, ReplicaState.SERVING));
    sendMixed(300);
    awaitPhase(first, SlotPhase.READY);
    Awaitility.await()
        .atMost(LONG)
        .until(() -> first.state().getPosition().getAppliedOffset() == 600);
    trimTo(400);

    // However little it would lack otherwise.
    Map<String, String> patient = Map.of("shard.copy.behind", "1000000");
    Running second = start("second", patient);
    // Who is to serve and has nothing: nobody may take that for an empty slot.
    assign(
        replica(0, "elsewhere", 1, ReplicaState.SERVING),
        replica(1, "second", 1, ReplicaState.SERVING));
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(
            () -> {
              HeldSlotState state = second.state();
              assertThat(state.getPhase()).isEqualTo(SlotPhase.COPYING);
              assertThat(state.getTrouble()).contains("elsewhere is not there");
            });
    assertThat(second.node.context().health().isReady()).isFalse();
    assertThat(second.node.context().health().report().encode()).contains("elsewhere is not there");

    assign(
        replica(0, "first", 2, ReplicaState.SERVING),
        replica(1, "second", 1, ReplicaState.SERVING));
    awaitPhase(second, SlotPhase.READY);
    assertThat(second.node.context().health().isReady()).isTrue();
    awaitEqual(first, second);

    // Nor where it has to read again what is gone: its checkpoint is lost, and it copies.
    stop("second");
    Files.delete(data("second").resolve(slot + "/checkpoint"));
    Running again = start("second", patient);
    awaitPhase(again, SlotPhase.READY);
    awaitEqual(first, again);
  }

  @Test
  void copiesADamagedShardTheLogDoesNotHoldAnyMore() throws Exception {
    Running first = start("first");
    // Rows that wait for a graph are not looked at before they have one.
    Running second =
        start("second", Map.of("shard.scrub.interval", "1s", "shard.builder.patience", "0s"));
    assign(
        replica(0, "first", 1, ReplicaState.SERVING),
        replica(1, "second", 1, ReplicaState.SERVING));
    sendMixed(600);
    awaitPhase(first, SlotPhase.READY);
    awaitPhase(second, SlotPhase.READY);
    awaitEqual(first, second);
    trimTo(1_200);
    double before = second.received();
    flipABitOfEveryRowFile(data("second").resolve(slot + "/" + test + "a"));
    Awaitility.await().atMost(LONG).until(() -> second.received() > before);
    awaitPhase(second, SlotPhase.READY);
    awaitEqual(first, second);
  }

  private static void flipABitOfEveryRowFile(Path shard) throws IOException {
    List<Path> rows;
    try (Stream<Path> files = Files.list(shard)) {
      rows = files.filter(file -> file.getFileName().toString().startsWith("rows-")).toList();
    }
    assertThat(rows).isNotEmpty();
    for (Path file : rows) {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
        ByteBuffer one = ByteBuffer.allocate(1);
        if (channel.read(one, 4_100) == 1) {
          one.put(0, (byte) (one.get(0) ^ 1));
          channel.write(one.flip(), 4_100);
        }
      }
    }
  }

  private void trimTo(long offset) throws Exception {
    try (Admin admin = KafkaClients.admin(kafka.settings())) {
      admin
          .deleteRecords(
              Map.of(
                  new TopicPartition(Topics.VECTORS, slot), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void takesAwayASlotOnlyWhenAnotherReplicaHasAllOfIt() throws Exception {
    Running first = start("first");
    assign(replica(0, "first", 1, ReplicaState.SERVING));
    sendMixed(300);
    awaitPhase(first, SlotPhase.READY);
    // What an earlier process did not get to.
    Path left = Files.createDirectories(data("second").resolve("99.gone/life"));
    Running second = start("second");
    Awaitility.await().atMost(LONG).until(() -> !Files.exists(left.getParent()));

    // Whoever is to have it is away: it is neither served nor given up.
    assign(replica(0, "second-to-none", 2, ReplicaState.SERVING));
    awaitPhase(first, SlotPhase.SLOT_PHASE_UNSPECIFIED);
    Path folderOfFirst = data("first").resolve(Integer.toString(slot));
    awaitLook(first);
    assertThat(folderOfFirst).isDirectory();

    assign(
        replica(0, "second-to-none", 2, ReplicaState.SERVING),
        replica(1, "second", 2, ReplicaState.SERVING));
    awaitPhase(second, SlotPhase.READY);
    Awaitility.await().atMost(LONG).until(() -> !Files.exists(folderOfFirst));
    assertThat(first.node.context().health().isReady()).isTrue();

    // It may come back, as new.
    assign(
        replica(0, "first", 3, ReplicaState.JOINING),
        replica(1, "second", 2, ReplicaState.SERVING));
    awaitPhase(first, SlotPhase.READY);
    assertThat(first.received()).isPositive();
    awaitEqual(first, second);

    // And it looks after what it held before it was stopped.
    stop("first");
    assign(replica(1, "second", 2, ReplicaState.SERVING));
    assertThat(folderOfFirst).isDirectory();
    var unused = start("first");
    Awaitility.await().atMost(LONG).until(() -> !Files.exists(folderOfFirst));
    assertThat(data("second").resolve(Integer.toString(slot))).isDirectory();
  }

  /** Until the node has asked whether its folders are needed, after now. */
  private void awaitLook(Running node) throws IOException {
    Path marker = Files.createDirectories(data(node.name).resolve("98.gone"));
    Awaitility.await().atMost(LONG).until(() -> !Files.exists(marker));
    Files.createDirectories(marker);
    Awaitility.await().atMost(LONG).until(() -> !Files.exists(marker));
  }

  @Test
  void goesOnWithItsOtherSlotsWhileOneIsCopiedSlowly() throws Exception {
    Running first = start("first");
    assign(replica(0, "first", 1, ReplicaState.SERVING));
    sendMixed(600);
    awaitPhase(first, SlotPhase.READY);
    Running second = start("second", Map.of("shard.copy.rate", "1KiB"));
    int copied = slot;
    SlotAssignment other =
        SlotAssignment.newBuilder()
            .setSlot(SLOTS - 1)
            .setNode(test + "second")
            .setTerm(1)
            .setState(ReplicaState.SERVING)
            .build();
    assign(
        replica(0, "first", 1, ReplicaState.SERVING),
        replica(1, "second", 1, ReplicaState.JOINING),
        other);
    awaitPhase(second, SlotPhase.COPYING);
    Awaitility.await().atMost(LONG).until(() -> second.state().getBytesCopied() > 0);
    slot = SLOTS - 1;
    sendMixed(100);
    awaitPhase(second, SlotPhase.READY);
    Awaitility.await().atMost(LONG).until(() -> second.checksums().size() == 2);
    // Ready for what it is asked about, which the one that joins is not.
    assertThat(second.node.context().health().isReady()).isTrue();
    slot = copied;
    assertThat(second.state().getPhase()).isEqualTo(SlotPhase.COPYING);

    // Nobody wants it there any more.
    assertThat(data("second").resolve(slot + ".incoming")).exists();
    assign(replica(0, "first", 1, ReplicaState.SERVING), other);
    Awaitility.await()
        .atMost(LONG)
        .until(() -> !Files.exists(data("second").resolve(slot + ".incoming")));
    Awaitility.await()
        .atMost(LONG)
        .until(() -> second.state().getPhase() == SlotPhase.SLOT_PHASE_UNSPECIFIED);
  }
}
