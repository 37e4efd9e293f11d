package io.likeness.shard.snapshot;

import io.likeness.shard.intake.HeldSlot;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.shard.intake.PinnedSlot;
import io.likeness.wire.MetaDump;
import io.likeness.wire.MetaEntry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a snapshot of each slot of which this node is the first replica, now and then, while it
 * serves: one thread, one slot after the other, those that have not changed left out. Whoever has
 * the first slot keeps a copy of {@code meta} beside them. A store that cannot be reached is told
 * of and tried again the next time; nothing waits for it.
 */
public final class SnapshotTaker implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SnapshotTaker.class);
  private static final Duration STOP_MAX = Duration.ofSeconds(30);

  /**
   * Where, how often, and how many of a slot are kept.
   *
   * @param store empty: no snapshots are taken
   * @param keep 0: all
   */
  public record Settings(Optional<StoreAddress> store, Duration interval, int keep) {}

  private static final int META_SLOT = 0;

  /** What of the cluster is this node's to keep. */
  public interface Duties {

    /** Of all who serve the slot, this node comes first. */
    boolean isFirstOf(int slot);

    /** All of {@code meta}. */
    MetaDump meta();
  }

  private final Settings settings;
  private final HeldSlots slots;
  private final Duties duties;
  private final InstantSource clock;
  private final Counter taken;
  private final Counter failed;
  private final Counter bytes;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  // Up to where the last snapshot of each slot goes. Only the thread uses it.
  private final Map<Integer, Long> reached = new HashMap<>();
  private List<MetaEntry> metaKept = List.of();
  private volatile long lastMillis;

  private SnapshotTaker(
      Settings settings,
      HeldSlots slots,
      Duties duties,
      MeterRegistry registry,
      InstantSource clock) {
    this.settings = settings;
    this.slots = slots;
    this.duties = duties;
    this.clock = clock;
    this.taken = registry.counter("likeness.shard.snapshots", "outcome", "taken");
    this.failed = registry.counter("likeness.shard.snapshots", "outcome", "failed");
    this.bytes = registry.counter("likeness.shard.snapshot.bytes");
    this.lastMillis = clock.millis();
    Gauge.builder("likeness.shard.snapshot.age.seconds", this::age).register(registry);
    this.thread = Thread.ofPlatform().name("shard-snapshot").daemon(true).unstarted(this::run);
  }

  /** {@code isOurs}: whether this node takes the slot's snapshots, and no other replica. */
  public static SnapshotTaker start(
      Settings settings,
      HeldSlots slots,
      Duties duties,
      MeterRegistry registry,
      InstantSource clock) {
    SnapshotTaker taker = new SnapshotTaker(settings, slots, duties, registry, clock);
    if (settings.store().isPresent()) {
      taker.thread.start();
    }
    return taker;
  }

  /** Since all slots were last found to be in the store. */
  private double age() {
    return settings.store().isEmpty() ? 0 : (clock.millis() - lastMillis) / 1e3;
  }

  private void run() {
    try {
      while (!stopping.await(settings.interval().toMillis(), TimeUnit.MILLISECONDS)) {
        takeAll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void takeAll() {
    long begun = clock.millis();
    boolean all = true;
    try (SnapshotStore store = settings.store().orElseThrow().open()) {
      Snapshots snapshots = new Snapshots(store, clock);
      for (HeldSlot slot : slots.all()) {
        if (stopping.getCount() == 0) {
          return;
        }
        if (duties.isFirstOf(slot.number())) {
          all &= take(slot, snapshots);
        }
      }
      keepMeta(new MetaDumps(store));
      if (all && settings.keep() > 0) {
        Snapshots.Pruned pruned = snapshots.prune(settings.keep());
        log.debug("pruned {} in {}", pruned, store);
      }
    } catch (IOException | RuntimeException e) {
      all = false;
      log.error("snapshots in {} failed, again in {}", settings.store(), settings.interval(), e);
    }
    if (all) {
      lastMillis = begun;
    }
  }

  private void keepMeta(MetaDumps dumps) throws IOException {
    if (!duties.isFirstOf(META_SLOT)) {
      return;
    }
    MetaDump dump = duties.meta();
    if (dump.getEntriesList().equals(metaKept)) {
      return;
    }
    log.info("a copy of meta is kept as {}", dumps.put(dump));
    metaKept = dump.getEntriesList();
    if (settings.keep() > 0) {
      dumps.prune(settings.keep());
    }
  }

  /** False: it could not be taken now. */
  private boolean take(HeldSlot slot, Snapshots snapshots) {
    try (PinnedSlot pinned = slot.pin().orElse(null)) {
      if (pinned == null) {
        log.info("slot {} is catching up or mends a shard: no snapshot of it now", slot.number());
        return false;
      }
      if (reached.getOrDefault(slot.number(), -1L) == pinned.nextOffset()) {
        return true;
      }
      Snapshots.Taken news = snapshots.take(pinned);
      reached.put(slot.number(), pinned.nextOffset());
      taken.increment();
      bytes.increment(news.bytesPut());
      log.info(
          "snapshot {}: {} files put, {} bytes",
          news.snapshot().name(),
          news.filesPut(),
          news.bytesPut());
      return true;
    } catch (IOException | RuntimeException e) {
      failed.increment();
      log.error("slot {}: no snapshot could be taken", slot.number(), e);
      return false;
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    if (settings.store().isEmpty()) {
      return;
    }
    try {
      if (!thread.join(STOP_MAX)) {
        log.warn("a snapshot is still being taken after {}; it stays unfinished", STOP_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
