package io.likeness.node.process;

import io.likeness.node.config.ConfigReader;
import io.likeness.node.config.HostPort;
import io.likeness.node.kafka.KafkaSettings;
import java.util.List;

/** What every process is told, whatever its role. */
public record NodeConfig(
    String name,
    String zone,
    KafkaSettings kafka,
    String clusterName,
    HostPort clusterAddress,
    List<HostPort> clusterSeeds,
    HostPort grpcAddress,
    HostPort managementAddress,
    int opsPartitions,
    int slots) {

  private static final String LOCAL = "127.0.0.1";

  public NodeConfig {
    clusterSeeds = List.copyOf(clusterSeeds);
  }

  public static NodeConfig read(ConfigReader config, String defaultName) {
    return new NodeConfig(
        config.text("node.name", defaultName),
        config.text("node.zone", ""),
        KafkaSettings.read(config),
        config.text("cluster.name", "likeness"),
        config.address("cluster.address", new HostPort(LOCAL, 0)),
        config.addresses("cluster.seeds"),
        config.address("grpc.address", new HostPort(LOCAL, 0)),
        config.address("management.address", new HostPort(LOCAL, 0)),
        config.number("ops.partitions", 16, 1, 1024),
        config.number("slots", 256, 1, 4096));
  }
}
