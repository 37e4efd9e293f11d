package io.likeness.shard.intake;

import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.shard.index.MemoryLedger;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Brings a slot's folder, while no node runs on it, to where it was at some place of the log: what
 * it lacks is read, and nothing more. The end of a restore to a moment, and the other side of the
 * comparison that proves one.
 */
public final class SlotReplay implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration SILENCE_MAX = Duration.ofSeconds(60);
  private static final Duration REFRESH = Duration.ofSeconds(1);
  private static final Duration COMMIT = Duration.ofSeconds(5);

  /**
   * What a slot holds.
   *
   * @param shards by instance uid
   */
  public record Contents(long nextOffset, Map<String, Images> shards) {}

  /** How many, and the order-free sum over their ids, versions and vectors. */
  public record Images(long count, long checksum) {}

  private final String log;
  private final Consumer<byte[], byte[]> consumer;

  public SlotReplay(KafkaSettings kafka) {
    this.log = Topics.id(kafka, Topics.VECTORS);
    this.consumer = KafkaClients.consumer(kafka, "likeness-replay", null);
  }

  /** Identity of the log that is read. */
  public String log() {
    return log;
  }

  /** The first offset that is still there. */
  public long begin(int slot) {
    TopicPartition partition = partition(slot);
    return Objects.requireNonNull(consumer.beginningOffsets(List.of(partition)).get(partition));
  }

  public long end(int slot) {
    TopicPartition partition = partition(slot);
    return Objects.requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
  }

  /** The offset of the first record written then or later; the end where there is none. */
  public long at(int slot, Instant moment) {
    TopicPartition partition = partition(slot);
    OffsetAndTimestamp found =
        consumer.offsetsForTimes(Map.of(partition, moment.toEpochMilli())).get(partition);
    return found == null ? end(slot) : found.offset();
  }

  private static TopicPartition partition(int slot) {
    return new TopicPartition(Topics.VECTORS, slot);
  }

  /**
   * Reads the log up to there, exclusive, makes it durable, and tells what the slot holds then.
   *
   * @param data the shard node's data folder, locked by the caller; a slot without a folder is made
   *     from the log's start
   * @throws IOException where the log no longer reaches back far enough, or holds too little
   */
  public Contents upTo(Path data, int slot, long until) throws IOException {
    HeldSlots slots = new HeldSlots();
    ShardMeters meters = new ShardMeters(new SimpleMeterRegistry());
    AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    try (Upkeep upkeep = new Upkeep(REFRESH, COMMIT, threads, slots, meters, fault::set)) {
      HeldSlot held =
          HeldSlot.open(
              slot,
              0,
              until,
              new HeldSlot.Surroundings(
                  data,
                  log,
                  ShardSettings.DEFAULT,
                  MemoryLedger.unbounded(),
                  uid -> false,
                  upkeep,
                  SharedGraphs.alone(upkeep, meters),
                  meters,
                  new Space(data, 0, InstantSource.system()),
                  InstantSource.system()));
      slots.add(held);
      try {
        upkeep.start();
        read(held, until, fault);
        return new Contents(until, contents(held));
      } finally {
        held.close();
        slots.remove(held);
      }
    }
  }

  private void read(HeldSlot held, long until, AtomicReference<@Nullable Throwable> fault)
      throws IOException {
    TopicPartition partition = partition(held.number());
    long next = held.startOffset();
    long begin = begin(held.number());
    if (next < begin) {
      throw new IOException(
          "slot %d is known up to %d, and the log begins at %d: what lies between is lost"
              .formatted(held.number(), next, begin));
    }
    consumer.assign(List.of(partition));
    consumer.seek(partition, next);
    long silentSince = System.nanoTime();
    while (next < until) {
      if (fault.get() != null || held.mending() > 0) {
        throw new IOException("slot " + held.number() + " cannot be written", fault.get());
      }
      List<HeldSlot.Fetched> fetched = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
        if (record.offset() < until) {
          byte[] value = record.value();
          fetched.add(new HeldSlot.Fetched(record.offset(), value == null ? new byte[0] : value));
        }
      }
      long position = Math.min(until, consumer.position(partition));
      if (position > next) {
        if (held.apply(fetched, position) < position) {
          throw new IOException(held.stopped().orElseThrow());
        }
        silentSince = System.nanoTime();
      } else if (System.nanoTime() - silentSince > SILENCE_MAX.toNanos()) {
        throw new IOException(
            "slot %d: the log tells nothing after %d, and %d is wanted"
                .formatted(held.number(), next, until));
      }
      next = position;
      held.reached(next, until);
    }
    held.reached(next, until);
  }

  private static Map<String, Images> contents(HeldSlot held) throws IOException {
    Map<String, Images> contents = new TreeMap<>();
    for (Map.Entry<String, Shard> each : held.shards().entrySet()) {
      each.getValue().refresh();
      try (View view = each.getValue().view()) {
        contents.put(each.getKey(), new Images(view.images(), view.checksum()));
      }
    }
    return contents;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
