package io.likeness.coordinator.plan;

import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardAddress;
import java.util.List;
import java.util.Optional;

/** The replicas of one slot of an instance that may answer: those that serve, those that leave. */
public record SlotReplicas(String instanceUid, int slot, List<Target> all) {

  public SlotReplicas {
    all = List.copyOf(all);
  }

  /** Those that serve, on nodes of the cluster. */
  public List<Target> serving() {
    return in(ReplicaState.SERVING);
  }

  /** Those that go on answering whoever does not know their successor, on nodes of the cluster. */
  public List<Target> leaving() {
    return in(ReplicaState.LEAVING);
  }

  private List<Target> in(ReplicaState state) {
    return all.stream().filter(each -> each.state() == state && each.where().isPresent()).toList();
  }

  /** The replica on this node, whether the node is in the cluster or not. */
  public Optional<Target> on(String node) {
    return all.stream().filter(each -> each.node().equals(node)).findFirst();
  }

  /** Stands for the slot where none of its replicas can be asked. */
  public Target nobody() {
    return all.isEmpty()
        ? new Target(
            ShardAddress.newBuilder().setInstanceUid(instanceUid).setSlot(slot).build(),
            "",
            Optional.empty(),
            ReplicaState.REPLICA_STATE_UNSPECIFIED)
        : all.getFirst();
  }

  /** Why it cannot be asked at all. */
  public String absence() {
    return switch (all.size()) {
      case 0 -> "slot " + slot + " is assigned to no node";
      case 1 -> "slot " + slot + ": node " + all.getFirst().node() + " is not in the cluster";
      default ->
          "slot "
              + slot
              + ": none of the nodes "
              + String.join(", ", all.stream().map(Target::node).toList())
              + " is in the cluster";
    };
  }
}
