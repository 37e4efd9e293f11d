package io.likeness.coordinator.placement;

import io.likeness.coordinator.fanout.ShardNodes;
import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.Closing;
import io.likeness.wire.PlacementPolicy;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps every slot on as many nodes as are wanted, step by step. One thread looks whenever the
 * membership or the assignments have changed, often while something moves, and now and then for
 * what it may have missed.
 *
 * <p>Of several coordinators the first by name acts. Should two believe that they are it, the
 * decision is made on the true assignments, under their fence, so that both take valid steps.
 */
public final class PlacementController implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PlacementController.class);

  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
  private static final Duration LOOK_CLOSELY = Duration.ofMillis(500);
  private static final Duration STOP_MAX = Duration.ofSeconds(10);

  private final Membership membership;
  private final Assignments assignments;
  private final int slots;
  private final PlacementConfig config;
  private final NodeWatch watch;
  private final BlockingQueue<Boolean> news = new ArrayBlockingQueue<>(1);
  private final List<AutoCloseable> subscriptions = new ArrayList<>();
  private final Thread thread;
  private volatile boolean stopping;

  /** The placing thread only. */
  private boolean wasBlind;

  private PlacementController(
      Membership membership,
      Assignments assignments,
      ShardNodes nodes,
      int slots,
      PlacementConfig config) {
    this.membership = membership;
    this.assignments = assignments;
    this.slots = slots;
    this.config = config;
    this.watch = new NodeWatch(membership, nodes, config, System::nanoTime);
    this.thread = Thread.ofPlatform().name("placement").daemon(true).unstarted(this::run);
  }

  public static PlacementController start(
      Membership membership,
      Assignments assignments,
      ShardNodes nodes,
      int slots,
      PlacementConfig config) {
    PlacementController controller =
        new PlacementController(membership, assignments, nodes, slots, config);
    controller.subscriptions.add(membership.onChange(controller::look));
    controller.subscriptions.add(assignments.onChange(controller::look));
    controller.thread.start();
    return controller;
  }

  /** Asks for a look; one that waits already is enough. */
  private void look() {
    boolean unused = news.offer(true);
  }

  private void run() {
    Duration pause = Duration.ZERO;
    try {
      while (!stopping) {
        Boolean unused = news.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
        if (stopping) {
          return;
        }
        try {
          pause = place();
        } catch (RuntimeException e) {
          log.warn("slots could not be placed, it is tried again", e);
          pause = LOOK_AGAIN;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Places what can be placed now; says after what time to look again. */
  private Duration place() {
    List<SlotAssignment> current = assignments.all();
    watch.look(current);
    boolean tooFew = current.isEmpty() && watch.count() < config.nodesMin();
    if (!isFirst() || tooFew || isBlind(current)) {
      return LOOK_AGAIN;
    }
    List<SlotAssignment> next = next(current);
    if (next.equals(current)) {
      return isMoving(current) ? LOOK_CLOSELY : LOOK_AGAIN;
    }
    Duration unsettled = watch.unsettled();
    if (unsettled.isPositive()) {
      return unsettled.plusMillis(1);
    }
    assignments.update(this::next);
    tell(current, assignments.all());
    return LOOK_CLOSELY;
  }

  private List<SlotAssignment> next(List<SlotAssignment> current) {
    PlacementPolicy policy = policy(assignments, config);
    List<Placement.Candidate> candidates = watch.candidates(Set.copyOf(policy.getDrainingList()));
    return Moves.next(
        current,
        Placement.place(current, candidates, slots, policy.getReplicas()),
        watch,
        config.joinsMax());
  }

  /** What an operator wants, or else what this process was told. */
  public static PlacementPolicy policy(Assignments assignments, PlacementConfig config) {
    return assignments
        .policy()
        .orElseGet(() -> PlacementPolicy.newBuilder().setReplicas(config.replicas()).build());
  }

  private boolean isFirst() {
    return membership.members(Role.COORDINATOR).stream()
        .map(NodeInfo::name)
        .sorted()
        .findFirst()
        .map(first -> first.equals(membership.self().name()))
        .orElse(false);
  }

  private boolean isBlind(List<SlotAssignment> current) {
    boolean blind = watch.isBlind(current);
    if (blind && !wasBlind) {
      log.warn(
          "more than half of the nodes that serve slots are away: nothing is moved before they are"
              + " back; here are {}",
          watch.names());
    }
    wasBlind = blind;
    return blind;
  }

  private static boolean isMoving(List<SlotAssignment> current) {
    return current.stream().anyMatch(each -> each.getState() != ReplicaState.SERVING);
  }

  private static void tell(List<SlotAssignment> before, List<SlotAssignment> after) {
    if (before.isEmpty()) {
      log.info("{} replicas of slots are placed", after.size());
      return;
    }
    for (SlotAssignment each : after) {
      if (!before.contains(each)) {
        log.info(
            "slot {}: replica {} on {} is {} in term {}",
            each.getSlot(),
            each.getReplica(),
            each.getNode(),
            each.getState(),
            each.getTerm());
      }
    }
    for (SlotAssignment each : before) {
      boolean stays =
          after.stream()
              .anyMatch(
                  other ->
                      other.getSlot() == each.getSlot() && other.getNode().equals(each.getNode()));
      if (!stays) {
        log.info("slot {}: {} is released", each.getSlot(), each.getNode());
      }
    }
  }

  @Override
  public void close() {
    stopping = true;
    subscriptions.forEach(Closing::quietly);
    look();
    try {
      if (!thread.join(STOP_MAX)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
