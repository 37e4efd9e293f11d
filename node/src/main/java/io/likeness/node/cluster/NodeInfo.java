package io.likeness.node.cluster;

import io.likeness.node.config.HostPort;
import java.util.Set;

/**
 * One process of the cluster. Its name outlives it: a restarted shard node keeps its slots by its
 * name.
 */
public record NodeInfo(String name, Set<Role> roles, HostPort grpc, String zone) {

  public NodeInfo {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
      throw new IllegalArgumentException(
          "node name \""
              + name
              + "\" is not 1 to 63 letters, digits, dots, - and _, beginning with a letter or digit");
    }
    roles = Set.copyOf(roles);
  }
}
