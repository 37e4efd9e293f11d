package io.likeness.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.likeness.coordinator.CoordinatorConfig;
import io.likeness.coordinator.placement.PlacementConfig;
import io.likeness.gateway.GatewayConfig;
import io.likeness.gateway.auth.Credentials;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.ingest.IngestConfig;
import io.likeness.k8s.Overlay.Workload;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.config.HostPort;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.process.NodeConfig;
import io.likeness.shard.ShardNodeConfig;
import io.strimzi.api.kafka.model.kafka.Kafka;
import java.io.StringReader;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kafka.server.KafkaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each role's own reader takes what its pods are given: file, environment, paths and ports. */
class ConfigTest {

  private static final String POD_IP = "10.1.2.3";
  private static final String ZONE = "zone-b";

  @TempDir Path folder;

  static List<Overlay> overlays() {
    return Overlay.all().toList();
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyRoleIsToldWhoItIsAndWhereTheOthersAre(Overlay overlay) {
    for (Role role : Role.values()) {
      NodeConfig node = read(overlay, role, config -> "").node();
      assertThat(node.name()).isEqualTo(role.text() + "-0");
      assertThat(node.zone()).isEqualTo(ZONE);
      assertThat(node.clusterAddress())
          .isEqualTo(new HostPort(POD_IP, port(overlay, role, "cluster")));
      assertThat(node.grpcAddress()).isEqualTo(new HostPort(POD_IP, port(overlay, role, "grpc")));
      assertThat(node.managementAddress())
          .isEqualTo(new HostPort("0.0.0.0", port(overlay, role, "management")));
      assertThat(node.clusterSeeds()).hasSize(1);
      HostPort seed = node.clusterSeeds().getFirst();
      Service members = overlay.find(Service.class, seed.host()).orElseThrow();
      assertThat(members.getSpec().getClusterIP()).isEqualTo("None");
      assertThat(members.getSpec().getPublishNotReadyAddresses()).isTrue();
      assertThat(seed.port()).isEqualTo(node.clusterAddress().port());
      assertThat(overlay.workload(role.text()).labels())
          .containsAllEntriesOf(members.getSpec().getSelector());
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyRoleReadsItsOwnKeysAndNoOthers(Overlay overlay) {
    assertThat(read(overlay, Role.GATEWAY, GatewayConfig::read).role().http().address())
        .isEqualTo(new HostPort("0.0.0.0", port(overlay, Role.GATEWAY, "http")));
    assertThat(read(overlay, Role.INGEST_WORKER, IngestConfig::read).role().addThreads())
        .isPositive();
    read(overlay, Role.COORDINATOR, CoordinatorConfig::read);
    read(overlay, Role.SHARD_NODE, ShardNodeConfig::read);
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everybodyAgreesOnTheLog(Overlay overlay) {
    NodeConfig gateway = read(overlay, Role.GATEWAY, config -> "").node();
    for (Role role : Role.values()) {
      NodeConfig node = read(overlay, role, config -> "").node();
      assertThat(node.kafka()).isEqualTo(gateway.kafka());
      assertThat(node.slots()).isEqualTo(gateway.slots());
      assertThat(node.opsPartitions()).isEqualTo(gateway.opsPartitions());
      assertThat(node.clusterName()).isEqualTo(gateway.clusterName());
    }
    HostPort bootstrap = HostPort.parse(gateway.kafka().bootstrap());
    List<Kafka> managed = overlay.all(Kafka.class);
    if (managed.isEmpty()) {
      Service service = overlay.find(Service.class, bootstrap.host()).orElseThrow();
      assertThat(service.getSpec().getPorts().getFirst().getPort()).isEqualTo(bootstrap.port());
      assertThat(overlay.workload("kafka").replicas())
          .isGreaterThanOrEqualTo(gateway.kafka().replication());
    } else {
      assertThat(bootstrap.host())
          .isEqualTo(managed.getFirst().getMetadata().getName() + "-kafka-bootstrap");
      assertThat(managed.getFirst().getSpec().getKafka().getListeners())
          .anyMatch(listener -> listener.getPort() == bootstrap.port() && !listener.isTls());
      assertThat(managed.getFirst().getSpec().getKafka().getConfig())
          .containsEntry("message.max.bytes", KafkaClients.RECORD_BYTES_MAX);
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void theFirstPlacementWaitsForTheShardNodesThereAre(Overlay overlay) {
    PlacementConfig placement =
        read(overlay, Role.COORDINATOR, CoordinatorConfig::read).role().placement();
    int nodes = Objects.requireNonNull(overlay.workload("shard-node").replicas());

    assertThat(placement.replicas()).isLessThanOrEqualTo(nodes);
    assertThat(placement.nodesMin()).isEqualTo(nodes);
    if (nodes > 1) {
      assertThat(placement.replicas()).as("survives a lost node").isGreaterThan(1);
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void whatIsWrittenLiesOnAVolume(Overlay overlay) {
    Workload shardNode = overlay.workload("shard-node");
    Path data = read(overlay, Role.SHARD_NODE, ShardNodeConfig::read).role().data();
    List<String> claims =
        overlay
            .find(StatefulSet.class, "shard-node")
            .orElseThrow()
            .getSpec()
            .getVolumeClaimTemplates()
            .stream()
            .map(claim -> claim.getMetadata().getName())
            .toList();
    assertThat(mountOf(shardNode.container(), data).getName()).isIn(claims);

    Workload gateway = overlay.workload("gateway");
    GatewayConfig config = read(overlay, Role.GATEWAY, GatewayConfig::read).role();
    for (Path key : List.of(config.masterKey(), config.bootstrapCredentials().orElseThrow())) {
      Volume volume = volume(gateway, mountOf(gateway.container(), key).getName());
      assertThat(volume.getSecret().getSecretName()).isEqualTo("likeness-keys");
    }
    for (Workload each : overlay.workloads()) {
      Volume temporary = volume(each, mountOf(each.container(), Path.of("/tmp")).getName());
      assertThat(temporary.getEmptyDir()).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void theHeapLeavesRoomAndTheProcessorsAreThoseAskedFor(Overlay overlay) {
    for (Role role : Role.values()) {
      Container container = overlay.workload(role.text()).container();
      String flags = environment(overlay, container).getOrDefault("JDK_JAVA_OPTIONS", "");
      long heap = number("-Xmx(\\d+)g", flags) << 30;
      Map<String, Quantity> limits = container.getResources().getLimits();
      Map<String, Quantity> requests = container.getResources().getRequests();
      long memory = Quantity.getAmountInBytes(limits.get("memory")).longValueExact();
      assertThat(heap).as(role.text()).isLessThanOrEqualTo(memory / 2);
      assertThat(requests.get("memory")).isEqualTo(limits.get("memory"));
      // Without a limit the JVM would make as many threads and processes as the machine has cores.
      BigDecimal cpu = Quantity.getAmountInBytes(requests.get("cpu"));
      assertThat(BigDecimal.valueOf(number("-XX:ActiveProcessorCount=(\\d+)", flags)))
          .as(role.text())
          .isGreaterThanOrEqualTo(cpu);
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void kafkaTakesItsOwnConfiguration(Overlay overlay) throws Exception {
    if (!overlay.all(Kafka.class).isEmpty()) {
      return; // the operator makes it
    }
    Workload kafka = overlay.workload("kafka");
    String template =
        overlay
            .find(ConfigMap.class, "kafka-config")
            .orElseThrow()
            .getData()
            .getOrDefault("kafka.properties", "");
    StatefulSet set = overlay.find(StatefulSet.class, "kafka").orElseThrow();
    Service headless = overlay.find(Service.class, set.getSpec().getServiceName()).orElseThrow();
    assertThat(headless.getSpec().getClusterIP()).isEqualTo("None");
    int nodes = set.getSpec().getReplicas();
    for (int node = 0; node < nodes; node++) {
      Properties properties = new Properties();
      properties.load(new StringReader(template.replace("NODE", Integer.toString(node))));
      KafkaConfig config = KafkaConfig.fromProps(properties);
      String host = "kafka-" + node + "." + headless.getMetadata().getName();
      assertThat(config.nodeId()).isEqualTo(node);
      assertThat(config.quorumConfig().voters())
          .hasSize(nodes)
          .contains(node + "@" + host + ":" + containerPort(kafka.container(), "controller"));
      assertThat(properties.getProperty("advertised.listeners"))
          .isEqualTo("PLAINTEXT://" + host + ":" + containerPort(kafka.container(), "kafka"));
      assertThat(config.messageMaxBytes()).isEqualTo(KafkaClients.RECORD_BYTES_MAX);
      assertThat(mountOf(kafka.container(), Path.of(config.logDirs().get(0))).getName())
          .isEqualTo(set.getSpec().getVolumeClaimTemplates().getFirst().getMetadata().getName());
    }
  }

  @Test
  void theKeysThatTheScriptMakesCanBeRead() throws Exception {
    Path keys = folder.resolve("keys");
    Process script =
        new ProcessBuilder("sh", Overlay.ROOT.resolve("make-keys.sh").toString(), keys.toString())
            .inheritIO()
            .start();

    assertThat(script.waitFor()).isZero();
    MasterKey.load(keys.resolve("master.key"));
    assertThat(Credentials.read(keys.resolve("credentials.json")).password()).hasSize(24);
    assertThat(
            new ProcessBuilder(
                    "sh", Overlay.ROOT.resolve("make-keys.sh").toString(), keys.toString())
                .redirectErrorStream(true)
                .start()
                .waitFor())
        .as("a second time would lock everybody out")
        .isEqualTo(1);
  }

  private record Told<T>(NodeConfig node, T role) {}

  private <T> Told<T> read(Overlay overlay, Role role, Function<ConfigReader, T> reader) {
    Container container = overlay.workload(role.text()).container();
    List<String> args = container.getArgs();
    assertThat(args).hasSize(3).startsWith(role.text(), "--config");
    Path file = Path.of(args.get(2));
    Workload workload = overlay.workload(role.text());
    String map = volume(workload, mountOf(container, file).getName()).getConfigMap().getName();
    String text =
        overlay
            .find(ConfigMap.class, map)
            .orElseThrow()
            .getData()
            .get(file.getFileName().toString());
    try {
      Path copy = folder.resolve(overlay.name() + "-" + role.text());
      Files.writeString(copy, text);
      ConfigReader config = ConfigReader.load(copy, environment(overlay, container));
      NodeConfig node = NodeConfig.read(config, role.text());
      T told = reader.apply(config);
      if (!(told instanceof String)) {
        config.done();
      }
      return new Told<>(node, told);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** As the kubelet makes it. */
  static Map<String, String> environment(Overlay overlay, Container container) {
    Map<String, String> environment = new HashMap<>();
    for (EnvFromSource from : container.getEnvFrom()) {
      environment.putAll(
          overlay.find(ConfigMap.class, from.getConfigMapRef().getName()).orElseThrow().getData());
    }
    for (EnvVar variable : container.getEnv()) {
      if (variable.getValueFrom() == null) {
        String value = variable.getValue();
        for (Map.Entry<String, String> other : Map.copyOf(environment).entrySet()) {
          value = value.replace("$(" + other.getKey() + ")", other.getValue());
        }
        environment.put(variable.getName(), value);
      } else {
        String field = variable.getValueFrom().getFieldRef().getFieldPath();
        environment.put(
            variable.getName(),
            switch (field) {
              case "status.podIP" -> POD_IP;
              case "metadata.name" -> container.getName() + "-0";
              case "metadata.labels['topology.kubernetes.io/zone']" -> ZONE;
              default -> throw new IllegalArgumentException("field " + field);
            });
      }
    }
    return environment;
  }

  private static int port(Overlay overlay, Role role, String name) {
    return containerPort(overlay.workload(role.text()).container(), name);
  }

  static int containerPort(Container container, String name) {
    return container.getPorts().stream()
        .filter(port -> port.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(container.getName() + " has no port " + name))
        .getContainerPort();
  }

  private static VolumeMount mountOf(Container container, Path path) {
    return container.getVolumeMounts().stream()
        .filter(mount -> path.startsWith(mount.getMountPath()))
        .max(java.util.Comparator.comparing(mount -> mount.getMountPath().length()))
        .orElseThrow(
            () -> new AssertionError(path + " lies on no volume of " + container.getName()));
  }

  private static Volume volume(Workload workload, String name) {
    return workload.pods().getSpec().getVolumes().stream()
        .filter(volume -> volume.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(workload.name() + " has no volume " + name));
  }

  private static long number(String pattern, String flags) {
    Matcher matcher = Pattern.compile(pattern).matcher(flags);
    assertThat(matcher.find()).as("%s in %s", pattern, flags).isTrue();
    return Long.parseLong(matcher.group(1));
  }
}
