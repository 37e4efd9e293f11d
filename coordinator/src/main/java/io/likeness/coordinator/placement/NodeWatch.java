package io.likeness.coordinator.placement;

import io.likeness.coordinator.fanout.ShardNodes;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.Trace;
import io.likeness.wire.DescribeSlotsAnswer;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import io.likeness.wire.SlotPhase;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the shard nodes are up to, as far as placing needs it: who is here and since when, who was,
 * and how far those are that fetch. Used by one thread.
 */
final class NodeWatch implements Moves.Nodes {

  private static final Logger log = LoggerFactory.getLogger(NodeWatch.class);
  private static final Duration ASK_MAX = Duration.ofSeconds(3);

  private record Held(String node, int slot) {}

  private record Seen(String zone, long at) {}

  private final Membership membership;
  private final ShardNodes nodes;
  private final PlacementConfig config;
  private final LongSupplier clock;
  private final Map<String, Seen> seen = new HashMap<>();
  private final Map<Held, Long> leavingSince = new HashMap<>();
  private final Set<Held> ready = new HashSet<>();
  private Map<String, NodeInfo> here = Map.of();
  private Set<String> names = Set.of();
  private long sameSince;

  /** The clock tells nanoseconds. */
  NodeWatch(Membership membership, ShardNodes nodes, PlacementConfig config, LongSupplier clock) {
    this.membership = membership;
    this.nodes = nodes;
    this.config = config;
    this.clock = clock;
    this.sameSince = clock.getAsLong();
  }

  /** Looks around. */
  void look(List<SlotAssignment> current) {
    long now = clock.getAsLong();
    here =
        membership.members(Role.SHARD_NODE).stream()
            .collect(Collectors.toMap(NodeInfo::name, info -> info, (one, other) -> one));
    if (!here.keySet().equals(names)) {
      names = Set.copyOf(here.keySet());
      sameSince = now;
    }
    here.forEach((name, info) -> seen.put(name, new Seen(info.zone(), now)));
    // Who was there before this process looked for the first time may be back soon.
    current.forEach(each -> seen.putIfAbsent(each.getNode(), new Seen("", now)));
    Set<Held> leaving = new HashSet<>();
    for (SlotAssignment each : current) {
      if (each.getState() == ReplicaState.LEAVING) {
        leaving.add(new Held(each.getNode(), each.getSlot()));
      }
    }
    leavingSince.keySet().retainAll(leaving);
    leaving.forEach(each -> leavingSince.putIfAbsent(each, now));
    ask(current);
  }

  /** Nodes that may hold slots: those here, and those that were a moment ago. */
  List<Placement.Candidate> candidates(Set<String> draining) {
    long now = clock.getAsLong();
    List<Placement.Candidate> candidates = new ArrayList<>();
    seen.forEach(
        (name, last) -> {
          boolean isHere = here.containsKey(name);
          boolean isGone = !isHere && now - last.at >= config.goneAfter().toNanos();
          if (!name.isEmpty() && !isGone && !draining.contains(name)) {
            candidates.add(new Placement.Candidate(name, last.zone, 1, isHere));
          }
        });
    return candidates;
  }

  int count() {
    return here.size();
  }

  Set<String> names() {
    return names;
  }

  /** How long the nodes must stay the same yet; zero or less: long enough. */
  Duration unsettled() {
    return config.settle().minus(Duration.ofNanos(clock.getAsLong() - sameSince));
  }

  /**
   * Whether most of those that serve are out of sight: then it is rather this process that has lost
   * sight of them.
   */
  boolean isBlind(List<SlotAssignment> current) {
    Set<String> serving =
        current.stream()
            .filter(each -> each.getState() == ReplicaState.SERVING)
            .map(SlotAssignment::getNode)
            .collect(Collectors.toSet());
    long away = serving.stream().filter(node -> !here.containsKey(node)).count();
    return away * 2 > serving.size();
  }

  @Override
  public boolean isHere(String node) {
    return here.containsKey(node);
  }

  @Override
  public boolean isReady(String node, int slot) {
    return ready.contains(new Held(node, slot));
  }

  @Override
  public boolean isDrained(String node, int slot) {
    Long since = leavingSince.get(new Held(node, slot));
    return since != null && clock.getAsLong() - since >= config.drain().toNanos();
  }

  // ---- Asking ----

  private void ask(List<SlotAssignment> current) {
    ready.clear();
    Map<String, List<SlotAssignment>> joining =
        current.stream()
            .filter(each -> each.getState() == ReplicaState.JOINING && isHere(each.getNode()))
            .collect(Collectors.groupingBy(SlotAssignment::getNode));
    Map<String, Future<DescribeSlotsAnswer>> asked = new HashMap<>();
    for (String name : joining.keySet()) {
      asked.put(
          name,
          nodes
              .slots(
                  Objects.requireNonNull(here.get(name)).grpc(),
                  DescribeSlotsRequest.getDefaultInstance(),
                  Trace.fresh())
              .timeout(ASK_MAX.toMillis(), TimeUnit.MILLISECONDS));
    }
    asked.forEach(
        (name, answer) -> {
          try {
            DescribeSlotsAnswer told =
                answer
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(2 * ASK_MAX.toMillis(), TimeUnit.MILLISECONDS);
            note(name, told, joining.getOrDefault(name, List.of()));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while asking " + name);
          } catch (ExecutionException | TimeoutException e) {
            log.info("node {} does not tell how far its slots are: {}", name, e.toString());
          }
        });
  }

  /** What it says of an earlier time of holding the slot does not count. */
  private void note(String name, DescribeSlotsAnswer told, List<SlotAssignment> joining) {
    for (HeldSlotState state : told.getSlotsList()) {
      boolean counts =
          joining.stream()
              .anyMatch(
                  each -> each.getSlot() == state.getSlot() && state.getTerm() >= each.getTerm());
      if (counts && state.getPhase() == SlotPhase.READY) {
        ready.add(new Held(name, state.getSlot()));
      }
    }
  }
}
