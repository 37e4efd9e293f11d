package io.likeness.bench.kill;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.ImageEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What an instance must hold, read from the topic {@code ops} alone: the images that were added and
 * not deleted since, with the place of the newest event that changed them. Written from the rule in
 * docs/events.md and sharing no code with the roles, so that it cannot share their mistakes.
 */
public final class LogTruth {

  private static final String OPS = "ops";
  private static final Duration POLL = Duration.ofMillis(200);

  private LogTruth() {}

  /** Of this instance (its key): id to {@code partition.offset} of its newest event. */
  public static Map<String, String> of(String bootstrap, String instance)
      throws InvalidProtocolBufferException {
    Map<String, String> added = new TreeMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(bootstrap)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(OPS).stream()
              .map(info -> new TopicPartition(OPS, info.partition()))
              .toList();
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          apply(record, instance, added);
        }
      }
    }
    return added;
  }

  // One key lies on one partition, so reading each partition in order is enough.
  private static void apply(
      ConsumerRecord<byte[], byte[]> record, String instance, Map<String, String> added)
      throws InvalidProtocolBufferException {
    if (!new String(record.key(), StandardCharsets.UTF_8).startsWith(instance + "/")) {
      return;
    }
    Header type = record.headers().lastHeader(EventFormat.CONTENT_TYPE);
    ImageEvent event =
        EventFormat.read(
            record.value(), type == null ? "" : new String(type.value(), StandardCharsets.UTF_8));
    switch (event.getChangeCase()) {
      case ADD -> added.put(event.getImageId(), place(record));
      case UPDATE -> added.computeIfPresent(event.getImageId(), (id, earlier) -> place(record));
      case DELETE -> added.remove(event.getImageId());
      case DELETE_INSTANCE -> added.clear();
      case CHANGE_NOT_SET -> {}
    }
  }

  private static String place(ConsumerRecord<byte[], byte[]> record) {
    return record.partition() + "." + record.offset();
  }

  private static KafkaConsumer<byte[], byte[]> consumer(String bootstrap) {
    return new KafkaConsumer<>(
        Map.of(
            "bootstrap.servers",
            bootstrap,
            "enable.auto.commit",
            false,
            "max.partition.fetch.bytes",
            16 << 20,
            "isolation.level",
            "read_committed"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}
