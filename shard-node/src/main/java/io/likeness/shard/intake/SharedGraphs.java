package io.likeness.shard.intake;

import io.likeness.shard.index.Adoption;
import io.likeness.shard.index.GraphLostException;
import io.likeness.shard.index.NoMemoryException;
import io.likeness.shard.index.Shard;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has graphs made for shards whose rows wait for one: by this node where it is the slot's builder,
 * else by taking over what the builder made. All replicas read the log, so all have the rows; what
 * is spared is most of a replica's processor time, and what travels is the graph alone.
 *
 * <pre>
 * rows wait --- this node is the builder, or there is none -------------> built here
 *     |
 *  waiting ---- the builder has a graph over them ----------------------> taken over
 *     |-------- it neither has nor makes one, for as long as patience ---> built here
 *     |-------- more rows wait than may, whoever makes what -------------> built here
 *     '-------- its graph is of other rows: the histories differ --------> built here
 * </pre>
 *
 * <p>Whoever was waited for in vain is not waited for again until it is of use. So how fast a
 * replica answers never depends on another one for long.
 */
final class SharedGraphs implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SharedGraphs.class);

  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(30);

  /** How long a shard whose history is another is not compared again. */
  private static final Duration STRANGE = Duration.ofHours(1);

  /** Shards that ask or copy at a time; mostly they wait for the line. */
  private static final int THREADS = 8;

  private static final Duration STOP_MAX = Duration.ofSeconds(30);

  /** A shard that waits for the builder of its slot. Changed by the one that follows it. */
  private static final class Wait {
    final int slot;
    final String uid;
    final Shard shard;
    final AtomicBoolean isFollowed = new AtomicBoolean();
    // By the clock, in milliseconds.
    long since;
    volatile long notBefore;
    int failures;

    Wait(int slot, String uid, Shard shard, long now) {
      this.slot = slot;
      this.uid = uid;
      this.shard = shard;
      this.since = now;
    }
  }

  private final Upkeep upkeep;
  private final @Nullable Builders builders;
  private final BuilderLimits limits;
  private final ShardMeters meters;
  private final InstantSource clock;
  private final Consumer<Throwable> failed;
  private final Map<Shard, Wait> waits = new ConcurrentHashMap<>();
  // Until when shards are not compared with their builder's, by the clock.
  private final Map<Shard, Long> strangers = new ConcurrentHashMap<>();
  // Slots whose builder was waited for in vain.
  private final Set<Integer> forsaken = ConcurrentHashMap.newKeySet();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final ExecutorService followers;
  private @Nullable Thread thread;

  SharedGraphs(
      Upkeep upkeep,
      @Nullable Builders builders,
      BuilderLimits limits,
      ShardMeters meters,
      InstantSource clock,
      Consumer<Throwable> failed) {
    this.upkeep = upkeep;
    this.builders = limits.patience().isZero() ? null : builders;
    this.limits = limits;
    this.meters = meters;
    this.clock = clock;
    this.failed = failed;
    this.followers =
        Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().name("shard-follow-", 0).daemon(true).factory());
  }

  /** Every graph is made here. */
  static SharedGraphs alone(Upkeep upkeep, ShardMeters meters) {
    BuilderLimits none = new BuilderLimits(Duration.ZERO, 0);
    return new SharedGraphs(upkeep, null, none, meters, InstantSource.system(), cause -> {});
  }

  void start() {
    thread = Thread.ofPlatform().name("shard-follow").daemon(true).start(this::run);
  }

  private void run() {
    try {
      while (!stopping.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
        look(followers::execute);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      failed.accept(e);
    }
  }

  /** Rows of this shard wait for a graph. Does not block. */
  void wanted(int slot, String uid, Shard shard) {
    if (builders == null || builders.isHere(slot) || isStrange(shard)) {
      upkeep.build(shard);
    } else {
      waits.computeIfAbsent(shard, each -> new Wait(slot, uid, shard, clock.millis()));
    }
  }

  private boolean isStrange(Shard shard) {
    Long until = strangers.get(shard);
    return until != null && clock.millis() < until;
  }

  /** Shards that wait for their builder. */
  int waiting() {
    return waits.size();
  }

  boolean isAwaiting(Shard shard) {
    return waits.containsKey(shard);
  }

  // ---- Waiting for a builder ----

  @FunctionalInterface
  interface Starter {
    void start(Runnable work);
  }

  /** One look after all that wait. */
  void look(Starter starter) {
    strangers.keySet().removeIf(shard -> shard.isClosing() || !isStrange(shard));
    long now = clock.millis();
    // As they are now: one that goes on waiting is put back, and would be met again.
    for (Wait wait : List.copyOf(waits.values())) {
      if (now >= wait.notBefore && wait.isFollowed.compareAndSet(false, true)) {
        starter.start(
            () -> {
              try {
                follow(wait);
              } catch (IOException | RuntimeException | Error e) {
                if (!wait.shard.failed(e)) {
                  failed.accept(e);
                }
              } finally {
                wait.isFollowed.set(false);
              }
            });
      }
    }
  }

  private void follow(Wait wait) throws IOException {
    Shard shard = wait.shard;
    // First it goes: what is sealed from now on begins to wait anew.
    waits.remove(shard, wait);
    if (builders == null || shard.isClosing() || !shard.isBuildDue()) {
      return;
    }
    if (builders.isHere(wait.slot) || isToBeBuiltHere(wait, builders)) {
      upkeep.build(shard);
    } else {
      waits.putIfAbsent(shard, wait);
    }
  }

  /** Takes over what there is. True: it is no use to wait. */
  private boolean isToBeBuiltHere(Wait wait, Builders from) throws IOException {
    if (wait.shard.waitingRows() > limits.rowsMax()) {
      log.info(
          "slot {}: {} rows wait for a graph, it is made here",
          wait.slot,
          wait.shard.waitingRows());
      return true;
    }
    long now = clock.millis();
    try {
      Builders.Told told = ask(wait, from);
      Adoption adoption = wait.shard.adopt(told.graphs(), from.source(wait.slot, wait.uid));
      wait.failures = 0;
      if (adoption == Adoption.MISFIT) {
        log.info(
            "slot {}, instance {}: the builder's vectors have other ids than those here, graphs are"
                + " made here",
            wait.slot,
            wait.uid);
        strangers.put(wait.shard, now + STRANGE.toMillis());
        return true;
      }
      if (adoption == Adoption.TAKEN || told.isBuilding()) {
        wait.since = clock.millis();
        forsaken.remove(wait.slot);
        return false;
      }
    } catch (NoMemoryException e) {
      // A build of its own finds the same, and knows what to do about it.
      return true;
    } catch (GraphLostException e) {
      log.debug("slot {}: no graph from its builder: {}", wait.slot, e.toString());
      long pause = LOOK.toMillis() << Math.min(10, wait.failures++);
      wait.notBefore = now + Math.min(PAUSE_MAX.toMillis(), pause);
    }
    boolean isOver = now - wait.since >= limits.patience().toMillis();
    if (isOver && forsaken.add(wait.slot)) {
      meters.forsaken();
      log.warn(
          "slot {}: its builder had no graph for {}, they are made here until it has",
          wait.slot,
          limits.patience());
    }
    return forsaken.contains(wait.slot);
  }

  private static Builders.Told ask(Wait wait, Builders from) throws GraphLostException {
    try {
      return from.ask(wait.slot, wait.uid);
    } catch (IOException e) {
      throw new GraphLostException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    try {
      if (thread != null) {
        thread.join();
      }
      followers.shutdown();
      if (!followers.awaitTermination(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("graphs of other replicas still come after {}", STOP_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
