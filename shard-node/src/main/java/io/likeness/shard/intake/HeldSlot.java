package io.likeness.shard.intake;

import io.likeness.node.kafka.Topics;
import io.likeness.proto.wire.Formats;
import io.likeness.proto.wire.NewerFormatException;
import io.likeness.shard.index.BuildFailedException;
import io.likeness.shard.index.BuildPace;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.ImageState;
import io.likeness.shard.index.MemoryLedger;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardEvents;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.SlotPhase;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A slot this node holds, with a shard per instance in it.
 *
 * <pre>
 * CATCHING_UP  its shards are open; it reads the log up to the end seen when it was opened
 *      |
 *   SERVING    answers; reads on; says that it is ready once it has searched itself
 *      |
 *   CLOSED     the assignment moved on, or the node stops; its folder stays
 * </pre>
 *
 * <p>Its shards, and what befalls them, are {@link SlotShards}. Only the intake's thread opens,
 * applies, mends and closes; commits come from the upkeep, and anybody may report a failure.
 *
 * <p>A record of a newer release stops the reading of the slot before it, for as long as this
 * process lives: passing over it would make this replica differ from others for ever.
 */
public final class HeldSlot {

  enum Phase {
    CATCHING_UP,
    SERVING,
    CLOSED
  }

  /** What a slot needs of the node around it. */
  record Surroundings(
      Path data,
      String log,
      ShardSettings settings,
      MemoryLedger memory,
      Predicate<String> isDeleted,
      Upkeep upkeep,
      SharedGraphs graphs,
      ShardMeters meters,
      Space space,
      InstantSource clock) {}

  private static final Logger logger = LoggerFactory.getLogger(HeldSlot.class);

  private final int number;
  private final Surroundings around;
  private final ImageWaits waits = new ImageWaits();
  private final SlotShards shards;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition progress = lock.newCondition();
  private final long endAtOpen;
  private final long startOffset;
  private volatile long term;
  private volatile long endOffset;
  private volatile Phase phase = Phase.CATCHING_UP;
  private volatile boolean warm;
  private volatile @Nullable String stopped;

  private HeldSlot(int number, long term, long logEnd, Surroundings around) throws IOException {
    this.number = number;
    this.term = term;
    this.around = around;
    this.endAtOpen = logEnd;
    this.endOffset = logEnd;
    Path folder = around.data().resolve(Integer.toString(number));
    this.shards = new SlotShards(number, folder, around, uid -> new Events(uid));
    this.startOffset = shards.open(logEnd);
  }

  /** Opens what the folder holds. {@code logEnd}: the slot's end offset now. */
  static HeldSlot open(int number, long term, long logEnd, Surroundings around) throws IOException {
    return new HeldSlot(number, term, logEnd, around);
  }

  // ---- What it is ----

  public int number() {
    return number;
  }

  /** Of the assignment by which this node holds the slot. */
  public long term() {
    return term;
  }

  public void renew(long newTerm) {
    term = Math.max(term, newTerm);
  }

  public boolean isServing() {
    return phase == Phase.SERVING;
  }

  /** Its first searches are done. */
  void warmed() {
    warm = true;
  }

  /** Where to begin reading. */
  public long startOffset() {
    return startOffset;
  }

  public ShardPosition position() {
    long applied = shards.offsetWithoutDebt();
    return ShardPosition.newBuilder()
        .setSlot(number)
        .setAppliedOffset(applied)
        .setEndOffset(Math.max(applied, endOffset))
        .build();
  }

  /** For whoever decides about moves. */
  public HeldSlotState state() {
    return HeldSlotState.newBuilder()
        .setSlot(number)
        .setTerm(term)
        .setPhase(isServing() && warm ? SlotPhase.READY : SlotPhase.CATCHING_UP)
        .setPosition(position())
        .build();
  }

  /**
   * The instance's shard; none where no record of it has come yet.
   *
   * @throws ShardAbsentException where there should be one, and it cannot answer
   */
  public Optional<Shard> shard(String uid) throws ShardAbsentException {
    Optional<String> reason = shards.absence(uid);
    if (reason.isPresent()) {
      throw new ShardAbsentException(number, reason.get(), null);
    }
    return shards.of(uid);
  }

  /** Those that answer. */
  public Map<String, Shard> shards() {
    return shards.answering();
  }

  /** Shards that do not take records now, or are read again. */
  int mending() {
    return shards.mending();
  }

  /** Whether graphs of one of its shards are being made here. */
  public boolean isBuilding(Shard shard) {
    return around.upkeep().isBuilding(shard);
  }

  public ImageWaits waits() {
    return waits;
  }

  // ---- The intake's thread ----

  /**
   * Applies records of this slot in order; {@code next}: the offset after the last. Returns from
   * where to read on, which is {@code next} unless a newer release wrote one of them: then this one
   * is where reading {@link #stopped stops}.
   */
  long apply(List<Fetched> records, long next) throws IOException {
    Map<String, List<Shard.Change>> byInstance = new HashMap<>();
    int applied = 0;
    long until = next;
    for (Fetched fetched : records) {
      if (until < next) {
        break;
      }
      switch (RecordReader.read(fetched.value())) {
        case RecordReader.Read.Bad bad -> {
          around.meters().unreadable();
          logger.error("slot {}, offset {}: the record {}", number, fetched.offset(), bad.reason());
        }
        case RecordReader.Read.Newer newer -> {
          until = fetched.offset();
          stop(fetched.offset(), newer.format());
        }
        case RecordReader.Read.Good good -> {
          VectorRecord record = good.record();
          if (!around.isDeleted().test(record.getInstanceUid())) {
            byInstance
                .computeIfAbsent(record.getInstanceUid(), uid -> new ArrayList<>())
                .add(new Shard.Change(fetched.offset(), record));
            applied++;
          }
        }
      }
    }
    boolean hasRoom = !around.space().isShort();
    for (Map.Entry<String, List<Shard.Change>> each : byInstance.entrySet()) {
      shards.apply(each.getKey(), each.getValue(), hasRoom);
    }
    around.meters().applied(applied);
    if (shards.offered(until)) {
      tellProgress();
    }
    return until;
  }

  private void stop(long offset, int format) {
    String reason =
        NewerFormatException.words(
            "topic %s, partition %d, offset %d".formatted(Topics.VECTORS, number, offset),
            format,
            Formats.VECTOR);
    logger.error("slot {} is read no further: {}", number, reason);
    stopped = reason;
  }

  /** Why nothing more is read; what it has, it answers. Empty while it reads. */
  Optional<String> stopped() {
    return Optional.ofNullable(stopped);
  }

  /**
   * All before {@code next} has been offered, and the log ends at {@code end}, as far as is known.
   */
  void reached(long next, long end) throws IOException {
    boolean further = shards.offered(next);
    endOffset = Math.max(next, end);
    shards.showMended();
    if (phase == Phase.CATCHING_UP && shards.appliedOffset() >= endAtOpen) {
      shards.refreshAll();
      phase = Phase.SERVING;
      around.upkeep().warm(this);
      logger.info(
          "slot {} serves {} instances from offset {}", number, shards.answering().size(), next);
    }
    if (further) {
      tellProgress();
    }
  }

  /** A record as Kafka brings it. */
  record Fetched(long offset, byte[] value) {}

  /** Whether reading on would only make searches slower. */
  boolean isBehind() {
    return shards.isBehind();
  }

  /** Ends shards of instances that are gone. */
  void dropDeleted() {
    shards.dropDeleted();
  }

  /**
   * Opens again what is sick, and gives back its work to what was held back. Returns from where the
   * log has to be read now; empty: go on as before.
   */
  OptionalLong mend() {
    OptionalLong from = shards.mend();
    if (from.isPresent()) {
      // The record that stopped it is met again.
      stopped = null;
    }
    return from;
  }

  // ---- The upkeep ----

  /** Commits what changed and promises it. False: there was nothing to do. */
  boolean commit() {
    return shards.commit();
  }

  /**
   * Exports what the slot's images come to, for comparing replicas; unless something was applied
   * that no view shows yet, or a shard is being mended.
   */
  void tellChecksum() throws IOException {
    long offset = shards.appliedOffset();
    if (phase != Phase.SERVING || mending() > 0 || shards.isOwing()) {
      return;
    }
    long sum = 0;
    for (Shard shard : shards.answering().values()) {
      if (!shard.shows(offset)) {
        return;
      }
      try (View view = shard.view()) {
        sum += view.checksum();
      }
      if (shard.shownOffset() > offset) {
        return;
      }
    }
    if (shards.appliedOffset() == offset) {
      around.meters().checksum(number, sum, offset);
    }
  }

  /** Commits and holds what was committed; empty where a shard is sick or the slot not served. */
  public Optional<PinnedSlot> pin() throws IOException {
    return phase == Phase.SERVING ? shards.pin() : Optional.empty();
  }

  /** Commits and closes; the folder stays for the next time. */
  void close() {
    phase = Phase.CLOSED;
    around.meters().forget(number);
    shards.close();
    tellProgress();
  }

  // ---- Waiting ----

  /**
   * Waits until every record before this offset can be seen in the instance's shard. False: the
   * deadline passed, or the slot was closed, first.
   */
  public boolean awaitShown(String uid, long offset, Deadline deadline)
      throws InterruptedException {
    lock.lock();
    try {
      while (true) {
        Shard shard = shards.of(uid).orElse(null);
        boolean seen = shard == null || shard.shows(offset);
        if (shards.appliedOffset() >= offset && seen && shards.owes(uid) >= offset) {
          return true;
        }
        if (shard != null && !seen) {
          around.upkeep().dirty(shard, true);
        }
        long rest = deadline.remaining().toNanos();
        if (rest <= 0 || phase == Phase.CLOSED) {
          return false;
        }
        progress.await(rest, TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  private void tellProgress() {
    lock.lock();
    try {
      progress.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Asks for a refresh at once where the shard has something to show. */
  public void hurry(String uid) {
    shards.of(uid).filter(Shard::isDirty).ifPresent(shard -> around.upkeep().dirty(shard, true));
  }

  /** What one shard tells. */
  private final class Events implements ShardEvents {
    private final String uid;

    Events(String uid) {
      this.uid = uid;
    }

    @Override
    public boolean isAwaited(String imageId) {
      return waits.isAwaited(uid, imageId);
    }

    @Override
    public void dirty(Shard shard, boolean urgent) {
      around.upkeep().dirty(shard, urgent);
    }

    @Override
    public void visible(String imageId, ImageState state, long acceptedAtMillis) {
      waits.tell(uid, imageId, state);
      // While catching up the delay is the node's absence, not its speed.
      if (phase == Phase.SERVING && acceptedAtMillis > 0) {
        around
            .meters()
            .visible(
                uid, Duration.ofMillis(Math.max(0, around.clock().millis() - acceptedAtMillis)));
      }
    }

    @Override
    public void refreshed(Shard shard) {
      tellProgress();
    }

    @Override
    public void buildWanted(Shard shard) {
      around.graphs().wanted(number, uid, shard);
    }

    @Override
    public void adopted(int rows, long bytes, Duration took) {
      around.meters().adopted(rows, bytes);
      logger.info(
          "slot {}, instance {}: took over a graph of {} rows, {} bytes, in {}",
          number,
          uid,
          rows,
          bytes,
          took);
    }

    @Override
    public MemoryLedger memory() {
      return around.memory();
    }

    @Override
    public BuildPace pace() {
      return around.upkeep().pace();
    }

    @Override
    public boolean failed(Shard shard, Throwable cause) {
      if (cause instanceof BuildFailedException unbuilt) {
        around.space().failed(unbuilt);
        logger.warn("slot {}, instance {}: {}", number, uid, unbuilt.getMessage());
        return true;
      }
      return shards.failed(uid, shard, cause);
    }

    @Override
    public void built(int rows, Duration took) {
      around.meters().built(rows, took);
      logger.info("slot {}, instance {}: built a graph of {} rows in {}", number, uid, rows, took);
    }
  }
}
