package io.likeness.standalone.processes;

import io.likeness.coordinator.CoordinatorMain;
import io.likeness.gateway.GatewayMain;
import io.likeness.gateway.auth.Credentials;
import io.likeness.ingest.IngestMain;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.Ports;
import io.likeness.shard.ShardNodeMain;
import io.likeness.standalone.CannotStart;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.RunningSystem;
import io.likeness.standalone.StandaloneConfig;
import io.likeness.standalone.SystemPorts;
import io.likeness.standalone.SystemSettings;
import io.likeness.standalone.broker.KafkaMain;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The whole system as one process per role beside one of Kafka, over the same data folder as {@link
 * io.likeness.standalone.Standalone}. This process serves nothing: it starts the others, starts
 * again what dies, and takes them with it when it ends.
 */
public final class SeparateProcesses implements RunningSystem {

  private static final Duration READY_MAX = Duration.ofMinutes(5);
  private static final Duration LEFTOVERS_MAX = Duration.ofSeconds(20);
  private static final long POLL_MILLIS = 100;

  private final List<Child> children = new ArrayList<>();
  private final AtomicReference<@Nullable String> fatal = new AtomicReference<>();
  private final Consumer<String> tell;
  private final DataFolder folder;
  private final String kafkaBootstrap;
  private final URI endpoint;

  private SeparateProcesses(StandaloneConfig config, Consumer<String> tell) {
    this.tell = tell;
    folder = DataFolder.open(config.data());
    try {
      Files.createDirectories(folder.run());
      Files.createDirectories(folder.logs());
      awaitLeftovers();
      SystemPorts ports = SystemPorts.choose(config, folder);
      int http = ports.http() == 0 ? Ports.free() : ports.http();
      SystemSettings settings = new SystemSettings(config, folder, http, ports.kafka());
      kafkaBootstrap = settings.kafkaBootstrap();
      endpoint = SystemPorts.endpoint(config.host(), http);
      tell.accept("starting Kafka on " + kafkaBootstrap);
      start(
          new ChildSpec(
              "kafka",
              KafkaMain.class.getName(),
              List.of("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC"),
              List.of(
                  folder.kafka().toString(),
                  Integer.toString(ports.kafka()),
                  Integer.toString(ports.controller())),
              0,
              ports.kafka()));
      awaitReady();
      tell.accept("starting the roles");
      for (Role role :
          List.of(Role.SHARD_NODE, Role.INGEST_WORKER, Role.COORDINATOR, Role.GATEWAY)) {
        start(spec(role, settings));
      }
      awaitReady();
      folder.writeEndpoint(endpoint, kafkaBootstrap);
    } catch (IOException e) {
      close();
      throw new CannotStart("cannot write below " + folder.root() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Starts everything and waits until it serves; {@code tell} hears of steps and of trouble. */
  public static SeparateProcesses start(StandaloneConfig config, Consumer<String> tell) {
    return new SeparateProcesses(config, tell);
  }

  private void start(ChildSpec spec) {
    children.add(
        Child.start(spec, folder.root(), tell, reason -> fatal.compareAndSet(null, reason)));
  }

  private ChildSpec spec(Role role, SystemSettings settings) throws IOException {
    Path file = folder.run().resolve(role.text() + ".properties");
    Properties properties = new Properties();
    properties.putAll(settings.alone(role));
    try (var writer = Files.newBufferedWriter(file)) {
      properties.store(writer, null);
    }
    String main =
        switch (role) {
          case GATEWAY -> GatewayMain.class.getName();
          case INGEST_WORKER -> IngestMain.class.getName();
          case SHARD_NODE -> ShardNodeMain.class.getName();
          case COORDINATOR -> CoordinatorMain.class.getName();
        };
    String heap =
        switch (role) {
          case GATEWAY, COORDINATOR -> "-Xmx384m";
          case INGEST_WORKER, SHARD_NODE -> "-Xmx768m";
        };
    return new ChildSpec(
        role.text(),
        main,
        List.of("-Xms64m", heap),
        List.of("--config", file.toString()),
        settings.managementPort(role),
        0);
  }

  /**
   * Processes of a supervisor that was killed end by themselves; they must have, before their ports
   * and folders are taken again.
   */
  private void awaitLeftovers() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.run(), "*.pid")) {
      for (Path file : files) {
        String text = Files.readString(file).strip();
        Optional<ProcessHandle> leftover =
            text.matches("\\d{1,18}") ? ProcessHandle.of(Long.parseLong(text)) : Optional.empty();
        if (leftover.isPresent() && isOurs(leftover.get())) {
          await(leftover.get());
        }
        Files.deleteIfExists(file);
      }
    }
  }

  /** A process id may have gone to somebody else since. */
  private boolean isOurs(ProcessHandle process) {
    return process
        .info()
        .arguments()
        .map(arguments -> List.of(arguments).stream().anyMatch(this::namesFolder))
        .orElse(false);
  }

  private boolean namesFolder(String argument) {
    return argument.startsWith(folder.root().toString());
  }

  private static void await(ProcessHandle process) {
    try {
      process.onExit().get(LEFTOVERS_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CannotStart("interrupted while starting", e);
    } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
      throw new CannotStart(
          "process " + process.pid() + " of an earlier start still runs: end it first", e);
    }
  }

  private void awaitReady() {
    long deadline = System.nanoTime() + READY_MAX.toNanos();
    for (Child child : children) {
      while (!child.isReady()) {
        if (fatal.get() != null) {
          throw new CannotStart(failure().orElse(""));
        }
        if (System.nanoTime() > deadline) {
          throw new CannotStart(
              child.name()
                  + " is not ready after "
                  + READY_MAX.toSeconds()
                  + " s; see "
                  + folder.logs().resolve(child.name() + ".log"));
        }
        try {
          Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new CannotStart("interrupted while starting", e);
        }
      }
    }
  }

  @Override
  public boolean isFirstStart() {
    return folder.isFresh();
  }

  @Override
  public URI endpoint() {
    return endpoint;
  }

  @Override
  public Credentials credentials() {
    return folder.credentials();
  }

  @Override
  public String kafkaBootstrap() {
    return kafkaBootstrap;
  }

  @Override
  public Optional<String> failure() {
    return Optional.ofNullable(fatal.get());
  }

  /** The gateway first, so that nothing new comes in; Kafka last, since all others use it. */
  @Override
  public void close() {
    children.reversed().forEach(Child::stop);
    folder.close();
  }
}
