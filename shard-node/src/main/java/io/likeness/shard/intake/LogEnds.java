package io.likeness.shard.intake;

import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.shard.index.Deadline;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the logs of slots end now, asked of Kafka each time. */
public final class LogEnds implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(LogEnds.class);

  private final Admin admin;

  public LogEnds(KafkaSettings kafka) {
    this.admin = KafkaClients.admin(kafka);
  }

  /** Empty where Kafka did not say in time. */
  public OptionalLong of(int slot, Deadline deadline) throws InterruptedException {
    TopicPartition partition = new TopicPartition(Topics.VECTORS, slot);
    try {
      return OptionalLong.of(
          admin
              .listOffsets(Map.of(partition, OffsetSpec.latest()))
              .partitionResult(partition)
              .get(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS)
              .offset());
    } catch (ExecutionException | TimeoutException e) {
      log.warn("Kafka does not tell the end of slot {}: {}", slot, e.toString());
      return OptionalLong.empty();
    }
  }

  @Override
  public void close() {
    admin.close();
  }
}
