package io.likeness.gateway.library;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.publish.EventPublisher;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.Formats;
import io.likeness.wire.QuarantinedEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over a real log. */
class QuarantineViewTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void showsNoListThatLacksWhatANewerReleaseWrote(@TempDir Path folder) throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(folder)) {
      Topics.ensure(kafka.settings(), 1, 1);
      try (EventPublisher publisher =
              EventPublisher.open(
                  kafka.settings(), "test", () -> 1, SOON, new SimpleMeterRegistry());
          Producer<byte[], byte[]> producer = KafkaClients.producer(kafka.settings(), "worker");
          QuarantineView view = QuarantineView.open(kafka.settings(), "view", publisher)) {
        put(producer, new Version(1, 0, 5), Formats.QUARANTINE);
        await().atMost(SOON).until(() -> view.list(-1, 10, each -> true).size() == 1);

        put(producer, new Version(1, 0, 6), Formats.QUARANTINE + 1);
        await()
            .atMost(SOON)
            .untilAsserted(
                () ->
                    assertThatThrownBy(() -> view.list(-1, 10, each -> true))
                        .isInstanceOf(LibraryUnavailableException.class)
                        .hasMessageContaining(
                            "topic quarantine, offset 1 has format 2, and this release understands"
                                + " up to 1"));
        assertThatThrownBy(() -> view.find(new Version(1, 0, 5)))
            .isInstanceOf(LibraryUnavailableException.class);
      }
    }
  }

  private static void put(Producer<byte[], byte[]> producer, Version version, int format)
      throws Exception {
    QuarantinedEvent event =
        QuarantinedEvent.newBuilder().setVersion(version.toWire()).setFormat(format).build();
    producer
        .send(
            new ProducerRecord<>(
                Topics.QUARANTINE, 0, version.toString().getBytes(UTF_8), event.toByteArray()))
        .get();
  }
}
