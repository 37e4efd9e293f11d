package io.likeness.standalone;

import io.likeness.coordinator.CoordinatorConfig;
import io.likeness.coordinator.CoordinatorRole;
import io.likeness.gateway.GatewayConfig;
import io.likeness.gateway.GatewayRole;
import io.likeness.ingest.IngestConfig;
import io.likeness.ingest.IngestRole;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.process.Node;
import io.likeness.shard.ShardNodeConfig;
import io.likeness.shard.ShardNodeRole;
import java.io.IOException;

/** What every role is told, where one process holds them all. */
record Roles(
    ShardNodeConfig shard,
    IngestConfig ingest,
    CoordinatorConfig coordinator,
    GatewayConfig gateway) {

  static Roles read(ConfigReader config) {
    return new Roles(
        ShardNodeConfig.read(config),
        IngestConfig.read(config),
        CoordinatorConfig.read(config),
        GatewayConfig.read(config));
  }

  /** Starts them, each before those who ask it, and says the gateway's port. */
  int start(Node node) throws IOException {
    node.open(ShardNodeRole.start(shard, node.context()));
    node.open(IngestRole.start(ingest, node.context()));
    node.open(CoordinatorRole.start(coordinator, node.context()));
    return node.open(GatewayRole.start(gateway, node.context())).port();
  }
}
