package io.likeness.node.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Kafka clients with the settings every role shares. Nothing is committed by itself; nothing is
 * lost by default.
 */
public final class KafkaClients {

  /** The largest record: a picture of 12 MiB fits with room for what stands around it. */
  public static final int RECORD_BYTES_MAX = 16 << 20;

  private static final int FETCH_BYTES_MAX = 50 << 20;

  private KafkaClients() {}

  public static Producer<byte[], byte[]> producer(KafkaSettings kafka, String clientId) {
    return producer(kafka, clientId, Map.of());
  }

  public static Producer<byte[], byte[]> producer(
      KafkaSettings kafka, String clientId, Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", kafka.bootstrap());
    settings.put("client.id", clientId);
    settings.put("acks", "all");
    settings.put("enable.idempotence", true);
    settings.put("max.request.size", RECORD_BYTES_MAX);
    settings.put("buffer.memory", 64L << 20);
    settings.put("linger.ms", 2);
    settings.put("compression.type", "none");
    settings.put("delivery.timeout.ms", 120_000);
    settings.put("max.block.ms", 10_000);
    settings.putAll(more);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Without a group the caller assigns partitions itself. */
  public static Consumer<byte[], byte[]> consumer(
      KafkaSettings kafka, String clientId, @Nullable String group) {
    return consumer(kafka, clientId, group, Map.of());
  }

  public static Consumer<byte[], byte[]> consumer(
      KafkaSettings kafka, String clientId, @Nullable String group, Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("bootstrap.servers", kafka.bootstrap());
    settings.put("client.id", clientId);
    if (group != null) {
      settings.put("group.id", group);
      settings.put(
          "partition.assignment.strategy",
          "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");
    }
    settings.put("enable.auto.commit", false);
    settings.put("auto.offset.reset", "earliest");
    settings.put("isolation.level", "read_committed");
    settings.put("max.partition.fetch.bytes", RECORD_BYTES_MAX);
    settings.put("fetch.max.bytes", FETCH_BYTES_MAX);
    settings.put("allow.auto.create.topics", false);
    settings.putAll(more);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  public static Admin admin(KafkaSettings kafka) {
    return Admin.create(
        Map.of("bootstrap.servers", kafka.bootstrap(), "client.id", "likeness-admin"));
  }
}
