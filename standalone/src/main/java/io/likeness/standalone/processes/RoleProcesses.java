package io.likeness.standalone.processes;

import io.likeness.coordinator.CoordinatorMain;
import io.likeness.gateway.GatewayMain;
import io.likeness.ingest.IngestMain;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.shard.ShardNodeMain;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.ProcessPlace;
import io.likeness.standalone.SystemSettings;
import io.likeness.standalone.broker.BrokerConfig;
import io.likeness.standalone.broker.KafkaMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/** How each process is started; writes the file with what it is told. */
public final class RoleProcesses {

  private static final int KAFKA_LAYER = 0;

  private final DataFolder folder;
  private final SystemSettings settings;

  public RoleProcesses(DataFolder folder, SystemSettings settings) {
    this.folder = folder;
    this.settings = settings;
  }

  public ChildSpec broker(String name, BrokerConfig config, String heap) throws IOException {
    return new ChildSpec(
        name,
        KafkaMain.class.getName(),
        List.of("-Xms64m", heap, "-XX:+UseSerialGC"),
        List.of("--config", write(name, config.properties()).toString()),
        ChildSpec.Probe.OPEN,
        config.address(),
        KAFKA_LAYER);
  }

  public ChildSpec role(String name, ProcessPlace place, List<HostPort> seeds, String... flags)
      throws IOException {
    Properties properties = new Properties();
    properties.putAll(settings.alone(place, seeds));
    return new ChildSpec(
        name,
        main(place.role()),
        Stream.concat(Stream.of("-Xms64m"), Stream.of(flags)).toList(),
        List.of("--config", write(name, properties).toString()),
        ChildSpec.Probe.HEALTH,
        place.management(),
        layer(place.role()));
  }

  private Path write(String name, Properties properties) throws IOException {
    Path file = folder.run().resolve(name + ".properties");
    try (var writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    return file;
  }

  private static String main(Role role) {
    return switch (role) {
      case GATEWAY -> GatewayMain.class.getName();
      case INGEST_WORKER -> IngestMain.class.getName();
      case SHARD_NODE -> ShardNodeMain.class.getName();
      case COORDINATOR -> CoordinatorMain.class.getName();
    };
  }

  /** Each above those it asks. */
  private static int layer(Role role) {
    return switch (role) {
      case GATEWAY -> 4;
      case COORDINATOR -> 3;
      case INGEST_WORKER -> 2;
      case SHARD_NODE -> 1;
    };
  }
}
