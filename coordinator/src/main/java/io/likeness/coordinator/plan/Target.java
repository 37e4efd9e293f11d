package io.likeness.coordinator.plan;

import io.likeness.node.config.HostPort;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardAddress;
import java.util.Optional;

/**
 * One replica of a shard, to be asked.
 *
 * @param shard with the term this coordinator believes the replica has
 * @param node name of the node it is assigned to; empty where nobody is
 * @param where the node's address; empty where it is not in the cluster now
 * @param state of the replica
 */
public record Target(
    ShardAddress shard, String node, Optional<HostPort> where, ReplicaState state) {

  public int slot() {
    return shard.getSlot();
  }
}
