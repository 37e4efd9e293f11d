package io.likeness.shard.intake;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.kafka.Topics;
import io.likeness.wire.SlotAssignment;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the slots this node holds: one thread, one consumer, partitions taken by hand as {@code
 * assign} says. Offsets live in the shards' own commits, so nothing is committed to Kafka.
 */
final class VectorIntake implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(VectorIntake.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration RETRY_PAUSE = Duration.ofMillis(500);

  /** How long closing waits for the batch under way. */
  private static final Duration STOP_MAX = Duration.ofSeconds(30);

  private final String node;
  private final Assignments assignments;
  private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
  private final HeldSlots slots;
  private final HeldSlot.Surroundings around;
  private final Consumer<Throwable> failed;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean assignmentsChanged = true;
  private volatile boolean instancesChanged;
  private volatile boolean settled;

  VectorIntake(
      String node,
      Assignments assignments,
      org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
      HeldSlots slots,
      HeldSlot.Surroundings around,
      Consumer<Throwable> failed) {
    this.node = node;
    this.assignments = assignments;
    this.consumer = consumer;
    this.slots = slots;
    this.around = around;
    this.failed = failed;
    this.thread = Thread.ofPlatform().name("shard-intake").daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** The assignments may have changed. */
  void reassign() {
    assignmentsChanged = true;
    consumer.wakeup();
  }

  /** Instances may have been deleted. */
  void sweep() {
    instancesChanged = true;
    consumer.wakeup();
  }

  /**
   * Whether every slot assigned by now is held. The assignments are asked, not a mark of ours: they
   * are known before the reader has been told of them.
   */
  boolean isSettled() {
    return settled && wanted().keySet().stream().allMatch(slot -> slots.of(slot).isPresent());
  }

  private void run() {
    try {
      while (!isStopping()) {
        try {
          turn();
        } catch (WakeupException woken) {
          // something changed, or it is time to stop: the loop looks
          continue;
        } catch (RetriableException e) {
          log.warn("Kafka cannot be asked now, again in {}: {}", RETRY_PAUSE, e.toString());
          pause();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      failed.accept(e);
    } finally {
      closeSlots();
      consumer.close();
    }
  }

  private void turn() throws IOException, InterruptedException {
    if (assignmentsChanged) {
      assignmentsChanged = false;
      try {
        settled = hold(wanted());
      } catch (RetriableException | WakeupException e) {
        assignmentsChanged = true;
        throw e;
      }
      if (!settled) {
        assignmentsChanged = true;
        pause();
      }
    }
    if (instancesChanged) {
      instancesChanged = false;
      for (HeldSlot slot : slots.all()) {
        slot.dropDeleted();
      }
    }
    if (consumer.assignment().isEmpty()) {
      pause();
      return;
    }
    for (HeldSlot slot : slots.all()) {
      slot.mend().ifPresent(from -> consumer.seek(partition(slot.number()), from));
    }
    waitForBuilds();
    apply(consumer.poll(POLL));
  }

  /** Slots whose graphs cannot be made as fast as rows come are not read until they can. */
  private void waitForBuilds() {
    for (HeldSlot slot : slots.all()) {
      TopicPartition partition = partition(slot.number());
      boolean isPaused = consumer.paused().contains(partition);
      if (slot.isBehind() == isPaused) {
        continue;
      }
      if (isPaused) {
        log.info("slot {} is read again", slot.number());
        consumer.resume(List.of(partition));
      } else {
        log.warn(
            "slot {} is not read for now: its graphs are made more slowly than rows come",
            slot.number());
        consumer.pause(List.of(partition));
      }
    }
  }

  /**
   * Applies all that came before it asks the consumer anything more: a wake-up between the two
   * would lose records that Kafka believes are read.
   */
  private void apply(ConsumerRecords<byte[], byte[]> records) throws IOException {
    for (TopicPartition partition : records.partitions()) {
      List<HeldSlot.Fetched> fetched = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
        byte[] value = record.value();
        fetched.add(new HeldSlot.Fetched(record.offset(), value == null ? new byte[0] : value));
      }
      HeldSlot slot = slots.of(partition.partition()).orElseThrow();
      slot.apply(fetched, fetched.getLast().offset() + 1);
    }
    for (HeldSlot slot : slots.all()) {
      TopicPartition partition = partition(slot.number());
      long next = consumer.position(partition);
      slot.reached(next, next + consumer.currentLag(partition).orElse(0));
    }
  }

  // ---- Holding ----

  /** Slot to term; with several replicas of a slot on one node the newest counts. */
  private Map<Integer, Long> wanted() {
    Map<Integer, Long> terms = new HashMap<>();
    for (SlotAssignment assignment : assignments.ofNode(node)) {
      terms.merge(assignment.getSlot(), assignment.getTerm(), Math::max);
    }
    return terms;
  }

  /** False: one could not be opened for now. */
  private boolean hold(Map<Integer, Long> wanted) {
    for (HeldSlot slot : slots.all()) {
      if (!wanted.containsKey(slot.number())) {
        log.info("slot {} is no longer this node's", slot.number());
        slots.remove(slot);
        slot.close();
      }
    }
    List<TopicPartition> fresh = new ArrayList<>();
    for (Map.Entry<Integer, Long> each : wanted.entrySet()) {
      slots
          .of(each.getKey())
          .ifPresentOrElse(
              slot -> slot.renew(each.getValue()), () -> fresh.add(partition(each.getKey())));
    }
    List<TopicPartition> all = new ArrayList<>(fresh);
    slots.all().forEach(slot -> all.add(partition(slot.number())));
    consumer.assign(all);
    Map<TopicPartition, Long> ends = fresh.isEmpty() ? Map.of() : consumer.endOffsets(fresh);
    for (TopicPartition partition : fresh) {
      long term = wanted.getOrDefault(partition.partition(), 0L);
      long end = ends.getOrDefault(partition, 0L);
      HeldSlot slot;
      try {
        slot = HeldSlot.open(partition.partition(), term, end, around);
      } catch (IOException e) {
        log.error("slot {} cannot be opened, tried again: {}", partition.partition(), e.toString());
        consumer.assign(slots.all().stream().map(held -> partition(held.number())).toList());
        return false;
      }
      consumer.seek(partition, slot.startOffset());
      slots.add(slot);
      log.info("slot {} is held in term {}, read from {}", slot.number(), term, slot.startOffset());
    }
    return true;
  }

  private static TopicPartition partition(int slot) {
    return new TopicPartition(Topics.VECTORS, slot);
  }

  // ---- Ends ----

  private boolean isStopping() {
    return stopping.getCount() == 0;
  }

  private void pause() throws InterruptedException {
    var unused = stopping.await(RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void closeSlots() {
    for (HeldSlot slot : slots.all()) {
      slots.remove(slot);
      try {
        slot.close();
      } catch (RuntimeException e) {
        // The next start finds the last commit and reads on from there.
        log.error("slot {} could not be committed at the end", slot.number(), e);
      }
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    consumer.wakeup();
    try {
      if (!thread.join(STOP_MAX)) {
        log.error("the intake did not stop within {}", STOP_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
