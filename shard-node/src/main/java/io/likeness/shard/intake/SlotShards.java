package io.likeness.shard.intake;

import io.likeness.proto.wire.NewerFormatException;
import io.likeness.shard.index.CorruptShardException;
import io.likeness.shard.index.Damage;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardEvents;
import io.likeness.shard.index.ShardFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards of one slot: who answers, who takes records, and how far they are.
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
final class SlotShards {

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

  private static final Logger logger = LoggerFactory.getLogger(SlotShards.class);

  private final int number;
  private final Path folder;
  private final HeldSlot.Surroundings around;
  private final Function<String, ShardEvents> events;
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
  // Every record before it has been offered to every shard that is well.
  private volatile long appliedOffset;
  // Where the log is read: behind the above while something is read again.
  private volatile long readOffset;
  // The first record that some shard owes.
  private volatile long owedFrom = NOTHING;
  // Of the intake's thread.
  private boolean wasShort;
  // Guarded by this.
  private Checkpoint written;
  private boolean closed;

  /**
   * @param events of the shard of an instance
   */
  SlotShards(
      int number, Path folder, HeldSlot.Surroundings around, Function<String, ShardEvents> events) {
    this.number = number;
    this.folder = folder;
    this.around = around;
    this.events = events;
    this.written = nothingPromised();
  }

  private Checkpoint nothingPromised() {
    return new Checkpoint(around.log(), -1, Set.of());
  }

  // ---- Opening ----

  /** Opens what the folder holds; returns the offset to read from. */
  long open(long logEnd) throws IOException {
    Files.createDirectories(folder);
    try {
      long start = openAll(logEnd);
      appliedOffset = start;
      readOffset = start;
      return start;
    } catch (IOException | RuntimeException e) {
      takers.values().forEach(this::end);
      throw e;
    }
  }

  private long openAll(long logEnd) throws IOException {
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
      } catch (NewerFormatException e) {
        // Neither damaged nor to be left out: the slot is for a newer release to hold.
        throw e;
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
    if (Math.max(reached, checkpoint.nextOffset()) > logEnd) {
      logger.error(
          "slot {}: the log ends at {} but {} was read before; it is read from its start",
          number,
          logEnd,
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
    return ShardFolder.open(
        folder.resolve(uid), around.log(), around.settings(), events.apply(uid));
  }

  private void setAside(String uid, Throwable cause) throws IOException {
    // First the promise goes, durably: whatever happens next, the log is read from its start.
    Checkpoint.delete(folder);
    written = nothingPromised();
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

  // ---- What they are ----

  /** Every record before it has been offered to every shard that is well. */
  long appliedOffset() {
    return appliedOffset;
  }

  /** Every record before it shows, or will with the next refresh. */
  long offsetWithoutDebt() {
    return Math.min(appliedOffset, owedFrom);
  }

  /** Whether some shard lacks records that others have. */
  boolean isOwing() {
    return owedFrom != NOTHING;
  }

  /** Who answers for this instance, or is the last that did. */
  Optional<Shard> of(String uid) {
    return Optional.ofNullable(shards.get(uid));
  }

  /** Why there is nobody to answer; empty where all is well. */
  Optional<String> absence(String uid) {
    return Optional.ofNullable(absent.get(uid));
  }

  /** Those that answer. */
  Map<String, Shard> answering() {
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

  /** The first record the instance's answers may lack though it has been read. */
  long owes(String uid) {
    Shard taker = takers.get(uid);
    return Math.min(owing.getOrDefault(uid, NOTHING), taker == null ? NOTHING : taker.heldBack());
  }

  /** Whether reading on would only make searches slower. */
  boolean isBehind() {
    return takers.values().stream().anyMatch(Shard::isBehind);
  }

  // ---- Records ----

  /** To a sick shard nothing is given: whoever takes its place reads it again. */
  void apply(String uid, List<Shard.Change> changes, boolean hasRoom) throws IOException {
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

  /** All before {@code next} has been offered. True: to some for the first time. */
  boolean offered(long next) {
    boolean further = next > appliedOffset;
    readOffset = next;
    appliedOffset = Math.max(appliedOffset, next);
    owedFrom = owed();
    return further;
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

  void refreshAll() throws IOException {
    for (Map.Entry<String, Shard> each : shards.entrySet()) {
      var unused = refresh(each.getKey(), each.getValue());
    }
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
  boolean failed(String uid, Shard shard, Throwable cause) {
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
      takers.forEach((uid, shard) -> around.graphs().wanted(number, uid, shard));
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

  /** What was mended answers from now on, if it has read all that the slot had. */
  void showMended() throws IOException {
    if (readOffset >= appliedOffset && !owing.isEmpty()) {
      showRead();
      owedFrom = owed();
    }
  }

  private synchronized void showRead() throws IOException {
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

  // ---- Commits ----

  /** Commits what changed and promises it. False: there was nothing to do. */
  synchronized boolean commit() {
    // Read first: everything before it has been offered, and is in the commits that follow.
    long reached = readOffset;
    if (closed) {
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

  /** Commits and closes; the folder stays for the next time. */
  synchronized void close() {
    var unused = commit();
    closed = true;
    for (Map.Entry<String, Shard> each : takers.entrySet()) {
      if (!sick.containsKey(each.getKey())) {
        close(each.getValue());
      }
    }
    takers.values().forEach(this::end);
    shards.values().forEach(this::end);
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

  /** Commits and holds what was committed; empty where a shard is sick. */
  synchronized Optional<PinnedSlot> pin() throws IOException {
    var unused = commit();
    if (closed || !sick.isEmpty() || mending() > 0 || written.nextOffset() < 0) {
      return Optional.empty();
    }
    return Optional.of(
        PinnedSlot.of(
            number,
            around.log(),
            written.nextOffset(),
            Set.copyOf(takers.keySet()),
            uid -> Objects.requireNonNull(takers.get(uid)).pin()));
  }
}
