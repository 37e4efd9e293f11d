package io.likeness.node.kafka;

import io.likeness.node.config.ConfigReader;

/**
 * Which Kafka, and how many copies of each partition it keeps (1 in standalone, 3 in a cluster).
 */
public record KafkaSettings(String bootstrap, short replication) {

  public KafkaSettings {
    if (bootstrap.isBlank()) {
      throw new IllegalArgumentException("kafka.bootstrap is empty");
    }
    if (replication < 1) {
      throw new IllegalArgumentException("kafka.replication is " + replication + ", at least 1");
    }
  }

  public static KafkaSettings read(ConfigReader config) {
    String bootstrap = config.text("kafka.bootstrap", "127.0.0.1:9092");
    return new KafkaSettings(bootstrap, (short) config.number("kafka.replication", 1, 1, 9));
  }

  /** How many copies must hold a write before it is acknowledged. */
  public short inSyncMin() {
    return (short) (replication >= 3 ? 2 : 1);
  }
}
