package io.likeness.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.node.testing.TestNode;
import io.likeness.proto.image.InstanceKey;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.Histories;
import io.likeness.shard.snapshot.SnapshotManifest;
import io.likeness.shard.snapshot.Snapshots;
import io.likeness.shard.snapshot.StoreAddress;
import io.likeness.wire.Attributes;
import io.likeness.wire.EventVersion;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InventoryRequest;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardCursor;
import io.likeness.wire.ShardGroup;
import io.likeness.wire.ShardGroupsRequest;
import io.likeness.wire.ShardHits;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardImagesRequest;
import io.likeness.wire.ShardInventory;
import io.likeness.wire.ShardLeaseEnd;
import io.likeness.wire.ShardListRequest;
import io.likeness.wire.ShardNodeGrpcClient;
import io.likeness.wire.ShardQuery;
import io.likeness.wire.SlotAssignment;
import io.likeness.wire.Tags;
import io.likeness.wire.VectorRecord;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** A shard node over a real log, asked over real gRPC. */
class ShardNodeRoleTest {

  private static final int SLOT = 2;
  private static final int DIMENSIONS = 16;

  @TempDir Path folder;

  private final Map<String, String> more = new HashMap<>();
  private final Set<Path> flipped = new HashSet<>();

  private TestNode node;
  private ShardNodeRole role;
  private Producer<byte[], byte[]> producer;
  private ShardNodeGrpcClient client;
  private String name;
  private String uid;
  private final Random random = new Random(42);

  @BeforeEach
  void start(TestInfo test) throws IOException {
    name = "node-of-" + test.getTestMethod().orElseThrow().getName();
    uid = "life-of-" + test.getTestMethod().orElseThrow().getName().hashCode();
    node = TestNode.start(EmbeddedKafka.shared().settings(), name, 2, 4);
    producer = KafkaClients.producer(node.context().kafka(), "test");
    assign(name, 1);
    startRole();
  }

  private void startRole() throws IOException {
    Map<String, String> keys = new HashMap<>(more);
    keys.put("shard.data", folder.resolve("shards").toString());
    keys.put("shard.commit.interval", "200ms");
    keys.put("shard.seal.rows", "100");
    keys.put("shard.scrub.interval", "1s");
    ConfigReader values = ConfigReader.of(keys);
    ShardNodeConfig config = ShardNodeConfig.read(values);
    values.done();
    if (client != null) {
      // A second role needs a second endpoint: services cannot be taken back.
      node.close();
      node = TestNode.start(EmbeddedKafka.shared().settings(), name, 2, 4);
    }
    role = ShardNodeRole.start(config, node.context());
    NodeInfo self = node.context().membership().self();
    client =
        ShardNodeGrpcClient.create(
            GrpcChannels.client(node.context().vertx()),
            SocketAddress.inetSocketAddress(self.grpc().port(), self.grpc().host()));
    awaitReady();
  }

  private void awaitReady() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> node.context().health().isReady());
  }

  @AfterEach
  void stop() {
    role.close();
    producer.close();
    node.close();
  }

  private void assign(String to, long term) {
    node.context()
        .assignments()
        .update(
            before ->
                IntStream.range(0, 4)
                    .mapToObj(
                        slot ->
                            SlotAssignment.newBuilder()
                                .setSlot(slot)
                                .setNode(to)
                                .setTerm(term)
                                .build())
                    .toList());
    node.context().assignments().readToEnd();
  }

  private void send(List<VectorRecord> records) {
    for (VectorRecord record : records) {
      VectorRecord mine = record.toBuilder().setInstanceUid(uid).build();
      producer.send(new ProducerRecord<>(Topics.VECTORS, SLOT, null, mine.toByteArray()));
    }
    producer.flush();
  }

  private ShardAddress address(long term) {
    return ShardAddress.newBuilder().setInstanceUid(uid).setSlot(SLOT).setTerm(term).build();
  }

  private static <T> T get(Future<T> answer) throws Exception {
    return answer.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private ImageInfo show(String id, EventVersion version, int waitMillis) throws Exception {
    return get(client.showImage(
            ShardImageRequest.newBuilder()
                .setShard(address(1))
                .setImageId(id)
                .setVersion(version)
                .setWaitMillis(waitMillis)
                .setWithVector(true)
                .build()))
        .getImage();
  }

  private ShardAnswer query(ByteString vector, int limit) throws Exception {
    return get(
        client.queryShard(
            ShardQuery.newBuilder()
                .setShard(address(1))
                .setVector(vector)
                .setLimit(limit)
                .setDeadlineMillis(20_000)
                .addAtLeast(EventVersion.getDefaultInstance())
                .build()));
  }

  private ShardAnswer notOlderThan(int millis) throws Exception {
    return get(
        client.queryShard(
            ShardQuery.newBuilder()
                .setShard(address(1))
                .setLimit(1)
                .setDeadlineMillis(20_000)
                .setMaxLagMillis(millis)
                .build()));
  }

  private ShardInventory inventory() throws Exception {
    return get(client.takeInventory(InventoryRequest.getDefaultInstance())).getShardsList().stream()
        .filter(shard -> shard.getShard().getInstanceUid().equals(uid))
        .findFirst()
        .orElseThrow();
  }

  private List<VectorRecord> puts(int from, int to) {
    List<VectorRecord> records = new ArrayList<>();
    for (int i = from; i < to; i++) {
      Tags.Builder tags = Tags.newBuilder().putValues("parity", i % 2 == 0 ? "even" : "odd");
      records.add(
          Histories.put(
              "image-%04d".formatted(i),
              i,
              Histories.vector(random, DIMENSIONS),
              Attributes.newBuilder().setTags(tags).build()));
    }
    return records;
  }

  @Test
  void findsWhatTheLogHolds() throws Exception {
    List<VectorRecord> records = puts(0, 250);
    send(records);
    VectorRecord wanted = records.get(17);
    ShardAnswer answer = query(wanted.getPut().getVector(), 5);
    assertThat(answer.getHits().getTotal()).isEqualTo(250);
    assertThat(answer.getHits().getHits(0).getImageId()).isEqualTo("image-0017");
    assertThat(answer.getHits().getHits(0).getScore()).isGreaterThan(0.9999);
    assertThat(answer.getHits().getPosition().getAppliedOffset()).isGreaterThanOrEqualTo(250);

    ImageList page =
        get(client.pageImages(
                ShardListRequest.newBuilder()
                    .setShard(address(1))
                    .setAfter("image-0002")
                    .setLimit(2)
                    .setFilter(
                        Filter.newBuilder()
                            .setTagIn(
                                io.likeness.wire.TagIn.newBuilder()
                                    .setKey("parity")
                                    .addValues("even")))
                    .build()))
            .getImages();
    assertThat(page.getImagesList())
        .extracting(ImageInfo::getImageId)
        .containsExactly("image-0004", "image-0006");
    assertThat(page.getMore()).isTrue();
    assertThat(inventory().getImages()).isEqualTo(250);
  }

  @Test
  void showsWhatStoodInTheLogNotLongAgoOrRefuses() throws Exception {
    send(puts(0, 100));
    assertThat(notOlderThan(60_000).getHits().getTotal()).isEqualTo(100);

    for (int sent = 200; sent <= 500; sent += 100) {
      send(puts(sent - 100, sent));
      ShardAnswer answer = notOlderThan(0);
      while (answer.hasRefusal()) {
        assertThat(answer.getRefusal().getKind()).isEqualTo(RefusalKind.UNAVAILABLE);
        assertThat(answer.getRefusal().getDetail()).contains("not all of 0 ms ago");
        answer = notOlderThan(0);
      }
      assertThat(answer.getHits().getTotal()).isEqualTo(sent);
    }
  }

  @Test
  void wakesWhoeverWaitsForAnImage() throws Exception {
    List<VectorRecord> records = puts(0, 40);
    List<Future<?>> waiting = new ArrayList<>();
    for (VectorRecord record : records) {
      for (int i = 0; i < 25; i++) {
        waiting.add(
            client
                .showImage(
                    ShardImageRequest.newBuilder()
                        .setShard(address(1))
                        .setImageId(record.getImageId())
                        .setVersion(record.getVersion())
                        .setWaitMillis(50_000)
                        .build())
                .map(
                    answer -> {
                      assertThat(answer.getImage().getApplied()).isTrue();
                      assertThat(answer.getImage().getExists()).isTrue();
                      return answer;
                    }));
      }
    }
    send(records);
    get(Future.all(waiting));
    EventVersion never = EventVersion.newBuilder().setEpoch(9).setOffset(1).build();
    ImageInfo image = show("image-0003", never, 50);
    assertThat(image.getApplied()).isFalse();
    assertThat(image.getVector()).isEqualTo(records.get(3).getPut().getVector());

    send(List.of(Histories.reject("image-0003", 900), Histories.remove("image-0004", 901)));
    ImageInfo rejected = show("image-0003", version(900), 50_000);
    assertThat(rejected.getExists()).isTrue();
    assertThat(rejected.getRejection().getDetail()).isEqualTo("broken at 900");
    assertThat(show("image-0004", version(901), 50_000).getExists()).isFalse();
  }

  private static EventVersion version(long offset) {
    return EventVersion.newBuilder().setEpoch(1).setOffset(offset).build();
  }

  @Test
  void refusesOldTermsAndSlotsOfOthers() throws Exception {
    send(puts(0, 3));
    assign(name, 5);
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(query(ByteString.EMPTY, 1).getRefusal().getKind())
                    .isEqualTo(RefusalKind.STALE_TERM));
    assign("somebody-else", 6);
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(query(ByteString.EMPTY, 1).getRefusal().getDetail())
                    .contains("not held by"));
    assertThat(get(client.takeInventory(InventoryRequest.getDefaultInstance())).getShardsCount())
        .isZero();
    assign(name, 1);
    Awaitility.await().until(() -> query(ByteString.EMPTY, 3).getHits().getHitsCount() == 3);
  }

  @Test
  void continuesWhereItStopped() throws Exception {
    send(puts(0, 300));
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(300);
    ShardInventory before = inventory();
    role.close();
    send(List.of(Histories.remove("image-0001", 1_000)));
    startRole();
    List<Hit> first = query(ByteString.EMPTY, 2).getHits().getHitsList();
    assertThat(first).extracting(Hit::getImageId).containsExactly("image-0000", "image-0002");
    send(List.of(puts(1, 2).getFirst().toBuilder().setVersion(version(1_001)).build()));
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(300);
    assertThat(inventory().getChecksum()).isNotEqualTo(before.getChecksum());
  }

  /**
   * Flips a bit in a file of rows, in another one each time: a build may have replaced the one
   * before just then.
   */
  private void flipABitOfARow(String instance) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("shards/" + SLOT + "/" + instance))) {
      for (Path rows : files.filter(f -> f.getFileName().toString().startsWith("rows-")).toList()) {
        if (flipped.add(rows)) {
          flip(rows);
          return;
        }
      }
    } catch (NoSuchFileException | UncheckedIOException gone) {
      // the shard is being set aside, or the file was replaced
    }
  }

  private static void flip(Path rows) throws IOException {
    try (FileChannel channel =
        FileChannel.open(rows, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      if (channel.read(one, 4_100) == 1) {
        one.put(0, (byte) (one.get(0) ^ 1));
        channel.write(one.flip(), 4_100);
      }
    }
  }

  private void awaitBuiltAgain(ShardInventory before) {
    Path aside = folder.resolve("shards/" + SLOT + "/" + uid + ".corrupt-1");
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(aside).isDirectory();
              ShardAnswer answer = query(ByteString.EMPTY, 0);
              assertThat(answer.getRefusal().getDetail()).isEmpty();
              assertThat(answer.getHits().getTotal()).isEqualTo(300);
              assertThat(inventory().getChecksum()).isEqualTo(before.getChecksum());
            });
    assertThat(node.context().health().isLive()).isTrue();
    assertThat(node.context().health().isReady()).isTrue();
  }

  @Test
  void buildsADamagedShardAgainFromTheLog() throws Exception {
    send(puts(0, 300));
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(300);
    ShardInventory before = inventory();
    role.close();
    flipABitOfARow(uid);
    startRole();
    awaitBuiltAgain(before);
  }

  @Test
  void goesOnWithTheOthersWhileADamagedShardIsBuiltAgain() throws Exception {
    List<VectorRecord> records = puts(0, 300);
    send(records);
    String damaged = uid;
    uid = damaged + "-other";
    send(records);
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(300);
    uid = damaged;
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(300);
    ShardInventory before = inventory();

    ByteString picture = records.get(7).getPut().getVector();
    Path aside = folder.resolve("shards/" + SLOT + "/" + damaged + ".corrupt-1");
    long giveUpAt = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
    for (int asked = 0; !Files.exists(aside) && System.nanoTime() < giveUpAt; asked++) {
      if (asked % 100 == 0) {
        flipABitOfARow(damaged);
      }
      uid = damaged + "-other";
      assertThat(query(picture, 3).getHits().getHits(0).getImageId()).isEqualTo("image-0007");
      uid = damaged;
      ShardAnswer answer = query(picture, 3);
      if (answer.hasRefusal()) {
        assertThat(answer.getRefusal().getKind()).isEqualTo(RefusalKind.UNAVAILABLE);
      } else {
        assertThat(answer.getHits().getHits(0).getImageId()).isEqualTo("image-0007");
      }
    }
    awaitBuiltAgain(before);
    send(List.of(Histories.remove("image-0007", 5_000)));
    assertThat(query(picture, 3).getHits().getHits(0).getImageId()).isNotEqualTo("image-0007");
  }

  @Test
  void takesSnapshotsWhileItServesAndGoesOnFromARestoredOne() throws Exception {
    role.close();
    Path store = folder.resolve("store");
    more.put("shard.snapshot.store", store.toString());
    more.put("shard.snapshot.interval", "300ms");
    startRole();
    send(puts(0, 300));
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(300);
    Snapshots snapshots =
        new Snapshots(StoreAddress.parse(store.toString()).open(), InstantSource.system());
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> newest(snapshots).map(each -> each.nextOffset() >= 300).orElse(false));
    send(List.of(Histories.remove("image-0001", 1_000)));
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(299);
    role.close();
    SnapshotManifest kept = newest(snapshots).orElseThrow();
    more.clear();

    Disk.deleteTree(folder.resolve("shards/" + SLOT));
    snapshots.restore(kept, folder.resolve("shards"));
    startRole();
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(299);
    assertThat(query(ByteString.EMPTY, 2).getHits().getHitsList())
        .extracting(Hit::getImageId)
        .containsExactly("image-0000", "image-0002");
  }

  private static Optional<SnapshotManifest> newest(Snapshots snapshots) throws IOException {
    return snapshots.list().stream()
        .map(Snapshots.Named::manifest)
        .filter(each -> each.slot() == SLOT)
        .reduce((older, newer) -> newer);
  }

  @Test
  void dropsTheShardOfADeletedInstance() throws Exception {
    node.context()
        .meta()
        .createInstance(
            InstanceRecord.newBuilder()
                .setProjectId("p1")
                .setName("doomed")
                .setModel("default")
                .setDimensions(DIMENSIONS)
                .build());
    InstanceKey key = new InstanceKey("p1", "doomed");
    uid = node.context().meta().instance(key).orElseThrow().getUid();
    send(puts(0, 20));
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(20);
    node.context().meta().deleteInstance(key);
    Path shard = folder.resolve("shards/" + SLOT + "/" + uid);
    Awaitility.await().until(() -> !Files.exists(shard));
    send(puts(20, 22));
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isZero();
    assertThat(shard).doesNotExist();
  }

  private ShardAnswer page(ByteString vector, ShardCursor cursor, int limit, String groupBy)
      throws Exception {
    return get(
        client.queryShard(
            ShardQuery.newBuilder()
                .setShard(address(1))
                .setVector(vector)
                .setLimit(limit)
                .setDeadlineMillis(20_000)
                .setGroupBy(groupBy)
                .setCursor(cursor)
                .build()));
  }

  private static ShardCursor.Builder mine() {
    return ShardCursor.newBuilder().setTenant("my-project");
  }

  @Test
  void holdsTheMomentOfACursorUntilItStops() throws Exception {
    List<VectorRecord> records = puts(0, 300);
    send(records);
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(300);
    ByteString vector = records.get(5).getPut().getVector();
    ShardHits first = page(vector, mine().build(), 120, "").getHits();
    ShardHits firstById = page(ByteString.EMPTY, mine().build(), 120, "").getHits();

    List<VectorRecord> news = new ArrayList<>(puts(300, 400));
    for (int i = 0; i < 300; i += 2) {
      news.add(Histories.remove("image-%04d".formatted(i), 1_000 + i));
    }
    send(news);
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(250);

    ShardCursor byVector = mine().setLease(first.getLease()).setTaken(120).build();
    ShardHits second = page(ByteString.EMPTY, byVector, 500, "").getHits();
    assertThat(second.getTotal()).isEqualTo(300);
    assertThat(Stream.concat(first.getHitsList().stream(), second.getHitsList().stream()))
        .extracting(Hit::getImageId)
        .doesNotHaveDuplicates()
        .containsExactlyInAnyOrderElementsOf(
            records.stream().map(VectorRecord::getImageId).toList());
    ShardCursor byId = mine().setLease(firstById.getLease()).setAfter("image-0119").build();
    assertThat(page(ByteString.EMPTY, byId, 500, "").getHits().getHitsList())
        .extracting(Hit::getImageId)
        .startsWith("image-0120", "image-0121")
        .hasSize(180);
    ImageList gone =
        get(client.describeImages(
                ShardImagesRequest.newBuilder()
                    .setShard(address(1))
                    .addImageIds("image-0002")
                    .addImageIds("image-0399")
                    .setLease(first.getLease())
                    .setTenant("my-project")
                    .build()))
            .getImages();
    assertThat(gone.getImagesList())
        .singleElement()
        .satisfies(
            image -> {
              assertThat(image.getImageId()).isEqualTo("image-0002");
              assertThat(image.getAttributes().getTags().getValuesOrThrow("parity"))
                  .isEqualTo("even");
            });

    ShardCursor stolen = byVector.toBuilder().setTenant("another-project").build();
    assertThat(page(ByteString.EMPTY, stolen, 5, "").getRefusal().getKind())
        .isEqualTo(RefusalKind.CURSOR_EXPIRED);
    role.close();
    startRole();
    assertThat(page(ByteString.EMPTY, byVector, 5, "").getRefusal().getKind())
        .isEqualTo(RefusalKind.CURSOR_EXPIRED);
  }

  @Test
  void tellsTheBestOfEachGroup() throws Exception {
    List<VectorRecord> records = puts(0, 250);
    send(records);
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(250);
    ByteString vector = records.get(5).getPut().getVector();

    ShardHits best = page(vector, mine().build(), 10, "parity").getHits();
    assertThat(best.getHitsList()).extracting(Hit::getGroup).containsExactly("odd", "even");
    assertThat(best.getHits(0).getImageId()).isEqualTo("image-0005");
    ShardGroupsRequest.Builder asked =
        ShardGroupsRequest.newBuilder()
            .setShard(address(1))
            .setTag("parity")
            .addAllValues(List.of("none", "even", "odd"))
            .setSize(3)
            .setTenant("my-project")
            .setLease(best.getLease())
            .setTaken(1);
    List<ShardGroup> groups = get(client.describeGroups(asked.build())).getGroups().getGroupsList();
    assertThat(groups).extracting(ShardGroup::getTaken).containsExactly(false, false, true);
    assertThat(groups).extracting(ShardGroup::getBestCount).containsExactly(0, 3, 3);
    assertThat(groups.get(1).getBest(0).getImageId()).isEqualTo(best.getHits(1).getImageId());

    assertThat(
            get(client.describeGroups(asked.setLease(ByteString.EMPTY).setVector(vector).build()))
                .getGroups()
                .getGroups(2)
                .getBestList())
        .isEqualTo(groups.get(2).getBestList());
    assertThat(page(ByteString.EMPTY, mine().build(), 10, "parity").getRefusal().getKind())
        .isEqualTo(RefusalKind.BAD_REQUEST);
    get(
        client.endLease(
            ShardLeaseEnd.newBuilder()
                .setShard(address(1))
                .setTenant("my-project")
                .setLease(best.getLease())
                .build()));
  }

  @Test
  void passesOverRecordsNobodyCouldApply() throws Exception {
    producer.send(new ProducerRecord<>(Topics.VECTORS, SLOT, null, new byte[] {1, 2, 3}));
    producer.send(new ProducerRecord<>(Topics.VECTORS, SLOT, null, null));
    send(List.of(VectorRecord.newBuilder().setImageId("no-version").build()));
    send(puts(0, 2));
    assertThat(query(ByteString.EMPTY, 0).getHits().getTotal()).isEqualTo(2);
    ShardAnswer answer = query(ByteString.copyFrom(new byte[7]), 1);
    assertThat(answer.getRefusal().getKind()).isEqualTo(RefusalKind.BAD_REQUEST);
  }

  @Test
  void refusesAFolderAnotherNodeUses() {
    ShardNodeConfig config =
        ShardNodeConfig.read(
            ConfigReader.of(Map.of("shard.data", folder.resolve("shards").toString())));
    try (TestNode other = TestNode.start(node.context().kafka(), "other", 2, 4)) {
      assertThatThrownBy(() -> ShardNodeRole.start(config, other.context()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("in use by another process");
    }
  }
}
