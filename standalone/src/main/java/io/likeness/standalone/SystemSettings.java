package io.likeness.standalone;

import io.likeness.node.cluster.Role;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The roles' configurations as a standalone system gives them, by the same keys a cluster's
 * operator writes. Both ways to run, in one process and in several, begin with these.
 */
public final class SystemSettings {

  /**
   * The name of the process that holds the slots. It is the same in both ways to run, so that the
   * slots stay where their files are.
   */
  private static final String SLOT_HOLDER = "local";

  private static final int OPS_PARTITIONS = 4;
  private static final int SLOTS = 4;

  private final StandaloneConfig config;
  private final DataFolder folder;
  private final int httpPort;
  private final int kafkaPort;

  public SystemSettings(StandaloneConfig config, DataFolder folder, int httpPort, int kafkaPort) {
    this.config = config;
    this.folder = folder;
    this.httpPort = httpPort;
    this.kafkaPort = kafkaPort;
  }

  public String kafkaBootstrap() {
    return StandaloneConfig.LOOPBACK + ":" + kafkaPort;
  }

  /** Everything one process needs that holds every role. */
  Map<String, String> together() {
    Map<String, String> all = common(SLOT_HOLDER);
    all.put("cluster.address", local(folder.port("cluster")));
    Arrays.stream(Role.values()).forEach(role -> all.putAll(own(role)));
    all.putAll(config.settings());
    return all;
  }

  /** What a process needs that holds this role alone. */
  public Map<String, String> alone(Role role) {
    Map<String, String> all =
        common(role == Role.SHARD_NODE ? SLOT_HOLDER : SLOT_HOLDER + "-" + role.text());
    all.put("cluster.address", local(clusterPort(role)));
    all.put(
        "cluster.seeds",
        Arrays.stream(Role.values())
            .map(other -> local(clusterPort(other)))
            .collect(Collectors.joining(",")));
    all.put("management.address", local(managementPort(role)));
    all.putAll(own(role));
    config
        .settings()
        .forEach(
            (key, value) -> {
              if (isFor(role, key)) {
                all.put(key, value);
              }
            });
    return all;
  }

  private int clusterPort(Role role) {
    return folder.port(role.text() + ".cluster");
  }

  public int managementPort(Role role) {
    return folder.port(role.text() + ".management");
  }

  private Map<String, String> common(String nodeName) {
    Map<String, String> common = new TreeMap<>();
    common.put("node.name", nodeName);
    common.put("kafka.bootstrap", kafkaBootstrap());
    common.put("kafka.replication", "1");
    // Two systems on one machine must never find each other.
    common.put(
        "cluster.name",
        "likeness-" + folder.credentials().projectId().substring(0, 8).toLowerCase(Locale.ROOT));
    common.put("ops.partitions", Integer.toString(OPS_PARTITIONS));
    common.put("slots", Integer.toString(SLOTS));
    return common;
  }

  private Map<String, String> own(Role role) {
    return switch (role) {
      case GATEWAY ->
          Map.of(
              "gateway.http.host", config.host(),
              "gateway.http.port", Integer.toString(httpPort),
              "gateway.master-key", folder.masterKey().toString(),
              "gateway.bootstrap-credentials", folder.credentialsFile().toString());
      case SHARD_NODE -> Map.of("shard.data", folder.shards().toString());
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

  private static String local(int port) {
    return StandaloneConfig.LOOPBACK + ":" + port;
  }
}
