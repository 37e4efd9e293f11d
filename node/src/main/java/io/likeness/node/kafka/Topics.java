package io.likeness.node.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics and their settings. They are made when absent and left alone when present, so an
 * operator may change retention; the partition counts of {@code ops} and {@code vectors} are fixed
 * for the cluster's life and checked.
 */
public final class Topics {

  /** The only truth: image events. */
  public static final String OPS = "ops";

  /** Vector records; a partition is a slot. */
  public static final String VECTORS = "vectors";

  /** Events that can never succeed. */
  public static final String QUARANTINE = "quarantine";

  /** Instances, accounts, the cluster itself. */
  public static final String META = "meta";

  /** Which node serves which slot. */
  public static final String ASSIGN = "assign";

  /** Consumer group of the ingest workers' pictures. */
  public static final String ADDS_GROUP = "likeness-ingest";

  /** Of their deletes and updates. */
  public static final String CHANGES_GROUP = "likeness-ingest-changes";

  /** An event has been worked when each of them has passed it. */
  public static final List<String> INGEST_GROUPS = List.of(ADDS_GROUP, CHANGES_GROUP);

  private static final Logger log = LoggerFactory.getLogger(Topics.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final int DESCRIBE_ATTEMPTS_MAX = 10;
  private static final int LEADER_ATTEMPTS_MAX = 150;

  private Topics() {}

  /**
   * Makes what is absent; throws where {@code ops} or {@code vectors} is there with another
   * partition count.
   */
  public static void ensure(KafkaSettings kafka, int opsPartitions, int slots) {
    try (Admin admin = KafkaClients.admin(kafka)) {
      Set<String> present =
          admin.listTopics().names().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      List<NewTopic> absent = new ArrayList<>();
      Map<String, String> kept =
          Map.of("cleanup.policy", "delete", "retention.ms", "-1", "retention.bytes", "-1");
      Map<String, String> compacted =
          Map.of("cleanup.policy", "compact", "min.cleanable.dirty.ratio", "0.1");
      Map<String, String> ops = new HashMap<>(kept);
      ops.put("message.timestamp.type", "LogAppendTime");
      add(absent, present, kafka, OPS, opsPartitions, ops);
      add(absent, present, kafka, VECTORS, slots, kept);
      add(absent, present, kafka, QUARANTINE, 1, compacted);
      add(absent, present, kafka, META, 1, compacted);
      add(absent, present, kafka, ASSIGN, 1, compacted);
      for (NewTopic topic : absent) {
        try {
          admin.createTopics(List.of(topic)).all().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
          log.info("created topic {} with {} partitions", topic.name(), topic.numPartitions());
        } catch (ExecutionException e) {
          if (!(e.getCause() instanceof TopicExistsException)) {
            throw e;
          }
        }
      }
      check(admin, OPS, opsPartitions, "ops.partitions");
      check(admin, VECTORS, slots, "slots");
      if (!absent.isEmpty()) {
        awaitLeaders(admin, absent);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while making the topics", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "cannot make the topics at " + kafka.bootstrap() + ": " + e.getMessage(), e);
    }
  }

  private static void add(
      List<NewTopic> absent,
      Set<String> present,
      KafkaSettings kafka,
      String name,
      int partitions,
      Map<String, String> settings) {
    if (present.contains(name)) {
      return;
    }
    Map<String, String> all = new HashMap<>(settings);
    all.put("max.message.bytes", Integer.toString(KafkaClients.RECORD_BYTES_MAX));
    all.put("min.insync.replicas", Short.toString(kafka.inSyncMin()));
    all.put("unclean.leader.election.enable", "false");
    absent.add(new NewTopic(name, partitions, kafka.replication()).configs(all));
  }

  private static void check(Admin admin, String topic, int wanted, String key)
      throws InterruptedException, ExecutionException, TimeoutException {
    int found = describe(admin, topic).partitions().size();
    if (found != wanted) {
      throw new IllegalStateException(
          "topic "
              + topic
              + " has "
              + found
              + " partitions but "
              + key
              + " says "
              + wanted
              + "; the count is fixed when the cluster is created");
    }
  }

  /** A topic just made cannot be read until each of its partitions has a leader. */
  private static void awaitLeaders(Admin admin, List<NewTopic> topics)
      throws InterruptedException, ExecutionException, TimeoutException {
    Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
    for (NewTopic topic : topics) {
      for (int partition = 0; partition < topic.numPartitions(); partition++) {
        partitions.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
      }
    }
    for (int attempt = 1; ; attempt++) {
      try {
        admin.listOffsets(partitions).all().get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (ExecutionException e) {
        if (attempt == LEADER_ATTEMPTS_MAX || !(e.getCause() instanceof RetriableException)) {
          throw e;
        }
        Thread.sleep(200);
      }
    }
  }

  /** Kafka's id of a topic: another one after it was deleted and made anew. */
  public static String id(KafkaSettings kafka, String topic) {
    try (Admin admin = KafkaClients.admin(kafka)) {
      return describe(admin, topic).topicId().toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking for topic " + topic, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("cannot describe topic " + topic + ": " + e.getMessage(), e);
    }
  }

  /** A topic just made may be unknown for a moment to the broker that is asked. */
  private static TopicDescription describe(Admin admin, String topic)
      throws InterruptedException, ExecutionException, TimeoutException {
    for (int attempt = 1; ; attempt++) {
      try {
        return Objects.requireNonNull(
            admin
                .describeTopics(List.of(topic))
                .allTopicNames()
                .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .get(topic));
      } catch (ExecutionException e) {
        if (attempt == DESCRIBE_ATTEMPTS_MAX
            || !(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
        Thread.sleep(100L * attempt);
      }
    }
  }
}
