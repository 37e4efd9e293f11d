package io.likeness.shard.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.shard.index.Histories;
import io.likeness.shard.index.ImageState;
import io.likeness.shard.snapshot.Snapshots;
import io.likeness.shard.snapshot.StoreAddress;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over a real log. */
class SlotReplayTest {

  private static final int SLOT = 1;
  private static final int RECORDS = 300;
  private static final int SNAPSHOT_AT = 110;
  private static final List<String> UIDS = List.of("life-a", "life-b");

  @TempDir Path folder;

  private final List<VectorRecord> written = new ArrayList<>();
  private EmbeddedKafka kafka;
  private SlotReplay replay;
  private Snapshots snapshots;

  @BeforeEach
  void fill() throws Exception {
    kafka = EmbeddedKafka.start(folder.resolve("kafka"));
    Topics.ensure(kafka.settings(), 1, SLOT + 1);
    Random random = new Random(7);
    try (Producer<byte[], byte[]> producer = KafkaClients.producer(kafka.settings(), "test")) {
      long stamp = 1_000_000;
      for (VectorRecord each : Histories.mixed(random, 40, RECORDS, 8)) {
        VectorRecord record = each.toBuilder().setInstanceUid(UIDS.get(random.nextInt(2))).build();
        written.add(record);
        producer
            .send(
                new ProducerRecord<>(
                    Topics.VECTORS, SLOT, stamp += 1_000, null, record.toByteArray()))
            .get();
      }
    }
    replay = new SlotReplay(kafka.settings());
    snapshots =
        new Snapshots(
            StoreAddress.parse(folder.resolve("store").toString()).open(), InstantSource.system());
  }

  @AfterEach
  void close() {
    replay.close();
    kafka.close();
  }

  private Path data(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  private Snapshots.Named snapshot() throws IOException {
    Path data = data("source");
    replay.upTo(data, SLOT, SNAPSHOT_AT);
    try (PinnedSlot pinned = PinnedSlot.atRest(SLOT, data.resolve(Integer.toString(SLOT)))) {
      return snapshots.take(pinned).snapshot();
    }
  }

  /** How many images, by the merge rule alone. */
  private Map<String, Long> existing(int until) {
    Map<String, Map<String, ImageState>> states = new HashMap<>();
    for (VectorRecord record : written.subList(0, until)) {
      states
          .computeIfAbsent(record.getInstanceUid(), uid -> new HashMap<>())
          .merge(
              record.getImageId(),
              ImageState.UNKNOWN.merge(record),
              (before, unused) -> before.merge(record));
    }
    Map<String, Long> existing = new HashMap<>();
    states.forEach(
        (uid, images) ->
            existing.put(uid, images.values().stream().filter(ImageState::exists).count()));
    return existing;
  }

  @Test
  void aSnapshotAndTheLogMakeEveryLaterPlaceOfTheLogAgain() throws IOException {
    Snapshots.Named snapshot = snapshot();
    assertThat(snapshot.manifest().firstAbsent()).isEqualTo(SNAPSHOT_AT);
    List<SlotReplay.Contents> seen = new ArrayList<>();

    for (int until : new int[] {SNAPSHOT_AT, SNAPSHOT_AT + 1, 207, RECORDS}) {
      Path restored = data("restored-" + until);
      snapshots.restore(snapshot.manifest(), restored);
      SlotReplay.Contents is = replay.upTo(restored, SLOT, until);

      assertThat(is).isEqualTo(replay.upTo(data("from-log-" + until), SLOT, until));
      Map<String, Long> counts = new HashMap<>();
      is.shards().forEach((uid, images) -> counts.put(uid, images.count()));
      assertThat(counts).isEqualTo(existing(until));
      seen.add(is);
    }

    assertThat(seen).doesNotHaveDuplicates();
  }

  @Test
  void goesOnFromWhereItEnded() throws IOException {
    Path data = data("steps");
    replay.upTo(data, SLOT, 50);
    replay.upTo(data, SLOT, 51);

    assertThat(replay.upTo(data, SLOT, RECORDS))
        .isEqualTo(replay.upTo(data("at-once"), SLOT, RECORDS));
  }

  @Test
  void findsPlacesByTime() {
    assertThat(replay.end(SLOT)).isEqualTo(RECORDS);
    assertThat(replay.at(SLOT, Instant.ofEpochMilli(0))).isZero();
    assertThat(replay.at(SLOT, Instant.ofEpochMilli(1_010_500))).isEqualTo(10);
    assertThat(replay.at(SLOT, Instant.ofEpochMilli(9_000_000))).isEqualTo(RECORDS);
    assertThat(replay.end(0)).isZero();
  }

  @Test
  void refusesToPassOverWhatTheLogHasLost() throws Exception {
    Snapshots.Named snapshot = snapshot();
    try (Admin admin = KafkaClients.admin(kafka.settings())) {
      admin
          .deleteRecords(
              Map.of(new TopicPartition(Topics.VECTORS, SLOT), RecordsToDelete.beforeOffset(200)))
          .all()
          .get();
    }
    Path restored = data("restored");
    snapshots.restore(snapshot.manifest(), restored);

    assertThatThrownBy(() -> replay.upTo(restored, SLOT, RECORDS))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("known up to " + SNAPSHOT_AT)
        .hasMessageContaining("begins at 200");
  }
}
