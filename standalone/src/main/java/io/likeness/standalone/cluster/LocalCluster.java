package io.likeness.standalone.cluster;

import com.sun.management.OperatingSystemMXBean;
import io.likeness.gateway.auth.Credentials;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.node.process.Closing;
import io.likeness.standalone.CannotStart;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.ProcessPlace;
import io.likeness.standalone.RunningSystem;
import io.likeness.standalone.StandaloneConfig;
import io.likeness.standalone.SystemPorts;
import io.likeness.standalone.SystemSettings;
import io.likeness.standalone.broker.BrokerConfig;
import io.likeness.standalone.broker.KafkaBroker;
import io.likeness.standalone.client.Login;
import io.likeness.standalone.cluster.LocalAddresses.Kind;
import io.likeness.standalone.processes.ChildSpec;
import io.likeness.standalone.processes.RoleProcesses;
import io.likeness.standalone.processes.Supervisor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * A cluster as processes of this machine: brokers of Kafka, shard nodes, coordinators, ingest
 * workers and gateways, each with an address, ports and a folder of its own. This process serves
 * nothing: it starts the others, starts again what dies unless that was wanted, takes orders
 * ({@link Orders}), and takes all with it when it ends.
 *
 * <p>One that is given up does not end the rest: that is what a cluster is for.
 */
public final class LocalCluster implements RunningSystem {

  private static final Duration BROKERS_MAX = Duration.ofMinutes(2);
  private static final int OPS_PARTITIONS = 4;
  private static final long SHARD_MEMORY_MIN = 256L << 20;

  private final DataFolder folder;
  private final StandaloneConfig config;
  private final CountDownLatch endAsked = new CountDownLatch(1);
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Supervisor supervisor;
  private final RoleProcesses processes;
  private final String kafkaBootstrap;
  private final List<HostPort> seeds;
  private final List<URI> gateways;
  private final ClusterAdmin admin;

  /** Where each process of a role stands, by its name. Guarded by itself. */
  private final Map<String, ProcessPlace> places = new LinkedHashMap<>();

  private volatile ClusterShape shape;

  private LocalCluster(StandaloneConfig config, ClusterWish wish, Consumer<String> tell) {
    this.config = config;
    LocalAddresses.check();
    folder = open(DataFolder.open(config.data(), DataFolder.Kind.CLUSTER));
    try {
      shape = wish.over(ClusterShape.read(folder.shape()));
      supervisor = open(Supervisor.open(folder, tell));
      int http = SystemPorts.http(config);
      shape.write(folder.shape());
      List<BrokerConfig> brokers = brokers();
      kafkaBootstrap =
          String.join(",", brokers.stream().map(broker -> broker.address().toString()).toList());
      OptionalInt replicas = wish.replicas(folder.isFresh(), shape.nodes());
      processes = new RoleProcesses(folder, settings(replicas));
      choosePlaces(http);
      seeds = places.values().stream().map(ProcessPlace::cluster).toList();
      gateways =
          places.values().stream()
              .filter(place -> place.role() == Role.GATEWAY)
              .map(place -> SystemPorts.endpoint(place.http().host(), place.http().port()))
              .toList();
      admin = open(new ClusterAdmin(gateways, Login.read(folder.credentialsFile())));
      startBrokers(brokers, tell);
      tell.accept("starting " + places.size() + " processes of the roles");
      for (ProcessPlace place : places.values()) {
        supervisor.start(spec(place));
      }
      supervisor.awaitReady(
          supervisor.processes().stream().map(each -> each.spec().name()).toList());
      Steward steward = new Steward(this, admin);
      if (replicas.isPresent()) {
        steward.begin(replicas.getAsInt(), tell);
      }
      open(ControlServer.listen(folder, new Orders(this, steward)));
      folder.writeEndpoint(gateways.getFirst(), kafkaBootstrap);
    } catch (IllegalArgumentException e) {
      close();
      throw new CannotStart(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      close();
      throw new CannotStart("cannot write below " + folder.root() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Starts everything and waits until it serves; {@code tell} hears of steps and of trouble. */
  public static LocalCluster start(
      StandaloneConfig config, ClusterWish wish, Consumer<String> tell) {
    return new LocalCluster(config, wish, tell);
  }

  private <T extends AutoCloseable> T open(T thing) {
    opened.push(thing);
    return thing;
  }

  // ---- What it consists of ----

  private SystemSettings settings(OptionalInt replicas) {
    StandaloneConfig told = config;
    // The first of many to start must not get everything.
    told =
        told.withDefault("coordinator.placement.nodes.min", Integer.toString(shape.nodes()))
            .withDefault("coordinator.placement.replicas", Integer.toString(replicas.orElse(1)));
    // Each takes as much of the machine as it would alone, divided by all of them.
    long memory = Math.max(SHARD_MEMORY_MIN, memory() / 2 / Math.max(2, shape.nodes()));
    told = told.withDefault("shard.memory", (memory >> 20) + "MiB");
    return new SystemSettings(
        told,
        folder,
        kafkaBootstrap,
        new SystemSettings.Size(
            OPS_PARTITIONS, shape.slots(), BrokerConfig.copiesOf(shape.brokers())));
  }

  private static long memory() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : 0;
  }

  private List<BrokerConfig> brokers() {
    List<HostPort> controllers = new ArrayList<>();
    for (int i = 1; i <= BrokerConfig.controllersOf(shape.brokers()); i++) {
      controllers.add(address(Kind.KAFKA, i, "controller"));
    }
    List<BrokerConfig> brokers = new ArrayList<>();
    for (int i = 1; i <= shape.brokers(); i++) {
      brokers.add(
          new BrokerConfig(
              folder.kafka().resolve(Kind.KAFKA.name(i)),
              folder.kafka().resolve("cluster.id"),
              i,
              address(Kind.KAFKA, i, "kafka"),
              controllers,
              shape.brokers()));
    }
    return brokers;
  }

  private void choosePlaces(int http) {
    for (int i = 1; i <= shape.nodes(); i++) {
      choosePlace(Kind.NODE, i, http);
    }
    for (int i = 1; i <= shape.coordinators(); i++) {
      choosePlace(Kind.COORDINATOR, i, http);
    }
    for (int i = 1; i <= shape.workers(); i++) {
      choosePlace(Kind.INGEST_WORKER, i, http);
    }
    for (int i = 1; i <= shape.gateways(); i++) {
      choosePlace(Kind.GATEWAY, i, http);
    }
  }

  private ProcessPlace choosePlace(Kind kind, int number, int http) {
    String name = kind.name(number);
    HostPort serves =
        kind == Kind.GATEWAY && number == 1
            ? new HostPort(config.host(), http)
            : address(kind, number, "http");
    ProcessPlace place =
        new ProcessPlace(
            kind.role(),
            name,
            kind == Kind.NODE ? shape.zone(number) : "",
            address(kind, number, "cluster"),
            address(kind, number, "grpc"),
            address(kind, number, "management"),
            serves,
            folder.shards().resolve(name));
    synchronized (places) {
      places.put(name, place);
    }
    return place;
  }

  private HostPort address(Kind kind, int number, String use) {
    String host = LocalAddresses.of(kind, number);
    return new HostPort(host, folder.port(kind.name(number) + "." + use, host));
  }

  // ---- Starting ----

  private void startBrokers(List<BrokerConfig> brokers, Consumer<String> tell) throws IOException {
    tell.accept("starting Kafka on " + kafkaBootstrap);
    Files.createDirectories(folder.kafka());
    KafkaBroker.makeClusterId(folder.kafka().resolve("cluster.id"));
    List<String> names = new ArrayList<>();
    for (BrokerConfig broker : brokers) {
      String name = Kind.KAFKA.name(broker.id());
      supervisor.start(processes.broker(name, broker, "-Xmx256m"));
      names.add(name);
    }
    supervisor.awaitReady(names);
    KafkaBroker.awaitAll(kafkaBootstrap, brokers.size(), BROKERS_MAX);
  }

  private ChildSpec spec(ProcessPlace place) {
    String heap =
        switch (place.role()) {
          case SHARD_NODE, INGEST_WORKER -> "-Xmx384m";
          case GATEWAY, COORDINATOR -> "-Xmx256m";
        };
    try {
      return processes.role(place.name(), place, seeds, heap, "-XX:+UseSerialGC");
    } catch (IOException e) {
      throw new CannotStart("cannot write what " + place.name() + " is told: " + e, e);
    }
  }

  // ---- For those who give and follow orders ----

  Supervisor supervisor() {
    return supervisor;
  }

  ClusterShape shape() {
    return shape;
  }

  /** Where the process stands; nothing for a broker. */
  Optional<ProcessPlace> place(String name) {
    synchronized (places) {
      return Optional.ofNullable(places.get(name));
    }
  }

  /** The names of the processes with this role, in order. */
  List<String> names(Role role) {
    synchronized (places) {
      return places.values().stream()
          .filter(place -> place.role() == role)
          .map(ProcessPlace::name)
          .toList();
    }
  }

  static String node(int number) {
    return Kind.NODE.name(number);
  }

  /** Starts the shard node with the next number and waits until it is ready. */
  void addNode() {
    int number = shape.nodes() + 1;
    ProcessPlace place = choosePlace(Kind.NODE, number, 0);
    // Written first: what a crash leaves behind is a node too many, which is told, not lost.
    ClusterShape grown = shape.withNodes(number);
    grown.write(folder.shape());
    shape = grown;
    supervisor.start(spec(place));
    supervisor.awaitReady(List.of(place.name()));
  }

  /** Stops the shard node with the highest number; what it holds is not asked about. */
  void removeNode() {
    String name = node(shape.nodes());
    supervisor.remove(name);
    synchronized (places) {
      places.remove(name);
    }
    ClusterShape shrunk = shape.withNodes(shape.nodes() - 1);
    shrunk.write(folder.shape());
    shape = shrunk;
  }

  void end() {
    endAsked.countDown();
  }

  // ---- As a running system ----

  @Override
  public boolean isEndAsked() {
    return endAsked.getCount() == 0;
  }

  @Override
  public boolean isFirstStart() {
    return folder.isFresh();
  }

  @Override
  public URI endpoint() {
    return gateways.getFirst();
  }

  /** Where each gateway serves. */
  public List<URI> endpoints() {
    return gateways;
  }

  @Override
  public Credentials credentials() {
    return folder.credentials();
  }

  @Override
  public String kafkaBootstrap() {
    return kafkaBootstrap;
  }

  /** None: it goes on with what there is. */
  @Override
  public Optional<String> failure() {
    return Optional.empty();
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      Closing.quietly(opened.pop());
    }
  }
}
