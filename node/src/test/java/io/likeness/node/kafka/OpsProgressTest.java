package io.likeness.node.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.node.testing.EmbeddedKafka;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over a real broker. */
class OpsProgressTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void anEventIsWorkedWhenBothLanesHavePassedIt() throws Exception {
    try (EmbeddedKafka broker = EmbeddedKafka.start(folder)) {
      KafkaSettings kafka = broker.settings();
      Topics.ensure(kafka, 2, 2);
      try (Producer<byte[], byte[]> producer = KafkaClients.producer(kafka, "test", Map.of());
          OpsProgress progress = new OpsProgress(kafka, 2)) {
        assertThat(progress.ends(SOON)).contains(Map.of(0, 0L, 1, 0L));
        assertThat(progress.worked(SOON)).contains(Map.of(0, 0L, 1, 0L));

        for (int i = 0; i < 3; i++) {
          producer.send(new ProducerRecord<>(Topics.OPS, 1, null, new byte[] {1})).get();
        }
        commit(kafka, Topics.ADDS_GROUP, 3);
        assertThat(progress.ends(SOON)).contains(Map.of(0, 0L, 1, 3L));
        assertThat(progress.worked(SOON)).contains(Map.of(0, 0L, 1, 0L));
        commit(kafka, Topics.CHANGES_GROUP, 2);
        assertThat(progress.worked(SOON)).contains(Map.of(0, 0L, 1, 2L));
      }
    }
  }

  private static void commit(KafkaSettings kafka, String group, long offset) throws Exception {
    try (Admin admin = KafkaClients.admin(kafka)) {
      admin
          .alterConsumerGroupOffsets(
              group, Map.of(new TopicPartition(Topics.OPS, 1), new OffsetAndMetadata(offset)))
          .all()
          .get();
    }
  }
}
