package io.likeness.node.process;

import io.likeness.node.config.ConfigReader;
import io.likeness.node.config.HostPort;
import io.likeness.node.kafka.KafkaSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What every process is told, whatever its role.
 *
 * @param metaRestore a copy of {@code meta} that a new cluster begins with
 */
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
    int slots,
    Optional<Path> metaRestore) {

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
        config.number("slots", 256, 1, 4096),
        Optional.of(config.text("meta.restore", "")).filter(file -> !file.isBlank()).map(Path::of));
  }
}
