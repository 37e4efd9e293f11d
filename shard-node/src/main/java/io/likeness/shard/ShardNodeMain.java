package io.likeness.shard;

import io.likeness.node.cluster.Role;
import io.likeness.node.process.RoleMain;

/** Runs a shard node as a process of its own. */
public final class ShardNodeMain {

  private ShardNodeMain() {}

  public static void main(String[] args) {
    RoleMain.run(
        args,
        Role.SHARD_NODE,
        config -> {
          ShardNodeConfig shardNode = ShardNodeConfig.read(config);
          return context -> ShardNodeRole.start(shardNode, context);
        });
  }
}
