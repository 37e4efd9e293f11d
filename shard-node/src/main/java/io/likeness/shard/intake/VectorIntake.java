package io.likeness.shard.intake;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.kafka.Topics;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the slots this node holds: one thread, one consumer, partitions taken by hand as {@code
 * assign} says. Offsets live in the shards' own commits, so nothing is committed to Kafka.
 *
 * <p>A slot whose data would take long to read, or which the log does not hold any more, is brought
 * from elsewhere first ({@link IncomingSlot}), beside the reading of the others. The consumer never
 * resets a position by itself: what is not in the log any more is not passed over but brought, or
 * waited for.
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
  private final Supply supply;
  private final CopyLimits limits;
  private final Departures departures;
  private final Semaphore copyPlaces;
  private final Consumer<Throwable> failed;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean assignmentsChanged = true;
  private volatile boolean instancesChanged;
  private volatile boolean settled;
  private volatile @Nullable String trouble;
  // Of the thread.
  private boolean keptChanged;

  VectorIntake(
      String node,
      Assignments assignments,
      org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
      HeldSlots slots,
      HeldSlot.Surroundings around,
      Supply supply,
      CopyLimits limits,
      Departures departures,
      Consumer<Throwable> failed) {
    this.node = node;
    this.assignments = assignments;
    this.consumer = consumer;
    this.slots = slots;
    this.around = around;
    this.supply = supply;
    this.limits = limits;
    this.departures = departures;
    this.copyPlaces = new Semaphore(limits.parallel());
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

  /** Whether the assignments known last have been looked at, and all that can be opened is open. */
  boolean isSettled() {
    return settled;
  }

  /** Why a slot could not be opened when it was last tried. */
  Optional<String> trouble() {
    return settled ? Optional.empty() : Optional.ofNullable(trouble);
  }

  /**
   * Slots this node is asked about. The assignments are asked, not a mark of ours: they are known
   * before the reader has been told of them.
   */
  Set<Integer> asked() {
    Set<Integer> asked = new TreeSet<>();
    wanted()
        .forEach(
            (slot, assignment) -> {
              if (assignment.getState() != ReplicaState.JOINING) {
                asked.add(slot);
              }
            });
    return asked;
  }

  private void run() {
    try {
      while (!isStopping()) {
        try {
          turn();
        } catch (WakeupException woken) {
          // something changed, or it is time to stop: the loop looks
          continue;
        } catch (OffsetOutOfRangeException e) {
          giveBack(e.partitions());
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
    takeWhatCame();
    if (keptChanged || departures.hasReleased()) {
      keptChanged = false;
      departures.keep(kept());
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

  /**
   * Slots whose graphs cannot be made as fast as rows come are not read until they can; those with
   * a record of a newer release not at all.
   */
  private void waitForBuilds() {
    for (HeldSlot slot : slots.all()) {
      TopicPartition partition = partition(slot.number());
      boolean isPaused = consumer.paused().contains(partition);
      if (slot.stopped().isPresent()) {
        consumer.pause(List.of(partition));
        continue;
      }
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
      long next = fetched.getLast().offset() + 1;
      long until = slot.apply(fetched, next);
      if (until < next) {
        consumer.pause(List.of(partition));
        consumer.seek(partition, until);
      }
    }
    for (HeldSlot slot : slots.all()) {
      TopicPartition partition = partition(slot.number());
      long next = consumer.position(partition);
      slot.reached(next, next + consumer.currentLag(partition).orElse(0));
    }
  }

  // ---- Holding ----

  /** With several replicas of a slot on one node the newest counts. */
  private Map<Integer, SlotAssignment> wanted() {
    Map<Integer, SlotAssignment> wanted = new TreeMap<>();
    for (SlotAssignment assignment : assignments.ofNode(node)) {
      wanted.merge(
          assignment.getSlot(),
          assignment,
          (one, other) -> one.getTerm() > other.getTerm() ? one : other);
    }
    return wanted;
  }

  /** What this node shall hold, and what it still has to do with. */
  private Set<Integer> kept() {
    Set<Integer> kept = new TreeSet<>(wanted().keySet());
    kept.addAll(slots.numbers());
    return kept;
  }

  /** False: one could not be opened for now. */
  private boolean hold(Map<Integer, SlotAssignment> wanted) {
    keptChanged = true;
    for (HeldSlot slot : slots.all()) {
      if (!wanted.containsKey(slot.number())) {
        log.info("slot {} is no longer this node's", slot.number());
        slots.remove(slot);
        slot.close();
      }
    }
    for (IncomingSlot slot : slots.incoming()) {
      if (!wanted.containsKey(slot.number())) {
        slot.abort();
      }
    }
    Map<Integer, SlotAssignment> fresh = new TreeMap<>();
    wanted.forEach(
        (slot, assignment) -> {
          slots.renew(slot, assignment.getTerm());
          if (slots.of(slot).isEmpty() && !slots.isIncoming(slot)) {
            fresh.put(slot, assignment);
          }
        });
    return take(fresh.values(), true);
  }

  /**
   * Opens these slots, or has them brought. False: one could not be opened for now.
   *
   * @param mayCopy false: what is in the log is read from there, however much it is
   */
  private boolean take(Collection<SlotAssignment> fresh, boolean mayCopy) {
    List<TopicPartition> partitions =
        fresh.stream().map(each -> partition(each.getSlot())).toList();
    assign(partitions);
    Map<TopicPartition, Long> begins =
        partitions.isEmpty() ? Map.of() : consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> ends =
        partitions.isEmpty() ? Map.of() : consumer.endOffsets(partitions);
    boolean all = true;
    List<HeldSlot> opened = new ArrayList<>();
    for (SlotAssignment each : fresh) {
      TopicPartition partition = partition(each.getSlot());
      long begin = begins.getOrDefault(partition, 0L);
      long end = ends.getOrDefault(partition, 0L);
      try {
        open(each, begin, end, mayCopy).ifPresent(opened::add);
      } catch (IOException e) {
        String reason = "slot " + each.getSlot() + " cannot be opened: " + e.getMessage();
        if (!reason.equals(trouble)) {
          log.error("{} (tried again)", reason, e);
        }
        trouble = reason;
        all = false;
      }
    }
    opened.forEach(slots::add);
    assign(List.of());
    for (HeldSlot slot : opened) {
      consumer.seek(partition(slot.number()), slot.startOffset());
      log.info(
          "slot {} is held in term {}, read from {}",
          slot.number(),
          slot.term(),
          slot.startOffset());
    }
    return all;
  }

  /** To read what is held, and these. */
  private void assign(List<TopicPartition> more) {
    List<TopicPartition> all = new ArrayList<>(more);
    slots.all().forEach(held -> all.add(partition(held.number())));
    consumer.assign(all);
  }

  /** Empty: it is brought from elsewhere. */
  private Optional<HeldSlot> open(SlotAssignment assigned, long begin, long end, boolean mayCopy)
      throws IOException {
    int number = assigned.getSlot();
    long contained =
        Checkpoint.read(around.data().resolve(Integer.toString(number)))
            .filter(found -> found.log().equals(around.log()))
            .map(Checkpoint::nextOffset)
            .orElse(0L);
    Supply.Want want = new Supply.Want(number, around.log(), contained, begin, end);
    if (isToBeBrought(want, mayCopy)) {
      bring(want, assigned.getTerm());
      return Optional.empty();
    }
    HeldSlot slot = HeldSlot.open(number, assigned.getTerm(), end, around);
    // It may have turned out to be damaged.
    Supply.Want found = new Supply.Want(number, around.log(), slot.startOffset(), begin, end);
    if (found.contained() < contained && isToBeBrought(found, mayCopy)) {
      slot.close();
      bring(found, assigned.getTerm());
      return Optional.empty();
    }
    try {
      supply.discard(number);
    } catch (IOException e) {
      log.warn("what was copied of slot {} before stays: {}", number, e.toString());
    }
    return Optional.of(slot);
  }

  private boolean isToBeBrought(Supply.Want want, boolean mayCopy) {
    boolean isFarBehind = want.logEnds() - want.contained() > limits.behindMax();
    return !want.isInLog() || (mayCopy && isFarBehind && supply.mayHave(want.slot()));
  }

  private void bring(Supply.Want want, long term) {
    IncomingSlot incoming =
        new IncomingSlot(
            want, term, supply, copyPlaces, IncomingSlot.PAUSE, around.meters(), consumer::wakeup);
    slots.add(incoming);
    incoming.start();
  }

  /** Opens what has been brought. */
  private void takeWhatCame() {
    for (IncomingSlot slot : slots.incoming()) {
      switch (slot.phase()) {
        case COMING -> {}
        case ENDED -> {
          slots.remove(slot);
          // Perhaps it was wanted again meanwhile.
          assignmentsChanged = true;
        }
        case LANDED, FROM_LOG -> {
          SlotAssignment assigned = wanted().get(slot.number());
          boolean isOpen = assigned == null || take(List.of(assigned), false);
          if (isOpen && slots.isThe(slot)) {
            slots.remove(slot);
            keptChanged = true;
          }
        }
      }
    }
  }

  /** The log does not have what these need next. */
  private void giveBack(Set<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      slots
          .of(partition.partition())
          .ifPresent(
              slot -> {
                log.error(
                    "slot {}: the log does not have the record {}; the slot is opened anew",
                    slot.number(),
                    slot.position().getAppliedOffset());
                slots.remove(slot);
                slot.close();
              });
    }
    assign(List.of());
    assignmentsChanged = true;
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
    slots.incoming().forEach(IncomingSlot::stop);
    for (IncomingSlot slot : slots.incoming()) {
      slot.awaitEnd();
      slots.remove(slot);
    }
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
