package io.likeness.shard.intake;

import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.shard.index.Deadline;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
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

  /** Of a partition. */
  public record End(long offset, long seenAt) {}

  private final Admin admin;
  // Of each slot the newest end that was asked for.
  private final Map<Integer, End> seen = new ConcurrentHashMap<>();

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

  /** An end that was right at some moment not longer ago than this, asked for anew if need be. */
  public Optional<End> notOlderThan(int slot, Duration age, Deadline deadline)
      throws InterruptedException {
    long now = System.nanoTime();
    End known = seen.get(slot);
    if (known != null && now - known.seenAt() <= age.toNanos()) {
      return Optional.of(known);
    }
    OptionalLong end = of(slot, deadline);
    if (end.isEmpty()) {
      return Optional.empty();
    }
    End fresh = new End(end.getAsLong(), now);
    seen.merge(slot, fresh, (a, b) -> a.seenAt() - b.seenAt() > 0 ? a : b);
    return Optional.of(fresh);
  }

  @Override
  public void close() {
    admin.close();
  }
}
