package io.likeness.ingest.intake;

import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.Health;
import io.likeness.proto.wire.Formats;
import io.likeness.proto.wire.NewerFormatException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer of {@code ops} and its thread: poll, work, commit. {@link Work} returns when the
 * effects of the batch are safe, so nothing is committed that is not; a crash before the commit
 * repeats the batch, which versions make harmless.
 *
 * <p>The consumer is a static member of its group, named after the node: a worker that was killed
 * and starts again takes its partitions back at once, instead of waiting until the group has given
 * its dead self up.
 *
 * <p>Faults: what passes (Kafka away, partition taken over by another worker) rewinds to the start
 * of the batch and goes on after a pause that grows; what does not pass ends the process, since a
 * lane that stands still would look like one that has nothing to do. An event of a newer release
 * stops its partition, and the worker is not ready until a newer one takes its place.
 */
public final class OpsLane implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OpsLane.class);

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration COMMIT_MAX = Duration.ofSeconds(30);
  private static final Duration LEAVE_MAX = Duration.ofSeconds(5);
  private static final Duration STOP_MAX = Duration.ofSeconds(10);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(5);

  /** Faults in a row after which the process gives up: about half an hour. */
  private static final int FAULTS_MAX = 360;

  /** Does a batch; returns when its effects are safe. */
  public interface Work {
    void work(List<OpsRecord> batch);
  }

  private final String name;
  private final int epoch;
  private final LaneKind kind;
  private final Consumer<byte[], byte[]> consumer;
  private final Work work;
  private final LaneMetrics metrics;
  private final Health health;
  private final Thread thread;
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile boolean joined;

  /** Partitions that are read no further, and why; changed by the lane's thread only. */
  private final Map<TopicPartition, String> stopped = new ConcurrentHashMap<>();

  /** Where the batch in hand begins; the lane's thread only. */
  private final Map<TopicPartition, Long> batchStart = new HashMap<>();

  private OpsLane(
      String name,
      int epoch,
      LaneKind kind,
      Consumer<byte[], byte[]> consumer,
      Work work,
      LaneMetrics metrics,
      Health health) {
    this.name = name;
    this.epoch = epoch;
    this.kind = kind;
    this.consumer = consumer;
    this.work = work;
    this.metrics = metrics;
    this.health = health;
    this.thread = Thread.ofPlatform().name(name).unstarted(this::run);
  }

  /**
   * How much of the log is taken at a time.
   *
   * @param records at most in one batch
   * @param bytes at most in one answer of the broker; a record larger than that still comes
   */
  public record Portion(int records, long bytes) {}

  /**
   * Joins the lane's group and begins.
   *
   * @param name of the thread and of the member of the group: unique among all workers, the same
   *     after a restart
   */
  public static OpsLane start(
      String name,
      int epoch,
      LaneKind kind,
      KafkaSettings kafka,
      Portion portion,
      Work work,
      LaneMetrics metrics,
      Health health) {
    Consumer<byte[], byte[]> consumer =
        KafkaClients.consumer(kafka, name, kind.group(), settings(name, portion));
    OpsLane lane = new OpsLane(name, epoch, kind, consumer, work, metrics, health);
    lane.thread.start();
    return lane;
  }

  /** Whether the group has taken it in, with partitions or without. */
  public boolean hasJoined() {
    return joined;
  }

  /** Why it reads some partition no further; empty while it reads all. */
  public Optional<String> stopped() {
    return stopped.values().stream().findFirst();
  }

  private void run() {
    try {
      consumer.subscribe(List.of(Topics.OPS), new Partitions());
      int faults = 0;
      while (!stopping()) {
        try {
          if (step()) {
            faults = 0;
          }
        } catch (RuntimeException e) {
          if (stopping()) {
            break;
          }
          faults++;
          if (!passes(e) || faults > FAULTS_MAX) {
            throw e;
          }
          log.warn("{} goes back to the start of its batch (fault {} in a row)", name, faults, e);
          rewind();
          pause(faults);
        }
      }
    } catch (Throwable e) {
      log.error("{} has ended", name, e);
      health.failLive("lane " + name + " has ended: " + e);
    } finally {
      joined = false;
      metrics.forget();
      leave();
    }
  }

  /**
   * Who is asked to stop gives its partitions up; who has failed keeps its place to come back to.
   */
  private void leave() {
    boolean asked = stop.getCount() == 0;
    boolean unused = Thread.interrupted(); // else the consumer would not close
    try {
      consumer.close(
          CloseOptions.timeout(LEAVE_MAX)
              .withGroupMembershipOperation(
                  asked
                      ? GroupMembershipOperation.LEAVE_GROUP
                      : GroupMembershipOperation.REMAIN_IN_GROUP));
    } catch (RuntimeException e) {
      log.warn("{} could not leave its group", name, e);
    }
  }

  /** Whether a batch was done: an empty poll between two faults mends nothing. */
  private boolean step() {
    ConsumerRecords<byte[], byte[]> polled = consumer.poll(POLL);
    metrics.lag(consumer);
    if (polled.isEmpty()) {
      return false;
    }
    batchStart.clear();
    List<OpsRecord> mine = new ArrayList<>();
    Map<TopicPartition, OffsetAndMetadata> done = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> each : polled) {
      TopicPartition partition = new TopicPartition(each.topic(), each.partition());
      if (stopped.containsKey(partition)) {
        continue;
      }
      batchStart.putIfAbsent(partition, each.offset());
      OpsRecord record = OpsRecord.of(epoch, each);
      EventHead head = EventHead.peek(record.value(), record.contentType());
      if (head.isNewer(record.key())) {
        stopAt(partition, each.offset(), head.format());
        continue;
      }
      done.put(partition, new OffsetAndMetadata(each.offset() + 1));
      if (kind.takes(head.kind())) {
        mine.add(record);
      }
    }
    if (!mine.isEmpty()) {
      work.work(mine);
    }
    consumer.commitSync(done, COMMIT_MAX);
    return true;
  }

  /**
   * Nothing behind the event is read until a release that knows it takes the partition: what it
   * says is unknown, and what comes after may rest on it. Other partitions hold other images.
   */
  private void stopAt(TopicPartition partition, long offset, int format) {
    String reason =
        NewerFormatException.words(
            "topic %s, partition %d, offset %d"
                .formatted(partition.topic(), partition.partition(), offset),
            format,
            Formats.EVENT);
    log.error("{} goes no further there: {}", name, reason);
    consumer.pause(List.of(partition));
    consumer.seek(partition, offset);
    stopped.put(partition, reason);
  }

  private static boolean passes(RuntimeException e) {
    return e instanceof Unavailable
        || e instanceof RetriableException
        || e instanceof CommitFailedException
        || e instanceof RebalanceInProgressException;
  }

  private void rewind() {
    batchStart.forEach(
        (partition, offset) -> {
          if (consumer.assignment().contains(partition)) {
            consumer.seek(partition, offset);
            if (stopped.remove(partition) != null) {
              // It lies behind the start of the batch and is met again.
              consumer.resume(List.of(partition));
            }
          }
        });
  }

  private void pause(int faults) {
    long millis = FIRST_PAUSE.toMillis() << Math.min(faults - 1, 10);
    try {
      stop.await(Math.min(millis, PAUSE_MAX.toMillis()), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean stopping() {
    return stop.getCount() == 0 || Thread.currentThread().isInterrupted();
  }

  /**
   * Lets the batch in hand be finished, for a while. The poll is short, so nobody needs to wake the
   * consumer: that would also break off the commit of a batch that is done.
   */
  @Override
  public void close() {
    stop.countDown();
    try {
      if (!thread.join(STOP_MAX)) {
        log.warn("{} is interrupted in its batch; it will be worked again", name);
        thread.interrupt();
        thread.join(STOP_MAX);
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  /** Keeps readiness and gauges in step with the group; on the lane's thread. */
  private final class Partitions implements ConsumerRebalanceListener {

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      joined = true;
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      metrics.forget(partitions);
      partitions.forEach(batchStart::remove);
      partitions.forEach(stopped::remove);
    }
  }

  private static Map<String, Object> settings(String memberId, Portion portion) {
    return Map.of(
        "group.instance.id",
        memberId,
        "session.timeout.ms",
        10_000,
        "heartbeat.interval.ms",
        3_000,
        "max.poll.records",
        portion.records(),
        "fetch.max.bytes",
        Math.toIntExact(portion.bytes()));
  }
}
