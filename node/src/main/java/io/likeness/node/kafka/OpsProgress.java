package io.likeness.node.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far {@code ops} reaches and how much of it the ingest workers have worked. What they have
 * committed stands in the slots: they commit after Kafka has what came of a batch.
 */
public final class OpsProgress implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OpsProgress.class);

  private final Admin admin;
  private final List<TopicPartition> partitions = new ArrayList<>();

  public OpsProgress(KafkaSettings kafka, int opsPartitions) {
    this.admin = KafkaClients.admin(kafka);
    for (int partition = 0; partition < opsPartitions; partition++) {
      partitions.add(new TopicPartition(Topics.OPS, partition));
    }
  }

  public int partitions() {
    return partitions.size();
  }

  /** The next offset of each partition; empty where Kafka does not say in time. */
  public Optional<Map<Integer, Long>> ends(Duration within) throws InterruptedException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(each -> asked.put(each, OffsetSpec.latest()));
    return told(admin.listOffsets(asked).all(), within, "the ends of " + Topics.OPS)
        .map(
            found -> {
              Map<Integer, Long> ends = new HashMap<>();
              found.forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
              return ends;
            });
  }

  /**
   * The first offset of each partition that some lane has not worked; empty where Kafka does not
   * say in time.
   */
  public Optional<Map<Integer, Long>> worked(Duration within) throws InterruptedException {
    ListConsumerGroupOffsetsSpec all =
        new ListConsumerGroupOffsetsSpec().topicPartitions(partitions);
    Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
    Topics.INGEST_GROUPS.forEach(group -> asked.put(group, all));
    ListConsumerGroupOffsetsResult result = admin.listConsumerGroupOffsets(asked);
    Map<Integer, Long> worked = new HashMap<>();
    for (String group : Topics.INGEST_GROUPS) {
      Optional<Map<TopicPartition, OffsetAndMetadata>> committed =
          told(result.partitionsToOffsetAndMetadata(group), within, "what " + group + " has done");
      if (committed.isEmpty()) {
        return Optional.empty();
      }
      for (TopicPartition partition : partitions) {
        // A partition of which nothing was committed has no entry, or an empty one.
        OffsetAndMetadata at = committed.get().get(partition);
        worked.merge(partition.partition(), at == null ? 0 : at.offset(), Math::min);
      }
    }
    return Optional.of(worked);
  }

  private static <T> Optional<T> told(KafkaFuture<T> answer, Duration within, String what)
      throws InterruptedException {
    try {
      return Optional.of(answer.get(within.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException | TimeoutException e) {
      log.warn("Kafka does not tell {}: {}", what, e.toString());
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
