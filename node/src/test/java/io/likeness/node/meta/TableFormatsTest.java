package io.likeness.node.meta;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.MessageLite;
import io.likeness.node.cluster.Assignments;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.proto.wire.Formats;
import io.likeness.wire.AccountRecord;
import io.likeness.wire.ClusterRecord;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.MetaDump;
import io.likeness.wire.PlacementPolicy;
import io.likeness.wire.SlotAssignment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A record of a newer release in {@code meta} or {@code assign} ends the view before it. */
class TableFormatsTest {

  private static final int NEWER = Formats.TABLES + 1;

  @TempDir static Path folder;
  private static EmbeddedKafka broker;
  private static KafkaSettings kafka;

  @BeforeAll
  static void start() {
    broker = EmbeddedKafka.start(folder);
    kafka = broker.settings();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  /** What one case has written stays in the log for the next. */
  @BeforeEach
  void makeTopicsAnew() throws Exception {
    try (Admin admin = KafkaClients.admin(kafka)) {
      Set<String> there = new HashSet<>(admin.listTopics().names().get());
      there.retainAll(Set.of(Topics.META, Topics.ASSIGN));
      admin.deleteTopics(there).all().get();
    }
    MetaStore.open(kafka, 2, 4).close();
  }

  static Stream<Arguments> newer() {
    return Stream.of(
        Arguments.of(Topics.META, "cluster", ClusterRecord.newBuilder().setFormat(NEWER).build()),
        Arguments.of(
            Topics.META, "instance/x", InstanceRecord.newBuilder().setFormat(NEWER).build()),
        Arguments.of(Topics.META, "account/x", AccountRecord.newBuilder().setFormat(NEWER).build()),
        Arguments.of(Topics.ASSIGN, "0/0", SlotAssignment.newBuilder().setFormat(NEWER).build()),
        Arguments.of(
            Topics.ASSIGN, "policy", PlacementPolicy.newBuilder().setFormat(NEWER).build()));
  }

  @ParameterizedTest
  @MethodSource("newer")
  void isNamedAndNothingIsWrittenBehindIt(String topic, String key, MessageLite record)
      throws Exception {
    long offset = put(topic, key, record);

    assertThatThrownBy(() -> open(topic).close())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(
            "topic %s, offset %d (%s) has format 2, and this release understands up to 1"
                .formatted(topic, offset, key));

    assertThat(put(topic, key, record)).as("the next record").isEqualTo(offset + 1);
  }

  @Test
  void endsTheViewOfWhoeverIsAlreadyThere() throws Exception {
    try (MetaStore store = MetaStore.open(kafka, 2, 4)) {
      assertThat(store.fault()).isEmpty();
      put(Topics.META, "instance/x", InstanceRecord.newBuilder().setFormat(NEWER).build());
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () -> assertThat(store.fault().orElse("")).contains("(instance/x) has format 2"));
      assertThat(store.instanceByUid("x")).isEmpty();
      assertThatThrownBy(() -> store.deleteByUid("x")).hasMessageContaining("has format 2");
    }
  }

  @Test
  void refusesABackupOfANewerRelease() {
    MetaDump dump = MetaDump.newBuilder().setFormat(2).build();
    assertThatThrownBy(() -> MetaStore.restore(kafka, 2, 4, dump))
        .hasMessageContaining(
            "the backup of meta has format 2, and this release understands up to 1");
  }

  private static AutoCloseable open(String topic) {
    return topic.equals(Topics.META) ? MetaStore.open(kafka, 2, 4) : Assignments.open(kafka);
  }

  private static long put(String topic, String key, MessageLite record) throws Exception {
    try (Producer<byte[], byte[]> producer = KafkaClients.producer(kafka, "newer")) {
      return producer
          .send(new ProducerRecord<>(topic, 0, key.getBytes(UTF_8), record.toByteArray()))
          .get()
          .offset();
    }
  }
}
