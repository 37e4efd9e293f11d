package io.likeness.standalone;

import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The roles' configurations as a standalone system gives them, by the same keys a cluster's
 * operator writes. All ways to run, in one process, in one for each role and in many, begin with
 * these.
 */
public final class SystemSettings {

  /**
   * The name of the process that holds the slots. It is the same in both ways to run, so that the
   * slots stay where their files are.
   */
  private static final String SLOT_HOLDER = "local";

  /**
   * What is fixed when a system is made.
   *
   * @param copies of each record that Kafka keeps
   */
  public record Size(int opsPartitions, int slots, int copies) {

    /** One process of each role, or one of all. */
    public static final Size ALONE = new Size(4, 4, 1);
  }

  private final StandaloneConfig config;
  private final DataFolder folder;
  private final String kafkaBootstrap;
  private final Size size;

  public SystemSettings(
      StandaloneConfig config, DataFolder folder, String kafkaBootstrap, Size size) {
    this.config = config;
    this.folder = folder;
    this.kafkaBootstrap = kafkaBootstrap;
    this.size = size;
  }

  public String kafkaBootstrap() {
    return kafkaBootstrap;
  }

  /** Everything one process needs that holds every role. */
  Map<String, String> together(int httpPort) {
    Map<String, String> all = common(SLOT_HOLDER);
    all.put("cluster.address", local("cluster").toString());
    HostPort http = new HostPort(config.host(), httpPort);
    Arrays.stream(Role.values()).forEach(role -> all.putAll(own(role, http, folder.shards())));
    all.putAll(config.settings());
    return all;
  }

  /** Where the one process of this role stands, in a system of one for each. */
  public ProcessPlace place(Role role, int httpPort) {
    return new ProcessPlace(
        role,
        role == Role.SHARD_NODE ? SLOT_HOLDER : SLOT_HOLDER + "-" + role.text(),
        "",
        local(role.text() + ".cluster"),
        new HostPort(StandaloneConfig.LOOPBACK, 0),
        local(role.text() + ".management"),
        new HostPort(config.host(), httpPort),
        folder.shards());
  }

  /**
   * What a process needs that holds this role alone.
   *
   * @param seeds members through which it finds the others
   */
  public Map<String, String> alone(ProcessPlace place, List<HostPort> seeds) {
    Map<String, String> all = common(place.name());
    all.put("cluster.address", place.cluster().toString());
    all.put(
        "cluster.seeds", seeds.stream().map(HostPort::toString).collect(Collectors.joining(",")));
    all.put("management.address", place.management().toString());
    all.put("grpc.address", place.grpc().toString());
    if (!place.zone().isEmpty()) {
      all.put("node.zone", place.zone());
    }
    all.putAll(own(place.role(), place.http(), place.shards()));
    config
        .settings()
        .forEach(
            (key, value) -> {
              if (isFor(place.role(), key)) {
                all.put(key, value);
              }
            });
    return all;
  }

  private Map<String, String> common(String nodeName) {
    Map<String, String> common = new TreeMap<>();
    common.put("node.name", nodeName);
    common.put("kafka.bootstrap", kafkaBootstrap);
    common.put("kafka.replication", Integer.toString(size.copies()));
    // Two systems on one machine must never find each other.
    common.put(
        "cluster.name",
        "likeness-" + folder.credentials().projectId().substring(0, 8).toLowerCase(Locale.ROOT));
    common.put("ops.partitions", Integer.toString(size.opsPartitions()));
    common.put("slots", Integer.toString(size.slots()));
    if (Files.exists(folder.restoredMeta())) {
      common.put("meta.restore", folder.restoredMeta().toString());
    }
    return common;
  }

  private Map<String, String> own(Role role, HostPort http, Path shards) {
    return switch (role) {
      case GATEWAY ->
          Map.of(
              "gateway.http.host", http.host(),
              "gateway.http.port", Integer.toString(http.port()),
              "gateway.master-key", folder.masterKey().toString(),
              "gateway.bootstrap-credentials", folder.credentialsFile().toString());
      case SHARD_NODE -> Map.of("shard.data", shards.toString());
      case INGEST_WORKER -> models("ingest.models");
      case COORDINATOR -> models("coordinator.models");
    };
  }

  /** Both have the same models, where the user brought some. */
  private Map<String, String> models(String key) {
    return Files.isDirectory(folder.models()) ? Map.of(key, folder.models().toString()) : Map.of();
  }

  /** A key that begins with a role's word is that role's; the others are everybody's. */
  private static boolean isFor(Role role, String key) {
    String first = key.substring(0, Math.max(0, key.indexOf('.')));
    return switch (first) {
      case "gateway" -> role == Role.GATEWAY;
      case "ingest" -> role == Role.INGEST_WORKER;
      case "shard" -> role == Role.SHARD_NODE;
      case "coordinator" -> role == Role.COORDINATOR;
      default -> true;
    };
  }

  private HostPort local(String use) {
    return new HostPort(StandaloneConfig.LOOPBACK, folder.port(use));
  }
}
