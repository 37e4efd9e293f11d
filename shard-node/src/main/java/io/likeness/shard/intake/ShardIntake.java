package io.likeness.shard.intake;

import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.Closing;
import io.likeness.node.process.Health;
import io.likeness.node.process.NodeContext;
import io.likeness.shard.index.MemoryLedger;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardClosedException;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.InstanceStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's shards filled: the reader of {@code vectors}, the upkeep, and the lock on the
 * data folder. A failing or full disk is waited out shard by shard ({@link HeldSlot}). Whatever
 * else fails is a bug, never a record: the node stops being ready and asks to be started anew,
 * since every start begins from the last sound commit.
 */
public final class ShardIntake implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ShardIntake.class);

  private static final String OPENING = "the slots assigned to this node are being opened";

  private final HeldSlots slots = new HeldSlots();
  private final AtomicReference<@Nullable Throwable> fault = new AtomicReference<>();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final VectorIntake intake;
  private final Health health;
  private final Space space;

  /**
   * How often and how parallel the upkeep works.
   *
   * @param scrubRate bytes a second read against their checksums; 0: none
   * @param scrubInterval of reading everything again
   * @param reserve bytes of the disk kept free of pictures, so that deletes can be committed
   */
  public record Pace(
      Duration refreshInterval,
      Duration commitInterval,
      int buildThreads,
      long scrubRate,
      Duration scrubInterval,
      long reserve) {}

  private ShardIntake(
      Path data,
      ShardSettings settings,
      MemoryLedger memory,
      Pace pace,
      CopyLimits limits,
      Supply supply,
      BuilderLimits patience,
      Builders builders,
      NodeContext context,
      ShardMeters meters)
      throws IOException {
    this.health = context.health();
    try {
      open(DataLock.take(data));
      supply.recover();
      Upkeep upkeep =
          open(
              new Upkeep(
                  pace.refreshInterval(),
                  pace.commitInterval(),
                  pace.buildThreads(),
                  slots,
                  meters,
                  this::fail));
      SharedGraphs graphs =
          open(
              new SharedGraphs(
                  upkeep, builders, patience, meters, InstantSource.system(), this::fail));
      Scrubber scrubber =
          open(new Scrubber(pace.scrubRate(), pace.scrubInterval(), slots, meters, this::fail));
      this.space = new Space(data, pace.reserve(), InstantSource.system());
      String logId = Topics.id(context.kafka(), Topics.VECTORS);
      Departures departures = open(new Departures(data, logId, supply, meters));
      HeldSlot.Surroundings around =
          new HeldSlot.Surroundings(
              data,
              logId,
              settings,
              memory,
              uid -> isDeleted(context, uid),
              upkeep,
              graphs,
              meters,
              space,
              InstantSource.system());
      this.intake =
          open(
              new VectorIntake(
                  context.nodeName(),
                  context.assignments(),
                  KafkaClients.consumer(
                      context.kafka(),
                      context.nodeName() + "-shard",
                      null,
                      Map.of("auto.offset.reset", "none")),
                  slots,
                  around,
                  supply,
                  limits,
                  departures,
                  this::fail));
      open(context.assignments().onChange(intake::reassign));
      open(context.meta().onChange(intake::sweep));
      gauges(meters, memory);
      meters.gauge("likeness.shard.builders.awaited", graphs::waiting);
      upkeep.start();
      graphs.start();
      scrubber.start();
      departures.start();
      intake.start();
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * @param supply where slots are brought from that this node shall hold and does not
   * @param builders who makes the graphs of the slots that this node does hold
   */
  public static ShardIntake start(
      Path data,
      ShardSettings settings,
      MemoryLedger memory,
      Pace pace,
      CopyLimits limits,
      Supply supply,
      BuilderLimits patience,
      Builders builders,
      NodeContext context,
      ShardMeters meters)
      throws IOException {
    return new ShardIntake(
        data, settings, memory, pace, limits, supply, patience, builders, context, meters);
  }

  private static boolean isDeleted(NodeContext context, String uid) {
    return context
        .meta()
        .instanceByUid(uid)
        .map(instance -> instance.getStatus() == InstanceStatus.DELETED)
        .orElse(false);
  }

  private void gauges(ShardMeters meters, MemoryLedger memory) {
    meters.gauge("likeness.shard.memory.held", memory::taken);
    meters.gauge("likeness.shard.memory.max", memory::capacity);
    meters.gauge("likeness.shard.slots", () -> slots.all().size());
    meters.gauge(
        "likeness.shard.lag",
        () ->
            slots.all().stream()
                .map(HeldSlot::position)
                .mapToLong(at -> at.getEndOffset() - at.getAppliedOffset())
                .sum());
    meters.gauge(
        "likeness.shard.mending", () -> slots.all().stream().mapToInt(HeldSlot::mending).sum());
    meters.gauge("likeness.shard.disk.short", () -> space.tell().isEmpty() ? 0 : 1);
    meters.gauge("likeness.shard.images", () -> sum(shard -> viewed(shard, true)));
    meters.gauge("likeness.shard.segments", () -> sum(shard -> viewed(shard, false)));
    meters.gauge("likeness.shard.memory.bytes", () -> sum(Shard::bytesInMemory));
    meters.gauge(
        "likeness.shard.waiters", () -> slots.all().stream().mapToInt(s -> s.waits().size()).sum());
  }

  private long sum(ToLongFunction<Shard> each) {
    return slots.all().stream()
        .flatMap(slot -> slot.shards().values().stream())
        .mapToLong(each)
        .sum();
  }

  private static long viewed(Shard shard, boolean images) {
    try (View view = shard.view()) {
      return images ? view.images() : view.segments();
    } catch (ShardClosedException closed) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public HeldSlots slots() {
    return slots;
  }

  /**
   * Ready when every slot this node is asked about has caught up with the end its log had at the
   * start. Those that only join it hold nothing up.
   */
  public Health.State state() {
    Throwable broken = fault.get();
    if (broken != null) {
      return Health.State.down("stopped after " + broken);
    }
    if (!intake.isSettled()) {
      return Health.State.down(intake.trouble().orElse(OPENING));
    }
    Optional<String> stopped =
        slots.all().stream().flatMap(slot -> slot.stopped().stream()).findFirst();
    if (stopped.isPresent()) {
      return Health.State.down(stopped.get());
    }
    Map<Integer, HeldSlotState> states = new HashMap<>();
    slots.states().forEach(state -> states.put(state.getSlot(), state));
    return intake.asked().stream()
        .map(slot -> lacking(states.getOrDefault(slot, HeldSlotState.getDefaultInstance())))
        .flatMap(Optional::stream)
        .findFirst()
        .map(Health.State::down)
        .orElseGet(() -> Health.State.isUp(tell()));
  }

  /** Why this slot cannot be asked. */
  private static Optional<String> lacking(HeldSlotState slot) {
    return switch (slot.getPhase()) {
      case READY -> Optional.empty();
      case CATCHING_UP ->
          Optional.of(
              "slot %d is at %d of %d"
                  .formatted(
                      slot.getSlot(),
                      slot.getPosition().getAppliedOffset(),
                      slot.getPosition().getEndOffset()));
      case COPYING ->
          Optional.of(
              "slot %d is copied from another replica, %d of %d bytes%s"
                  .formatted(
                      slot.getSlot(),
                      slot.getBytesCopied(),
                      slot.getBytesToCopy(),
                      slot.getTrouble().isEmpty() ? "" : "; " + slot.getTrouble()));
      case SLOT_PHASE_UNSPECIFIED, UNRECOGNIZED -> Optional.of(OPENING);
    };
  }

  private String tell() {
    int coming = slots.incoming().size();
    int mending = slots.all().stream().mapToInt(HeldSlot::mending).sum();
    return "holds "
        + slots.all().size()
        + " slots"
        + (mending == 0 ? "" : ", mends " + mending + " shards")
        + (coming == 0 ? "" : ", copies " + coming + " slots to here")
        + (space.tell().isEmpty() ? "" : "; " + space.tell());
  }

  private void fail(Throwable cause) {
    if (fault.compareAndSet(null, cause)) {
      log.error("the shards cannot go on", cause);
      health.failLive("the shards cannot go on: " + cause);
    }
  }

  private <T extends AutoCloseable> T open(T thing) {
    opened.push(thing);
    return thing;
  }

  /** The reader first, which commits and closes the shards; then what they used. */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      Closing.quietly(opened.pop());
    }
  }
}
