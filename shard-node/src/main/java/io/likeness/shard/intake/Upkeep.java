package io.likeness.shard.intake;

import io.likeness.shard.index.BuildPace;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardClosedException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work on shards that nobody asks for: one thread refreshes, one commits, a few build graphs, a
 * few search what is new here. A failure of the disk goes to the slot, which mends the shard; any
 * other is a bug and goes to whoever runs the node, and work stops.
 *
 * <p>A refresh costs some milliseconds whatever it shows, so each shard gets a share of time: at
 * most a tenth of it for routine, and a third where somebody waits, but never less often than that
 * allows. Many writers who wait are so served by few refreshes.
 *
 * <p>None of these threads is ever interrupted: Java closes a file channel under an interrupted
 * thread, and with it a tail or a commit.
 */
final class Upkeep implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Upkeep.class);
  private static final int ROUTINE_PAUSES = 10;
  private static final int URGENT_PAUSES = 2;

  /**
   * One that took very long has not worked so long: the process stood still, or the machine was
   * full. What came since must not wait for ten times that.
   */
  static final long PAUSE_MAX_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration BUILD_STOP_MAX = Duration.ofSeconds(30);

  /** When a dirty shard is refreshed next. */
  static final class Schedule {
    volatile boolean dirty;
    volatile boolean urgent;
    volatile long lastEnd = System.nanoTime() - TimeUnit.MINUTES.toNanos(1);
    volatile long lastTook;

    long dueAt(long interval) {
      long pause = (urgent ? URGENT_PAUSES : ROUTINE_PAUSES) * lastTook;
      long most = Math.max(interval, PAUSE_MAX_NANOS);
      return lastEnd + Math.clamp(pause, urgent ? 0 : interval, most);
    }
  }

  private static final long BREATH_MAX_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final int cores = Runtime.getRuntime().availableProcessors();
  private final Duration refreshInterval;
  private final Duration commitInterval;
  private final HeldSlots slots;
  private final ShardMeters meters;
  private final Consumer<Throwable> failed;
  private final Map<Shard, Schedule> schedules = new ConcurrentHashMap<>();
  private final Set<Shard> buildQueue = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition signal = lock.newCondition();
  private final ExecutorService builders;
  private final ExecutorService warmers;
  private final List<Thread> threads = new ArrayList<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private boolean signalled;
  private volatile boolean stopped;

  Upkeep(
      Duration refreshInterval,
      Duration commitInterval,
      int buildThreads,
      HeldSlots slots,
      ShardMeters meters,
      Consumer<Throwable> failed) {
    this.refreshInterval = refreshInterval;
    this.commitInterval = commitInterval;
    this.slots = slots;
    this.meters = meters;
    this.failed = failed;
    this.builders =
        Executors.newFixedThreadPool(
            buildThreads, Thread.ofPlatform().name("shard-build-", 0).daemon(true).factory());
    this.warmers =
        Executors.newFixedThreadPool(
            buildThreads, Thread.ofPlatform().name("shard-warm-", 0).daemon(true).factory());
  }

  void start() {
    threads.add(Thread.ofPlatform().name("shard-refresh").daemon(true).start(this::refreshLoop));
    threads.add(Thread.ofPlatform().name("shard-commit").daemon(true).start(this::commitLoop));
  }

  // ---- Refreshing ----

  void dirty(Shard shard, boolean urgent) {
    Schedule schedule = schedules.computeIfAbsent(shard, each -> new Schedule());
    boolean news = !schedule.dirty || (urgent && !schedule.urgent);
    schedule.urgent |= urgent;
    schedule.dirty = true;
    if (news) {
      signal();
    }
  }

  private void signal() {
    lock.lock();
    try {
      signalled = true;
      signal.signal();
    } finally {
      lock.unlock();
    }
  }

  void forget(Shard shard) {
    schedules.remove(shard);
  }

  private void refreshLoop() {
    try {
      while (!stopped) {
        awaitWork(refreshDue());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      failed.accept(e);
    }
  }

  /** Refreshes what is due; returns the nanoseconds until something else is. */
  private long refreshDue() throws IOException {
    long wait = IDLE_NANOS;
    for (Map.Entry<Shard, Schedule> entry : schedules.entrySet()) {
      Schedule schedule = entry.getValue();
      if (entry.getKey().isClosing()) {
        schedules.remove(entry.getKey());
        continue;
      }
      if (!schedule.dirty) {
        continue;
      }
      long start = System.nanoTime();
      long rest = schedule.dueAt(refreshInterval.toNanos()) - start;
      if (rest > 0) {
        wait = Math.min(wait, rest);
        continue;
      }
      // Before the refresh: what becomes dirty while it runs must be refreshed again.
      schedule.dirty = false;
      schedule.urgent = false;
      if (!refresh(entry.getKey())) {
        schedules.remove(entry.getKey());
        continue;
      }
      long end = System.nanoTime();
      schedule.lastTook = end - start;
      schedule.lastEnd = end;
      meters.refreshed(Duration.ofNanos(end - start));
    }
    return wait;
  }

  /** False: it failed, and whoever owns the shard knows. */
  private static boolean refresh(Shard shard) throws IOException {
    try {
      shard.refresh();
      return true;
    } catch (IOException | RuntimeException | InternalError e) {
      if (!shard.failed(e)) {
        throw e;
      }
      return false;
    }
  }

  private void awaitWork(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long rest = nanos;
      while (!signalled && rest > 0) {
        rest = signal.awaitNanos(rest);
      }
      signalled = false;
    } finally {
      lock.unlock();
    }
  }

  // ---- Committing ----

  private void commitLoop() {
    try {
      while (!stopping.await(commitInterval.toMillis(), TimeUnit.MILLISECONDS)) {
        for (HeldSlot slot : slots.all()) {
          long start = System.nanoTime();
          if (slot.commit()) {
            meters.committed(Duration.ofNanos(System.nanoTime() - start));
          }
          tellChecksum(slot);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failed.accept(e);
    }
  }

  private static void tellChecksum(HeldSlot slot) {
    try {
      slot.tellChecksum();
    } catch (ShardClosedException closed) {
      // it tells the next time, if it is still held
    } catch (IOException e) {
      // Damage is found, and told of, by those who look for it.
      log.debug("slot {}: its checksum cannot be told: {}", slot.number(), e.toString());
    }
  }

  // ---- Building ----

  void build(Shard shard) {
    if (stopped || !buildQueue.add(shard)) {
      return;
    }
    builders.execute(
        () -> {
          buildQueue.remove(shard);
          try {
            shard.build();
          } catch (IOException | RuntimeException | Error e) {
            if (!shard.failed(e)) {
              failed.accept(e);
            }
          }
        });
  }

  /** Whether graphs of this shard are being made, or are about to be. */
  boolean isBuilding(Shard shard) {
    return buildQueue.contains(shard) || shard.isBuilding();
  }

  // ---- Warming up ----

  /** The slot has caught up: before it says that it is ready it searches itself. */
  void warm(HeldSlot slot) {
    if (stopped) {
      return;
    }
    warmers.execute(
        () -> {
          try {
            long start = System.nanoTime();
            int searches = WarmUp.search(slot);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            log.debug("slot {} is warm after {} searches in {}", slot.number(), searches, took);
          } catch (IOException | RuntimeException | Error e) {
            failed.accept(e);
          } finally {
            slot.warmed();
          }
        });
  }

  /**
   * Where as many searches run or wait as there are cores, a build waits as long as it worked: it
   * takes a core from them only half of the time, and ends all the same. For one build.
   */
  BuildPace pace() {
    return new BuildPace() {
      private long lastEnd = System.nanoTime();

      @Override
      public void breathe() {
        long worked = System.nanoTime() - lastEnd;
        if (!stopped && meters.searching() >= cores) {
          LockSupport.parkNanos(Math.min(worked, BREATH_MAX_NANOS));
        }
        lastEnd = System.nanoTime();
      }
    };
  }

  @Override
  public void close() {
    stopped = true;
    stopping.countDown();
    signal();
    builders.shutdown();
    warmers.shutdown();
    try {
      for (Thread thread : threads) {
        thread.join();
      }
      if (!builders.awaitTermination(BUILD_STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn(
            "a graph is still being built after {}; its files are left to the next start",
            BUILD_STOP_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
