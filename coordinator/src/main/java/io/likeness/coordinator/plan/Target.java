package io.likeness.coordinator.plan;

import io.likeness.node.config.HostPort;
import io.likeness.wire.ShardAddress;
import java.util.Optional;

/**
 * One shard to ask.
 *
 * @param shard with the term this coordinator believes in
 * @param node name of the node it is assigned to; empty where nobody is
 * @param where the node's address; empty where it is not in the cluster now
 */
public record Target(ShardAddress shard, String node, Optional<HostPort> where) {

  public int slot() {
    return shard.getSlot();
  }

  /** Why it cannot be asked at all. */
  public String absence() {
    return node.isEmpty()
        ? "slot " + slot() + " is assigned to no node"
        : "slot " + slot() + ": node " + node + " is not in the cluster";
  }
}
