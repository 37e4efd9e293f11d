package io.likeness.shard.intake;

import io.likeness.shard.index.BuildPace;
import io.likeness.shard.index.CorruptShardException;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.ImageState;
import io.likeness.shard.index.MemoryLedger;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardEvents;
import io.likeness.shard.index.ShardFolder;
import io.likeness.shard.index.ShardSettings;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A slot this node holds, with a shard per instance in it.
 *
 * <pre>
 * CATCHING_UP  its shards are open; it reads the log up to the end seen when it was opened
 *      |
 *   SERVING    answers; reads on
 *      |
 *   CLOSED     the assignment moved on, or the node stops; its folder stays
 * </pre>
 *
 * Only the intake's thread opens, applies and closes; commits come from the upkeep.
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
      ShardMeters meters,
      InstantSource clock) {}

  private static final Logger logger = LoggerFactory.getLogger(HeldSlot.class);

  private final int number;
  private final Path folder;
  private final Surroundings around;
  private final ImageWaits waits = new ImageWaits();
  private final Map<String, Shard> shards = new ConcurrentSkipListMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition progress = lock.newCondition();
  private final long endAtOpen;
  private final long startOffset;
  private volatile long term;
  private volatile long appliedOffset;
  private volatile long endOffset;
  private volatile Phase phase = Phase.CATCHING_UP;
  private Checkpoint written;

  private HeldSlot(int number, long term, long logEnd, Surroundings around) throws IOException {
    this.number = number;
    this.term = term;
    this.around = around;
    this.folder = around.data().resolve(Integer.toString(number));
    this.endAtOpen = logEnd;
    this.endOffset = logEnd;
    Files.createDirectories(folder);
    try {
      this.startOffset = openShards();
    } catch (IOException | RuntimeException e) {
      abandon();
      throw e;
    }
    this.appliedOffset = startOffset;
    this.written = new Checkpoint(around.log(), -1, Set.of());
  }

  /** Opens what the folder holds. {@code logEnd}: the slot's end offset now. */
  static HeldSlot open(int number, long term, long logEnd, Surroundings around) throws IOException {
    return new HeldSlot(number, term, logEnd, around);
  }

  /** Returns the offset to read from. */
  private long openShards() throws IOException {
    Optional<Checkpoint> promise =
        Checkpoint.read(folder).filter(found -> found.log().equals(around.log()));
    boolean whole = promise.isPresent();
    for (String uid : uidsOnDisk()) {
      if (around.isDeleted().test(uid)) {
        Disk.deleteTree(folder.resolve(uid));
        continue;
      }
      try {
        openShard(uid);
      } catch (CorruptShardException e) {
        // First the promise goes, durably: whatever happens next, the log is read from its start.
        Checkpoint.delete(folder);
        Path aside = ShardFolder.setAside(folder.resolve(uid));
        around.meters().setAside();
        logger.error(
            "slot {}: shard {} is set aside as {} and built again from the log",
            number,
            uid,
            aside,
            e);
        openShard(uid);
        whole = false;
      }
    }
    if (!whole) {
      return 0;
    }
    Checkpoint checkpoint = promise.get();
    for (String uid : checkpoint.shards()) {
      if (!shards.containsKey(uid) && !around.isDeleted().test(uid)) {
        logger.error("slot {}: shard {} is gone; the slot is read from its start", number, uid);
        return 0;
      }
    }
    long reached = shards.values().stream().mapToLong(Shard::nextOffset).max().orElse(0);
    if (Math.max(reached, checkpoint.nextOffset()) > endAtOpen) {
      logger.error(
          "slot {}: the log ends at {} but {} was read before; it is read from its start",
          number,
          endAtOpen,
          Math.max(reached, checkpoint.nextOffset()));
      shards.values().forEach(Shard::rewind);
      return 0;
    }
    return checkpoint.nextOffset();
  }

  private List<String> uidsOnDisk() throws IOException {
    List<String> uids = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        String name = entry.getFileName().toString();
        if (name.endsWith(".new")) {
          Disk.deleteTree(entry);
        } else if (Files.isDirectory(entry) && RecordReader.isUid(name)) {
          uids.add(name);
        }
      }
    }
    return uids;
  }

  private Shard openShard(String uid) throws IOException {
    Shard shard =
        ShardFolder.open(folder.resolve(uid), around.log(), around.settings(), new Events(uid));
    shards.put(uid, shard);
    return shard;
  }

  // ---- What it is ----

  public int number() {
    return number;
  }

  /** Of the assignment by which this node holds the slot. */
  public long term() {
    return term;
  }

  void renew(long newTerm) {
    term = Math.max(term, newTerm);
  }

  public boolean isServing() {
    return phase == Phase.SERVING;
  }

  /** Where to begin reading. */
  long startOffset() {
    return startOffset;
  }

  public ShardPosition position() {
    return ShardPosition.newBuilder()
        .setSlot(number)
        .setAppliedOffset(appliedOffset)
        .setEndOffset(Math.max(appliedOffset, endOffset))
        .build();
  }

  /** The instance's shard; none where no record of it has come yet. */
  public Optional<Shard> shard(String uid) {
    return Optional.ofNullable(shards.get(uid));
  }

  public Map<String, Shard> shards() {
    return Map.copyOf(shards);
  }

  public ImageWaits waits() {
    return waits;
  }

  // ---- The intake's thread ----

  /** Applies records of this slot in order; {@code next}: the offset after the last. */
  void apply(List<Fetched> records, long next) throws IOException {
    Map<String, List<Shard.Change>> byInstance = new HashMap<>();
    int applied = 0;
    for (Fetched fetched : records) {
      switch (RecordReader.read(fetched.value())) {
        case RecordReader.Read.Bad bad -> {
          around.meters().unreadable();
          logger.error("slot {}, offset {}: the record {}", number, fetched.offset(), bad.reason());
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
    for (Map.Entry<String, List<Shard.Change>> each : byInstance.entrySet()) {
      Shard shard = shards.get(each.getKey());
      (shard == null ? openShard(each.getKey()) : shard).apply(each.getValue());
    }
    around.meters().applied(applied);
    appliedOffset = Math.max(appliedOffset, next);
    tellProgress();
  }

  /**
   * All before {@code next} has been applied, and the log ends at {@code end}, as far as is known.
   */
  void reached(long next, long end) throws IOException {
    boolean further = next > appliedOffset;
    appliedOffset = Math.max(appliedOffset, next);
    endOffset = Math.max(next, end);
    if (phase == Phase.CATCHING_UP && appliedOffset >= endAtOpen) {
      for (Shard shard : shards.values()) {
        shard.refresh();
      }
      phase = Phase.SERVING;
      logger.info("slot {} serves {} instances from offset {}", number, shards.size(), next);
    }
    if (further) {
      tellProgress();
    }
  }

  /** A record as Kafka brings it. */
  record Fetched(long offset, byte[] value) {}

  /** Ends shards of instances that are gone. */
  void dropDeleted() throws IOException {
    for (String uid : List.copyOf(shards.keySet())) {
      if (around.isDeleted().test(uid)) {
        Shard shard = shards.remove(uid);
        if (shard != null) {
          around.upkeep().forget(shard);
          shard.abandon();
          Disk.deleteTree(shard.folder());
          around.meters().forget(uid);
          logger.info("slot {}: instance {} was deleted, its shard is gone", number, uid);
        }
      }
    }
  }

  // ---- The upkeep ----

  /** Commits what changed and promises it. False: there was nothing to do. */
  synchronized boolean commit() throws IOException {
    // Read first: everything before it has been applied, and so is in the commits that follow.
    long reached = appliedOffset;
    if (phase == Phase.CLOSED || written.nextOffset() == reached) {
      return false;
    }
    Set<String> uids = Set.copyOf(shards.keySet());
    for (Shard shard : shards.values()) {
      shard.commit(reached);
    }
    Checkpoint promise = new Checkpoint(around.log(), reached, uids);
    promise.write(folder);
    written = promise;
    return true;
  }

  /** Commits and closes; the folder stays for the next time. */
  synchronized void close() throws IOException {
    commit();
    phase = Phase.CLOSED;
    for (Shard shard : shards.values()) {
      around.upkeep().forget(shard);
      shard.close();
    }
    tellProgress();
  }

  private void abandon() throws IOException {
    phase = Phase.CLOSED;
    for (Shard shard : shards.values()) {
      shard.abandon();
    }
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
        Shard shard = shards.get(uid);
        boolean seen = shard == null || shard.shows(offset);
        if (appliedOffset >= offset && seen) {
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
    Shard shard = shards.get(uid);
    if (shard != null && shard.isDirty()) {
      around.upkeep().dirty(shard, true);
    }
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
      around.upkeep().build(shard);
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
    public void built(int rows, Duration took) {
      around.meters().built(rows, took);
      logger.info("slot {}, instance {}: built a graph of {} rows in {}", number, uid, rows, took);
    }
  }
}
