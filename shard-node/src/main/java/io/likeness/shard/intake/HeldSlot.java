package io.likeness.shard.intake;

import io.likeness.shard.index.BuildFailedException;
import io.likeness.shard.index.BuildPace;
import io.likeness.shard.index.CorruptShardException;
import io.likeness.shard.index.Damage;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.ImageState;
import io.likeness.shard.index.MemoryLedger;
import io.likeness.shard.index.Pin;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardEvents;
import io.likeness.shard.index.ShardFolder;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.SlotPhase;
import io.likeness.wire.VectorRecord;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Stream;
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
 * <p><b>Misfortunes of one shard</b> are its own; the others of the slot go on. One whose disk
 * fails it (full, or an error on writing) is halted: its last view goes on answering, while the
 * folder is opened again from its last commit, since after a failed fsync nothing newer can be
 * trusted. One whose files are damaged stops answering at once, is set aside, and begins anew.
 * Either way the log is read again from where the new shard says, which the others pass over, and
 * the new one answers as soon as it knows what the slot knew. While the disk is short of room,
 * pictures are held back the same way ({@link Shard#apply(List, boolean)}) and everything else is
 * applied.
 *
 * <p>Only the intake's thread opens, applies, mends and closes; commits come from the upkeep, and
 * anybody may report a failure.
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
      Space space,
      InstantSource clock) {}

  /**
   * A shard that takes no records.
   *
   * @param damaged it is built anew; otherwise it is opened from its last commit
   * @param shard to be ended; none where it could not even be opened
   * @param from the first record it may lack; for one that never was, the first it missed
   */
  private record Sick(boolean damaged, @Nullable Shard shard, long from, Throwable cause) {}

  private static final long NOTHING = Long.MAX_VALUE;
  private static final Duration MEND_PAUSE = Duration.ofSeconds(1);
  private static final String DAMAGED = "its files are damaged, it is built again";
  private static final Duration MEND_PAUSE_MAX = Duration.ofSeconds(30);

  private static final Logger logger = LoggerFactory.getLogger(HeldSlot.class);

  private final int number;
  private final Path folder;
  private final Surroundings around;
  private final ImageWaits waits = new ImageWaits();
  // Who answers, and who takes records; two shards for an instance only while one is mended.
  private final Map<String, Shard> shards = new ConcurrentSkipListMap<>();
  private final Map<String, Shard> takers = new ConcurrentSkipListMap<>();
  private final Map<String, Sick> sick = new ConcurrentHashMap<>();
  // Why an instance has nobody to answer.
  private final Map<String, String> absent = new ConcurrentHashMap<>();
  // The first record an instance's answers may lack, from its misfortune until it is made good.
  private final Map<String, Long> owing = new ConcurrentHashMap<>();
  // Attempts to mend since the last commit that worked, and (guarded by this) when to try again.
  private final Map<String, Integer> attempts = new ConcurrentHashMap<>();
  private final Map<String, Long> notBefore = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition progress = lock.newCondition();
  private final long endAtOpen;
  private final long startOffset;
  private volatile long term;
  // Every record before it has been offered to every shard that is well.
  private volatile long appliedOffset;
  // Where the log is read: behind the above while something is read again.
  private volatile long readOffset;
  // The first record that some shard owes.
  private volatile long owedFrom = NOTHING;
  // Of the intake's thread.
  private boolean wasShort;
  private volatile long endOffset;
  private volatile Phase phase = Phase.CATCHING_UP;
  private volatile boolean warm;
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
    this.readOffset = startOffset;
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
        setAside(uid, e);
        openShard(uid);
        whole = false;
      } catch (IOException e) {
        // Perhaps only for now; the others are not to blame.
        absent.put(uid, "its folder cannot be opened");
        report(uid, new Sick(false, null, 0, e));
      }
    }
    if (!whole) {
      return 0;
    }
    Checkpoint checkpoint = promise.get();
    for (String uid : checkpoint.shards()) {
      if (!shards.containsKey(uid) && !sick.containsKey(uid) && !around.isDeleted().test(uid)) {
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
    Shard shard = newShard(uid);
    takers.put(uid, shard);
    shards.put(uid, shard);
    return shard;
  }

  private Shard newShard(String uid) throws IOException {
    return ShardFolder.open(folder.resolve(uid), around.log(), around.settings(), new Events(uid));
  }

  private void setAside(String uid, Throwable cause) throws IOException {
    // First the promise goes, durably: whatever happens next, the log is read from its start.
    Checkpoint.delete(folder);
    written = new Checkpoint(around.log(), -1, Set.of());
    if (!Files.exists(folder.resolve(uid))) {
      // An attempt before this one came so far.
      return;
    }
    Path aside = ShardFolder.setAside(folder.resolve(uid));
    around.meters().setAside();
    logger.error(
        "slot {}: shard {} is set aside as {} and built again from the log: {}",
        number,
        uid,
        aside,
        cause.toString());
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
    long applied = Math.min(appliedOffset, owedFrom);
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
    String reason = absent.get(uid);
    if (reason != null) {
      throw new ShardAbsentException(number, reason, null);
    }
    return Optional.ofNullable(shards.get(uid));
  }

  /** Those that answer. */
  public Map<String, Shard> shards() {
    Map<String, Shard> answering = new HashMap<>(shards);
    answering.keySet().removeAll(absent.keySet());
    return Map.copyOf(answering);
  }

  /** Shards that do not take records now, or are read again. */
  int mending() {
    Set<String> uids = new HashSet<>(sick.keySet());
    takers.forEach(
        (uid, taker) -> {
          if (shards.get(uid) != taker) {
            uids.add(uid);
          }
        });
    return uids.size();
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
    boolean hasRoom = !around.space().isShort();
    for (Map.Entry<String, List<Shard.Change>> each : byInstance.entrySet()) {
      apply(each.getKey(), each.getValue(), hasRoom);
    }
    around.meters().applied(applied);
    readOffset = next;
    owedFrom = owed();
    if (next > appliedOffset) {
      appliedOffset = next;
      tellProgress();
    }
  }

  /** To a sick shard nothing is given: whoever takes its place reads it again. */
  private void apply(String uid, List<Shard.Change> changes, boolean hasRoom) throws IOException {
    if (sick.containsKey(uid)) {
      return;
    }
    Shard taker = takers.get(uid);
    try {
      if (taker == null) {
        taker = openShard(uid);
      }
      taker.apply(changes, hasRoom);
    } catch (IOException | RuntimeException | InternalError e) {
      if (taker != null ? !failed(uid, taker, e) : !neverOpened(uid, changes.getFirst(), e)) {
        throw e;
      }
    }
  }

  private boolean neverOpened(String uid, Shard.Change first, Throwable cause) {
    if (Damage.troubleOfTheDisk(cause).isEmpty()) {
      return false;
    }
    absent.put(uid, "its folder cannot be opened");
    report(uid, new Sick(Damage.of(cause).isPresent(), null, first.offset(), cause));
    return true;
  }

  /**
   * All before {@code next} has been offered, and the log ends at {@code end}, as far as is known.
   */
  void reached(long next, long end) throws IOException {
    boolean further = next > appliedOffset;
    readOffset = next;
    appliedOffset = Math.max(appliedOffset, next);
    endOffset = Math.max(next, end);
    if (readOffset >= appliedOffset && !owing.isEmpty()) {
      showMended();
    }
    owedFrom = owed();
    if (phase == Phase.CATCHING_UP && appliedOffset >= endAtOpen) {
      for (Map.Entry<String, Shard> each : shards.entrySet()) {
        var unused = refresh(each.getKey(), each.getValue());
      }
      phase = Phase.SERVING;
      around.upkeep().warm(this);
      logger.info("slot {} serves {} instances from offset {}", number, shards.size(), next);
    }
    if (further) {
      tellProgress();
    }
  }

  private long owed() {
    long first = NOTHING;
    for (long each : owing.values()) {
      first = Math.min(first, each);
    }
    for (Shard taker : takers.values()) {
      first = Math.min(first, taker.heldBack());
    }
    return first;
  }

  /** A record as Kafka brings it. */
  record Fetched(long offset, byte[] value) {}

  /** Whether reading on would only make searches slower. */
  boolean isBehind() {
    return takers.values().stream().anyMatch(Shard::isBehind);
  }

  /** Ends shards of instances that are gone. */
  void dropDeleted() {
    Set<String> uids = new HashSet<>(shards.keySet());
    uids.addAll(takers.keySet());
    uids.addAll(sick.keySet());
    for (String uid : uids) {
      if (around.isDeleted().test(uid)) {
        Sick trouble = sick.remove(uid);
        absent.remove(uid);
        owing.remove(uid);
        end(shards.remove(uid));
        end(takers.remove(uid));
        end(trouble == null ? null : trouble.shard());
        try {
          Disk.deleteTree(folder.resolve(uid));
        } catch (IOException e) {
          // The next start tries again.
          logger.warn("slot {}: the shard of deleted instance {} stays: {}", number, uid, e);
        }
        around.meters().forget(uid);
        logger.info("slot {}: instance {} was deleted, its shard is gone", number, uid);
      }
    }
  }

  // ---- Misfortunes ----

  /**
   * Something failed that was done with this shard. True: the shard or the disk is to blame, and it
   * will be mended. May be told by anybody.
   */
  private boolean failed(String uid, Shard shard, Throwable cause) {
    Optional<CorruptShardException> damage = Damage.of(cause);
    if (damage.isEmpty() && Damage.troubleOfTheDisk(cause).isEmpty()) {
      return false;
    }
    if (damage.isPresent() && shards.get(uid) == shard) {
      absent.put(uid, DAMAGED);
    }
    // Otherwise it is being replaced already, or gone.
    if (takers.get(uid) == shard) {
      long from = shard.isDirty() ? shard.shownOffset() : appliedOffset;
      report(uid, new Sick(damage.isPresent(), shard, from, cause));
    }
    return true;
  }

  /** Damage outranks trouble; otherwise the first report counts. */
  private void report(String uid, Sick news) {
    owing.merge(uid, news.from(), Math::min);
    Sick kept = sick.merge(uid, news, (old, late) -> late.damaged() && !old.damaged() ? late : old);
    if (kept == news) {
      Damage.troubleOfTheDisk(news.cause()).ifPresent(around.space()::failed);
      if (news.damaged()) {
        logger.error("slot {}: shard {} is damaged", number, uid, news.cause());
      } else if (!attempts.containsKey(uid)) {
        // Once: as long as the disk stays as it is, so does the shard.
        logger.error(
            "slot {}: shard {} could not write and is opened again until it can: {}",
            number,
            uid,
            news.cause().toString());
      }
    }
  }

  /**
   * Opens again what is sick, and gives back its work to what was held back. Returns from where the
   * log has to be read now; empty: go on as before.
   */
  OptionalLong mend() {
    boolean isShort = around.space().isShort();
    if (wasShort && !isShort) {
      takers.values().forEach(around.upkeep()::build);
    }
    wasShort = isShort;
    // Mostly there is nothing to do, and a commit under way shall not be waited for.
    return sick.isEmpty() && (owedFrom == NOTHING || isShort)
        ? OptionalLong.empty()
        : mend(!isShort);
  }

  private synchronized OptionalLong mend(boolean hasRoom) {
    long from = NOTHING;
    for (Map.Entry<String, Sick> each : sick.entrySet()) {
      from = Math.min(from, mend(each.getKey(), each.getValue()));
    }
    if (hasRoom) {
      for (Shard taker : takers.values()) {
        from = Math.min(from, taker.catchUp().orElse(NOTHING));
      }
    }
    if (from >= readOffset) {
      return OptionalLong.empty();
    }
    readOffset = from;
    logger.debug("slot {} is read again from {}; it was at {}", number, from, appliedOffset);
    return OptionalLong.of(from);
  }

  /** From where the log has to be read for it; {@link Long#MAX_VALUE}: it is still sick. */
  private long mend(String uid, Sick trouble) {
    long now = around.clock().millis();
    if (now < notBefore.getOrDefault(uid, Long.MIN_VALUE)) {
      return NOTHING;
    }
    int tried = attempts.merge(uid, 1, Integer::sum);
    long pause =
        Math.min(MEND_PAUSE_MAX.toMillis(), MEND_PAUSE.toMillis() << Math.min(10, tried - 1));
    notBefore.put(uid, now + pause);
    try {
      boolean isNew = !trouble.damaged() && !Files.exists(folder.resolve(uid));
      Shard answering = shards.get(uid);
      if (trouble.damaged()) {
        shards.remove(uid);
        end(answering);
      } else if (answering != null) {
        halt(answering);
      }
      for (Shard shard : Arrays.asList(takers.remove(uid), trouble.shard())) {
        if (shard != answering) {
          end(shard);
        }
      }
      if (trouble.damaged()) {
        setAside(uid, trouble.cause());
      }
      Shard fresh = newShard(uid);
      takers.put(uid, fresh);
      sick.remove(uid);
      // A shard that never was has missed nothing before its first record.
      return isNew ? trouble.from() : fresh.nextOffset();
    } catch (CorruptShardException e) {
      // At the next turn it is set aside.
      absent.put(uid, DAMAGED);
      sick.put(uid, new Sick(true, null, trouble.from(), e));
      notBefore.remove(uid);
    } catch (IOException e) {
      logger.debug("slot {}: shard {} cannot be opened", number, uid, e);
      around.space().failed(e);
    }
    return NOTHING;
  }

  /** What was mended has read all that the slot had: from now on it answers. */
  private synchronized void showMended() throws IOException {
    for (Map.Entry<String, Shard> each : takers.entrySet()) {
      String uid = each.getKey();
      Shard taker = each.getValue();
      if (shards.get(uid) != taker && !sick.containsKey(uid)) {
        if (!refresh(uid, taker)) {
          continue;
        }
        Shard before = shards.put(uid, taker);
        absent.remove(uid);
        owing.remove(uid);
        end(before);
        logger.info("slot {}: shard {} answers again, at {}", number, uid, readOffset);
      }
    }
  }

  /** False: it is to be mended again. */
  private boolean refresh(String uid, Shard shard) throws IOException {
    try {
      shard.refresh();
      return true;
    } catch (IOException | RuntimeException | InternalError e) {
      if (!failed(uid, shard, e)) {
        throw e;
      }
      return false;
    }
  }

  private void halt(Shard shard) {
    around.upkeep().forget(shard);
    try {
      shard.halt();
    } catch (IOException | RuntimeException e) {
      // It could not write before; all that counts is that it no longer tries.
      logger.warn("shard {} was halted with an error: {}", shard.folder(), e.toString());
    }
  }

  private void end(@Nullable Shard shard) {
    if (shard == null) {
      return;
    }
    around.upkeep().forget(shard);
    try {
      shard.abandon();
    } catch (IOException | RuntimeException e) {
      logger.warn("shard {} was closed with an error: {}", shard.folder(), e.toString());
    }
  }

  // ---- The upkeep ----

  /** Commits what changed and promises it. False: there was nothing to do. */
  synchronized boolean commit() {
    // Read first: everything before it has been offered, and is in the commits that follow.
    long reached = readOffset;
    if (phase == Phase.CLOSED) {
      return false;
    }
    boolean did = false;
    long promised = reached;
    Set<String> uids = Set.copyOf(takers.keySet());
    for (Map.Entry<String, Shard> each : takers.entrySet()) {
      Shard shard = each.getValue();
      if (sick.containsKey(each.getKey())) {
        // It missed what was offered since.
        continue;
      }
      try {
        did |= shard.commit(reached);
        attempts.remove(each.getKey());
      } catch (IOException | RuntimeException | InternalError e) {
        if (!failed(each.getKey(), shard, e)) {
          throw new IllegalStateException("shard " + shard.folder() + " was not committed", e);
        }
      }
      promised = Math.min(promised, shard.heldBack());
    }
    // A promise speaks of all shards; as long as one is sick the last one stands.
    if (sick.isEmpty() && written.nextOffset() != promised) {
      try {
        Checkpoint promise = new Checkpoint(around.log(), promised, uids);
        promise.write(folder);
        written = promise;
      } catch (IOException e) {
        // An older promise costs time at the next start, and nothing else.
        logger.debug("slot {}: the checkpoint could not be written: {}", number, e.toString());
        around.space().failed(e);
      }
    }
    return did;
  }

  /**
   * Exports what the slot's images come to, for comparing replicas; unless something was applied
   * that no view shows yet, or a shard is being mended.
   */
  void tellChecksum() throws IOException {
    long offset = appliedOffset;
    if (phase != Phase.SERVING || mending() > 0 || owedFrom != NOTHING) {
      return;
    }
    long sum = 0;
    for (Shard shard : shards.values()) {
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
    if (appliedOffset == offset) {
      around.meters().checksum(number, sum, offset);
    }
  }

  /** Commits and closes; the folder stays for the next time. */
  synchronized void close() {
    commit();
    phase = Phase.CLOSED;
    around.meters().forget(number);
    for (Map.Entry<String, Shard> each : takers.entrySet()) {
      if (!sick.containsKey(each.getKey())) {
        close(each.getValue());
      }
    }
    takers.values().forEach(this::end);
    shards.values().forEach(this::end);
    tellProgress();
  }

  /**
   * A slot's last commits, held for a copy.
   *
   * @param nextOffset every record before it is in the commit of its shard
   * @param shards by instance uid
   */
  public record Pinned(int slot, String log, long nextOffset, Map<String, Pin> shards)
      implements Closeable {
    @Override
    public void close() throws IOException {
      for (Pin pin : shards.values()) {
        pin.close();
      }
    }
  }

  /** Holds the last commits of a slot nobody serves; its folder is the caller's meanwhile. */
  public static Pinned pinAtRest(int number, Path slotFolder) throws IOException {
    Checkpoint promise =
        Checkpoint.read(slotFolder)
            .orElseThrow(
                () ->
                    new IOException(
                        slotFolder + " has no checkpoint: its node was never done reading it"));
    return pinned(
        number,
        promise.log(),
        promise.nextOffset(),
        promise.shards(),
        uid -> ShardFolder.pin(slotFolder.resolve(uid)));
  }

  @FunctionalInterface
  private interface Pinning {
    Pin of(String uid) throws IOException;
  }

  private static Pinned pinned(
      int number, String log, long nextOffset, Set<String> uids, Pinning pinning)
      throws IOException {
    Map<String, Pin> pins = new TreeMap<>();
    try {
      for (String uid : uids) {
        pins.put(uid, pinning.of(uid));
      }
      return new Pinned(number, log, nextOffset, pins);
    } catch (IOException | RuntimeException e) {
      for (Pin pin : pins.values()) {
        pin.close();
      }
      throw e;
    }
  }

  /** Commits and holds what was committed; empty where a shard is sick or the slot not served. */
  public synchronized Optional<Pinned> pin() throws IOException {
    if (phase != Phase.SERVING) {
      return Optional.empty();
    }
    var unused = commit();
    if (!sick.isEmpty() || mending() > 0 || written.nextOffset() < 0) {
      return Optional.empty();
    }
    return Optional.of(
        pinned(
            number,
            around.log(),
            written.nextOffset(),
            Set.copyOf(takers.keySet()),
            uid -> Objects.requireNonNull(takers.get(uid)).pin()));
  }

  private void close(Shard shard) {
    around.upkeep().forget(shard);
    try {
      shard.close();
    } catch (IOException | RuntimeException e) {
      // The next start finds the last commit and reads on from there.
      logger.error("slot {}: {} could not be committed at the end", number, shard.folder(), e);
    }
  }

  private void abandon() {
    phase = Phase.CLOSED;
    takers.values().forEach(this::end);
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
        if (appliedOffset >= offset && seen && owes(uid) >= offset) {
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

  /** The first record the instance's answers may lack though it has been read. */
  private long owes(String uid) {
    Shard taker = takers.get(uid);
    return Math.min(owing.getOrDefault(uid, NOTHING), taker == null ? NOTHING : taker.heldBack());
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
    public boolean failed(Shard shard, Throwable cause) {
      if (cause instanceof BuildFailedException unbuilt) {
        around.space().failed(unbuilt);
        logger.warn("slot {}, instance {}: {}", number, uid, unbuilt.getMessage());
        return true;
      }
      return HeldSlot.this.failed(uid, shard, cause);
    }

    @Override
    public void built(int rows, Duration took) {
      around.meters().built(rows, took);
      logger.info("slot {}, instance {}: built a graph of {} rows in {}", number, uid, rows, took);
    }
  }
}
