package io.likeness.shard.intake;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Supplier;

/** What a shard node measures of itself. */
public final class ShardMeters {

  private static final String CHECKSUM = "likeness.shard.slot.checksum";
  private static final String CHECKSUM_OFFSET = "likeness.shard.slot.checksum.offset";
  private static final long SUM_BITS = (1L << 52) - 1;

  private final MeterRegistry registry;
  private final Counter applied;
  private final Counter unreadable;
  private final Counter setAside;
  private final Counter builtRows;
  private final Counter adoptedRows;
  private final Counter forsaken;
  private final Counter graphsSent;
  private final Counter graphsReceived;
  private final Counter scrubbed;
  private final Counter scrubFailures;
  private final Timer refreshes;
  private final Timer commits;
  private final Timer builds;
  private final Timer queued;
  private final Timer searched;
  private final Counter copyFailures;
  private final Counter released;
  private final Counter sent;
  private final Counter received;
  private final AtomicInteger copying = new AtomicInteger();
  private final AtomicInteger searching = new AtomicInteger();
  private final Map<String, DistributionSummary> recall = new ConcurrentHashMap<>();
  private final Map<Integer, AtomicLongArray> sums = new ConcurrentHashMap<>();
  private final Map<String, Timer> visible = new ConcurrentHashMap<>();

  public ShardMeters(MeterRegistry registry) {
    this.registry = registry;
    this.applied = registry.counter("likeness.shard.records", "outcome", "applied");
    this.unreadable = registry.counter("likeness.shard.records", "outcome", "unreadable");
    this.setAside = registry.counter("likeness.shard.corrupt");
    this.builtRows = registry.counter("likeness.shard.built.rows");
    this.adoptedRows = registry.counter("likeness.shard.adopted.rows");
    this.graphsSent = registry.counter("likeness.shard.graph.bytes", "direction", "sent");
    this.graphsReceived = registry.counter("likeness.shard.graph.bytes", "direction", "received");
    this.forsaken = registry.counter("likeness.shard.builders.forsaken");
    this.scrubbed = registry.counter("likeness.shard.scrub.bytes");
    this.scrubFailures = registry.counter("likeness.shard.scrub.failures");
    this.copyFailures = registry.counter("likeness.shard.copy.failures");
    this.released = registry.counter("likeness.shard.released");
    this.sent = registry.counter("likeness.shard.copy.bytes", "direction", "sent");
    this.received = registry.counter("likeness.shard.copy.bytes", "direction", "received");
    gauge("likeness.shard.copies", copying::get);
    this.refreshes = registry.timer("likeness.shard.refresh");
    this.commits = registry.timer("likeness.shard.commit");
    this.builds = registry.timer("likeness.shard.build");
    this.queued = registry.timer("likeness.shard.search", "stage", "queue");
    this.searched = registry.timer("likeness.shard.search", "stage", "search");
  }

  void applied(int records) {
    applied.increment(records);
  }

  void unreadable() {
    unreadable.increment();
  }

  void setAside() {
    setAside.increment();
  }

  void built(int rows, Duration took) {
    builtRows.increment(rows);
    builds.record(took);
  }

  /** Of a graph that another replica made. */
  void adopted(int rows, long bytes) {
    adoptedRows.increment(rows);
    graphBytes(bytes, false);
  }

  /** The builder of a slot was waited for in vain. */
  void forsaken() {
    forsaken.increment();
  }

  void scrubbed(long bytes) {
    scrubbed.increment(bytes);
  }

  void scrubFailed() {
    scrubFailures.increment();
  }

  /** A copy of a slot to here. */
  void copyBegins() {
    copying.incrementAndGet();
  }

  void copyEnds() {
    copying.decrementAndGet();
  }

  void copyFailed() {
    copyFailures.increment();
  }

  /**
   * What a slot's images come to and up to where, for comparing replicas. A gauge holds 53 bits, so
   * the sum is cut to 52.
   */
  void checksum(int slot, long sum, long offset) {
    AtomicLongArray told =
        sums.computeIfAbsent(
            slot,
            number -> {
              AtomicLongArray fresh = new AtomicLongArray(2);
              slotGauge(CHECKSUM, number, () -> fresh.get(0));
              slotGauge(CHECKSUM_OFFSET, number, () -> fresh.get(1));
              return fresh;
            });
    told.set(0, sum & SUM_BITS);
    told.set(1, offset);
  }

  /** The slot is no longer held; its series end. */
  void forget(int slot) {
    if (sums.remove(slot) != null) {
      for (String name : List.of(CHECKSUM, CHECKSUM_OFFSET)) {
        registry.find(name).tag("slot", Integer.toString(slot)).gauges().forEach(registry::remove);
      }
    }
  }

  private void slotGauge(String name, int slot, Supplier<Number> value) {
    Gauge.builder(name, value).tag("slot", Integer.toString(slot)).register(registry);
  }

  /** Of a graph that one replica made for all; {@code away}: to another one. */
  public void graphBytes(long bytes, boolean away) {
    (away ? graphsSent : graphsReceived).increment(bytes);
  }

  void released() {
    released.increment();
  }

  /** {@code away}: to another replica. */
  public void copied(long bytes, boolean away) {
    (away ? sent : received).increment(bytes);
  }

  void refreshed(Duration took) {
    refreshes.record(took);
  }

  void committed(Duration took) {
    commits.record(took);
  }

  /** Searches that run or wait to. */
  int searching() {
    return searching.get();
  }

  public void searchBegins() {
    searching.incrementAndGet();
  }

  public void searchEnds() {
    searching.decrementAndGet();
  }

  /** Share of the true hits that a real search found. */
  public void recall(String uid, double share) {
    recall
        .computeIfAbsent(
            uid,
            each ->
                DistributionSummary.builder("likeness.shard.search.recall")
                    .tag("instance", each)
                    .publishPercentiles(0.01, 0.1, 0.5)
                    .register(registry))
        .record(share);
  }

  public void searched(Duration inQueue, Duration searching) {
    queued.record(inQueue);
    searched.record(searching);
  }

  /** From Kafka's taking the event to its showing in searches. */
  void visible(String uid, Duration after) {
    visible
        .computeIfAbsent(
            uid, each -> registry.timer("likeness.shard.visible.latency", "instance", each))
        .record(after);
  }

  /** The instance is gone; its series end. */
  void forget(String uid) {
    Timer timer = visible.remove(uid);
    if (timer != null) {
      registry.remove(timer);
    }
    DistributionSummary found = recall.remove(uid);
    if (found != null) {
      registry.remove(found);
    }
  }

  final void gauge(String name, Supplier<Number> value) {
    Gauge.builder(name, value).register(registry);
  }
}
