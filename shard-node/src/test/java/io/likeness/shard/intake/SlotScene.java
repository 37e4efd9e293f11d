package io.likeness.shard.intake;

import io.likeness.shard.faults.FaultDisk;
import io.likeness.shard.index.Damage;
import io.likeness.shard.index.Histories;
import io.likeness.shard.index.MemoryLedger;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.ShardVerdict;
import io.likeness.shard.index.View;
import io.likeness.wire.VectorRecord;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A slot without a node and without a log of Kafka's: the scene reads a list of records to it the
 * way the intake does, and does the upkeep's work in its place, on one thread.
 */
public final class SlotScene {

  static final List<String> UIDS = List.of("life-a", "life-b");
  private static final int BATCH = 9;

  public final List<VectorRecord> log = new ArrayList<>();
  private final FaultDisk disk;
  private final HeldSlots slots = new HeldSlots();
  private final ShardMeters meters = new ShardMeters(new SimpleMeterRegistry());
  private final SharedGraphs graphs;
  private final HeldSlot.Surroundings around;
  private Instant now = Instant.ofEpochSecond(1_000_000);
  private @Nullable HeldSlot slot;
  private long at;

  public SlotScene(Path folder, long reserve) throws IOException {
    this(folder, reserve, null, new BuilderLimits(Duration.ZERO, 0));
  }

  /**
   * @param builders who makes the slot's graphs; none: the scene itself
   */
  public SlotScene(Path folder, long reserve, @Nullable Builders builders, BuilderLimits patience)
      throws IOException {
    this.disk = new FaultDisk(folder);
    InstantSource clock = () -> now;
    Upkeep idle =
        new Upkeep(Duration.ofDays(1), Duration.ofDays(1), 1, slots, meters, SlotScene::fail);
    idle.close();
    this.graphs = new SharedGraphs(idle, builders, patience, meters, clock, SlotScene::fail);
    this.around =
        new HeldSlot.Surroundings(
            disk.root(),
            "log-1",
            ShardSettings.DEFAULT.withSealRows(16),
            MemoryLedger.unbounded(),
            uid -> false,
            idle,
            graphs,
            meters,
            new Space(disk.root(), reserve, clock),
            clock);
  }

  private static void fail(Throwable cause) {
    throw new AssertionError("not taken for the disk's fault", cause);
  }

  public FaultDisk disk() {
    return disk;
  }

  /** The slot, while it is open. */
  public HeldSlots held() {
    return slots;
  }

  public ShardMeters meters() {
    return meters;
  }

  /** Of every shard, by instance. */
  public Map<String, Long> checksums() throws IOException {
    Map<String, Long> sums = new TreeMap<>();
    for (Map.Entry<String, Shard> each : slot().shards().entrySet()) {
      each.getValue().refresh();
      try (View view = each.getValue().view()) {
        sums.put(each.getKey(), view.checksum());
      }
    }
    return sums;
  }

  public void passes(Duration time) {
    now = now.plus(time);
  }

  /** Records of both instances, mixed. */
  public void write(long seed, int count) {
    Random random = new Random(seed);
    for (VectorRecord record : Histories.mixed(random, Math.max(6, count / 3), count, 8)) {
      log.add(record.toBuilder().setInstanceUid(UIDS.get(random.nextInt(2))).build());
    }
  }

  List<VectorRecord> logOf(String uid) {
    return of(uid, log);
  }

  private static List<VectorRecord> of(String uid, List<VectorRecord> records) {
    return records.stream().filter(record -> record.getInstanceUid().equals(uid)).toList();
  }

  // ---- What the intake does ----

  /** False: it could not be opened for now. */
  public boolean open() {
    try {
      slot = HeldSlot.open(3, 1, log.size(), around);
    } catch (IOException e) {
      if (Damage.of(e).isPresent()) {
        throw new AssertionError(e);
      }
      return false;
    }
    slots.add(slot);
    at = slot.startOffset();
    return true;
  }

  /** Tries again once. */
  boolean openAtLast() {
    for (int tries = 0; tries < 2; tries++) {
      if (open()) {
        return true;
      }
    }
    return false;
  }

  boolean isOpen() {
    return slot != null;
  }

  public HeldSlot slot() {
    if (slot == null) {
      throw new AssertionError("the slot is not open");
    }
    return slot;
  }

  /** One turn of the intake's loop; false where there is nothing to read. */
  public boolean turn() throws IOException {
    slot().mend().ifPresent(from -> at = from);
    int next = (int) Math.min(log.size(), at + BATCH);
    boolean any = at < next;
    if (any) {
      List<HeldSlot.Fetched> fetched = new ArrayList<>();
      for (int i = (int) at; i < next; i++) {
        fetched.add(new HeldSlot.Fetched(i, log.get(i).toByteArray()));
      }
      at = slot().apply(fetched, next);
      any = at == next;
    }
    slot().reached(at, log.size());
    return any;
  }

  // ---- What the upkeep does ----

  @FunctionalInterface
  interface Work {
    void on(Shard shard) throws IOException;
  }

  void eachShard(Work work) {
    for (Shard shard : slot().shards().values()) {
      try {
        work.on(shard);
      } catch (IOException | RuntimeException | InternalError e) {
        if (!shard.failed(e)) {
          throw new AssertionError("not taken for the disk's fault", e);
        }
      }
    }
  }

  /** Refreshes, commits, builds, each now and then. */
  void upkeep(Random random) {
    switch (random.nextInt(4)) {
      case 0 -> eachShard(Shard::build);
      case 1 -> eachShard(Shard::refresh);
      default -> {
        var unused = slot().commit();
      }
    }
  }

  public boolean commit() {
    return slot().commit();
  }

  /** Makes graphs of what is sealed. */
  public void buildAll() {
    eachShard(Shard::build);
  }

  /** Looks once after the graphs that another one makes. */
  public void follow() {
    graphs.look(Runnable::run);
  }

  /** Shards whose graphs are left to another one. */
  public int waiting() {
    return graphs.waiting();
  }

  /** Whether this one's are. */
  public boolean shardWaits(String uid) throws IOException {
    return shard(uid).filter(graphs::isAwaiting).isPresent();
  }

  /** Reads on until there is nothing to read or to mend, time passing. */
  public void settle() throws IOException {
    for (int i = 0; i < 5; i++) {
      passes(Duration.ofMinutes(1));
      while (turn()) {
        // until the end
      }
    }
  }

  // ---- What can be asked ----

  Optional<Shard> shard(String uid) throws IOException {
    return slot().shard(uid);
  }

  /** What is wrong with the answers; empty: nothing. */
  public String verdict() throws IOException {
    return verdict(log);
  }

  /** What is wrong with the answers, going by what has been read. */
  public String verdictSoFar() throws IOException {
    return verdict(log.subList(0, (int) at));
  }

  private String verdict(List<VectorRecord> read) throws IOException {
    eachShard(Shard::refresh);
    StringBuilder all = new StringBuilder();
    for (String uid : UIDS) {
      List<VectorRecord> own = of(uid, read);
      Optional<Shard> shard = shard(uid);
      if (shard.isEmpty()) {
        if (!own.isEmpty()) {
          all.append(uid).append(" is not there; ");
        }
      } else {
        String fault = ShardVerdict.of(shard.get(), own, 7);
        if (!fault.isEmpty()) {
          all.append(uid).append(": ").append(fault);
        }
      }
    }
    return all.toString();
  }

  public void close() {
    if (slot != null) {
      slots.remove(slot);
      slot.close();
      slot = null;
    }
  }
}
