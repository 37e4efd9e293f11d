package io.likeness.ingest.publish;

import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import java.time.Duration;
import java.time.InstantSource;
import org.apache.kafka.clients.producer.Producer;

/** A worker's one connection to write by, and an outbox over it for each lane. */
public final class Publisher implements AutoCloseable {

  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);

  private final Producer<byte[], byte[]> producer;
  private final String by;

  private Publisher(Producer<byte[], byte[]> producer, String by) {
    this.producer = producer;
    this.by = by;
  }

  /**
   * Opens it.
   *
   * @param by who sets events aside, as their quarantine tells
   */
  public static Publisher open(KafkaSettings kafka, String clientId, String by) {
    return new Publisher(KafkaClients.producer(kafka, clientId), by);
  }

  /** An outbox for one lane's thread. */
  public Outbox outbox() {
    return new KafkaOutbox(producer, InstantSource.system(), by);
  }

  /** What is not acknowledged by now belongs to a batch that will be worked again. */
  @Override
  public void close() {
    producer.close(CLOSE_MAX);
  }
}
