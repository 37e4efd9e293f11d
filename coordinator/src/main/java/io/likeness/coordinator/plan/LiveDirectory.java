package io.likeness.coordinator.plan;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.node.meta.MetaStore;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.SlotAssignment;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The directory as the topics say, with addresses from the membership. */
public final class LiveDirectory implements ShardDirectory {

  private final MetaStore meta;
  private final Assignments assignments;
  private final Membership membership;

  public LiveDirectory(MetaStore meta, Assignments assignments, Membership membership) {
    this.meta = meta;
    this.assignments = assignments;
    this.membership = membership;
  }

  @Override
  public Optional<InstanceRecord> instance(String uid) {
    Optional<InstanceRecord> known = meta.instanceByUid(uid);
    if (known.isEmpty()) {
      // The asker may have learned of it before us: it was acknowledged before it was asked for.
      meta.readToEnd();
      known = meta.instanceByUid(uid);
    }
    return known.filter(instance -> instance.getStatus() == InstanceStatus.NORMAL);
  }

  /** Copies that are not whole yet are left out: nobody asks them. */
  @Override
  public List<SlotReplicas> replicas(String instanceUid, Collection<Integer> slots) {
    Map<String, HostPort> addresses = new HashMap<>();
    for (NodeInfo member : membership.members(Role.SHARD_NODE)) {
      addresses.put(member.name(), member.grpc());
    }
    return slots.stream()
        .map(
            slot ->
                new SlotReplicas(
                    instanceUid,
                    slot,
                    assignments.replicas(slot).stream()
                        .filter(each -> each.getState() != ReplicaState.JOINING)
                        .map(each -> target(instanceUid, each, addresses))
                        .toList()))
        .toList();
  }

  private static Target target(
      String instanceUid, SlotAssignment assigned, Map<String, HostPort> addresses) {
    return new Target(
        ShardAddress.newBuilder()
            .setInstanceUid(instanceUid)
            .setSlot(assigned.getSlot())
            .setTerm(assigned.getTerm())
            .build(),
        assigned.getNode(),
        Optional.ofNullable(addresses.get(assigned.getNode())),
        assigned.getState());
  }

  @Override
  public void refresh() {
    assignments.readToEnd();
  }
}
