package io.likeness.standalone.container;

import io.likeness.coordinator.CoordinatorMain;
import io.likeness.gateway.GatewayMain;
import io.likeness.ingest.IngestMain;
import io.likeness.node.cluster.Role;
import io.likeness.shard.ShardNodeMain;
import io.likeness.standalone.cli.Likeness;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the container image starts: its first word names a role, which is given the rest; any other
 * words are a command of {@code likeness}. One image for everything: a machine fetches it once
 * whatever runs there, and a cluster has one version.
 */
public final class ContainerMain {

  private ContainerMain() {}

  public static void main(String[] args) {
    if (args.length == 0) {
      System.err.println(
          "likeness: name a role ("
              + Arrays.stream(Role.values()).map(Role::text).collect(Collectors.joining(", "))
              + ") or a command");
      System.exit(2);
    }
    Optional<Role> role = role(args[0]);
    if (role.isEmpty()) {
      Likeness.main(args);
      return;
    }
    String[] rest = Arrays.copyOfRange(args, 1, args.length);
    switch (role.get()) {
      case GATEWAY -> GatewayMain.main(rest);
      case INGEST_WORKER -> IngestMain.main(rest);
      case SHARD_NODE -> ShardNodeMain.main(rest);
      case COORDINATOR -> CoordinatorMain.main(rest);
    }
  }

  static Optional<Role> role(String word) {
    return Arrays.stream(Role.values()).filter(role -> role.text().equals(word)).findFirst();
  }
}
