package io.likeness.coordinator.plan;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.node.meta.MetaStore;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.SlotAssignment;
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

  @Override
  public Target target(InstanceRecord instance, int slot) {
    Optional<SlotAssignment> assigned = assignments.replicas(slot).stream().findFirst();
    ShardAddress shard =
        ShardAddress.newBuilder()
            .setInstanceUid(instance.getUid())
            .setSlot(slot)
            .setTerm(assigned.map(SlotAssignment::getTerm).orElse(0L))
            .build();
    String node = assigned.map(SlotAssignment::getNode).orElse("");
    return new Target(shard, node, addressOf(node));
  }

  private Optional<HostPort> addressOf(String node) {
    return membership.members(Role.SHARD_NODE).stream()
        .filter(member -> member.name().equals(node))
        .map(NodeInfo::grpc)
        .findFirst();
  }

  @Override
  public void refresh() {
    assignments.readToEnd();
  }
}
