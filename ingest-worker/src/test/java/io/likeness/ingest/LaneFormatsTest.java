package io.likeness.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.likeness.ingest.intake.LaneKind;
import io.likeness.ingest.intake.LaneMetrics;
import io.likeness.ingest.intake.OpsLane;
import io.likeness.ingest.intake.OpsRecord;
import io.likeness.ingest.intake.Unavailable;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.Health;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.Formats;
import io.likeness.wire.ImageEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lane that meets an event of a newer release, over a real broker. */
class LaneFormatsTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir Path folder;
  private EmbeddedKafka kafka;
  private Producer<byte[], byte[]> producer;

  @BeforeEach
  void start() {
    kafka = EmbeddedKafka.start(folder);
    Topics.ensure(kafka.settings(), Events.PARTITIONS, 1);
    producer = KafkaClients.producer(kafka.settings(), "outside");
  }

  @AfterEach
  void stop() {
    producer.close();
    kafka.close();
  }

  private OpsLane lane(OpsLane.Work work) {
    return OpsLane.start(
        "worker-changes-0",
        1,
        LaneKind.CHANGES,
        kafka.settings(),
        new OpsLane.Portion(64, 32 << 20),
        work,
        new LaneMetrics(new SimpleMeterRegistry(), LaneKind.CHANGES),
        new Health());
  }

  private Version send(String key, ImageEvent event) throws Exception {
    var placed =
        producer
            .send(
                new ProducerRecord<>(
                    Topics.OPS, Events.partition(key), key.getBytes(UTF_8), event.toByteArray()))
            .get();
    return new Version(1, placed.partition(), placed.offset());
  }

  private Version send(ImageEvent event) throws Exception {
    return send(Events.key(event), event);
  }

  private static ImageEvent newer(String id) {
    return Events.delete(id).toBuilder().setFormat(Formats.EVENT + 1).build();
  }

  /** An id whose events lie in that partition, or in another. */
  private static String id(int partition, boolean inThere) {
    for (int i = 0; ; i++) {
      int home = Events.partition(Events.key(Events.delete("i" + i)));
      if ((home == partition) == inThere) {
        return "i" + i;
      }
    }
  }

  @Test
  void readsAPartitionUpToItAndOthersOn() throws Exception {
    List<Version> worked = new CopyOnWriteArrayList<>();
    Version before = send(Events.delete("newer"));
    Version newer = send(newer("newer"));
    Version behind = send(Events.delete(id(newer.partition(), true)));
    Version elsewhere = send(Events.delete(id(newer.partition(), false)));
    try (OpsLane lane =
        lane(batch -> batch.forEach((OpsRecord record) -> worked.add(record.place())))) {
      await().atMost(SOON).untilAsserted(() -> assertThat(worked).contains(before, elsewhere));
      await().atMost(SOON).until(() -> lane.stopped().isPresent());
      assertThat(lane.stopped())
          .hasValue(
              "topic ops, partition %d, offset %d has format 2, and this release understands up to 1: a newer release is needed"
                  .formatted(newer.partition(), newer.offset()));
      Version later = send(Events.delete(id(newer.partition(), false)));
      await().atMost(SOON).untilAsserted(() -> assertThat(worked).contains(later));
      assertThat(worked).doesNotContain(newer, behind);
    }

    // What was not read is read by whoever comes next, from there on.
    worked.clear();
    try (OpsLane next =
        lane(batch -> batch.forEach((OpsRecord record) -> worked.add(record.place())))) {
      await().atMost(SOON).until(() -> next.stopped().isPresent());
      assertThat(worked).doesNotContain(before, newer, behind);
    }
  }

  @Test
  void meetsItAgainWhereTheBatchBeforeItHasToBeRepeated() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    Version before = send(Events.delete("newer"));
    send(newer("newer"));
    List<Version> worked = new CopyOnWriteArrayList<>();
    try (OpsLane lane =
        lane(
            batch -> {
              if (tries.incrementAndGet() < 3) {
                throw new Unavailable("away", new RuntimeException());
              }
              batch.forEach(record -> worked.add(record.place()));
            })) {
      await().atMost(SOON).untilAsserted(() -> assertThat(worked).containsExactly(before));
      await().atMost(SOON).until(() -> lane.stopped().isPresent());
    }
  }

  @Test
  void believesNoNumberOfAnEventUnderAStrangeKey() throws Exception {
    List<Version> worked = new CopyOnWriteArrayList<>();
    Version strange = send("nobody/nothing/x", newer("newer"));
    try (OpsLane lane = lane(batch -> batch.forEach(record -> worked.add(record.place())))) {
      await().atMost(SOON).untilAsserted(() -> assertThat(worked).containsExactly(strange));
      assertThat(lane.stopped()).isEmpty();
    }
  }
}
