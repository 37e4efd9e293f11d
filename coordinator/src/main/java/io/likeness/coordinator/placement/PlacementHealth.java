package io.likeness.coordinator.placement;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.Health;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Whether there is somebody to ask for every slot. Once it was so, a node that is away is told but
 * takes the readiness back no more: the coordinator still answers for the rest, and taking it out
 * of service would turn a part into nothing.
 */
public final class PlacementHealth {

  private final Membership membership;
  private final Assignments assignments;
  private final int slots;
  private volatile boolean wasComplete;

  public PlacementHealth(Membership membership, Assignments assignments, int slots) {
    this.membership = membership;
    this.assignments = assignments;
    this.slots = slots;
  }

  public Health.State state() {
    List<SlotAssignment> serving =
        assignments.all().stream().filter(each -> each.getState() == ReplicaState.SERVING).toList();
    Set<String> alive =
        membership.members(Role.SHARD_NODE).stream()
            .map(NodeInfo::name)
            .collect(Collectors.toSet());
    long placed = count(serving);
    long asked = count(serving.stream().filter(each -> alive.contains(each.getNode())).toList());
    wasComplete |= asked >= slots;
    if (placed < slots) {
      return down(placed + " of " + slots + " slots are assigned");
    }
    Set<String> away = new TreeSet<>();
    serving.stream()
        .map(SlotAssignment::getNode)
        .filter(node -> !alive.contains(node))
        .forEach(away::add);
    if (away.isEmpty()) {
      return Health.State.isUp();
    }
    return down("shard nodes away: " + String.join(", ", away));
  }

  private static long count(List<SlotAssignment> assigned) {
    return assigned.stream().map(SlotAssignment::getSlot).distinct().count();
  }

  private Health.State down(String gap) {
    return wasComplete ? Health.State.isUp("degraded: " + gap) : Health.State.down(gap);
  }
}
