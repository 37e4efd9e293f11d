package io.likeness.standalone;

import io.likeness.gateway.auth.Credentials;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.ConfigException;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.process.Closing;
import io.likeness.node.process.Node;
import io.likeness.node.process.NodeConfig;
import io.likeness.standalone.broker.BrokerConfig;
import io.likeness.standalone.broker.KafkaBroker;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The whole system in this process: a real Kafka broker and every role, over one data folder.
 *
 * <p>The broker and the cluster's membership need seconds each and not one another, so they start
 * side by side; the roles follow once the log can be read. Closing goes the other way: the gateway
 * answers what it has taken, the broker ends last.
 */
public final class Standalone implements RunningSystem {

  private static final Duration READY_MAX = Duration.ofMinutes(5);
  private static final long READY_POLL_MILLIS = 50;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final AtomicReference<@Nullable String> fatal = new AtomicReference<>();
  private final DataFolder folder;
  private final String kafkaBootstrap;
  private final URI endpoint;
  private final Node node;

  private Standalone(StandaloneConfig config, Consumer<String> progress) {
    folder = open(DataFolder.open(config.data()));
    try {
      SystemPorts ports = SystemPorts.choose(config, folder);
      SystemSettings settings =
          new SystemSettings(config, folder, ports.kafkaBootstrap(), SystemSettings.Size.ALONE);
      kafkaBootstrap = settings.kafkaBootstrap();
      ConfigReader reader = ConfigReader.of(settings.together(ports.http()));
      NodeConfig nodeConfig = NodeConfig.read(reader, "local");
      Roles roles = Roles.read(reader);
      reader.done();
      progress.accept("starting Kafka on " + kafkaBootstrap);
      CompletableFuture<KafkaBroker> broker =
          CompletableFuture.supplyAsync(
              () ->
                  KafkaBroker.start(
                      BrokerConfig.single(folder.kafka(), ports.kafka(), ports.controller()),
                      this::failed),
              task -> Thread.ofPlatform().name("kafka-start").daemon(true).start(task));
      opened.push(() -> broker.thenAccept(KafkaBroker::close).join());
      node = open(Node.start(nodeConfig, EnumSet.allOf(Role.class), () -> await(broker)));
      progress.accept("starting the roles");
      endpoint = SystemPorts.endpoint(config.host(), roles.start(node));
      awaitReady();
      folder.writeEndpoint(endpoint, kafkaBootstrap);
    } catch (IOException e) {
      close();
      throw new CannotStart("a role cannot start: " + e, e);
    } catch (ConfigException e) {
      close();
      throw new CannotStart(String.valueOf(e.getMessage()), e);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  public static Standalone start(StandaloneConfig config) {
    return start(config, line -> {});
  }

  /** Starts and waits until everything serves; tells of each step. */
  public static Standalone start(StandaloneConfig config, Consumer<String> progress) {
    return new Standalone(config, progress);
  }

  private static void await(CompletableFuture<KafkaBroker> broker) {
    try {
      broker.join();
    } catch (CompletionException e) {
      throw new CannotStart("Kafka cannot start: " + e.getCause(), e.getCause());
    }
  }

  private void awaitReady() {
    long deadline = System.nanoTime() + READY_MAX.toNanos();
    while (!node.context().health().isReady()) {
      Optional<String> failure = failure();
      if (failure.isPresent()) {
        throw new CannotStart(failure.get());
      }
      if (System.nanoTime() > deadline) {
        throw new CannotStart(
            "not ready after "
                + READY_MAX.toSeconds()
                + " s: "
                + node.context().health().report().encode());
      }
      try {
        Thread.sleep(READY_POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CannotStart("interrupted while starting", e);
      }
    }
  }

  private void failed(String reason) {
    fatal.compareAndSet(null, reason);
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
    return Optional.ofNullable(fatal.get()).or(() -> node.context().health().deathReason());
  }

  private <T extends AutoCloseable> T open(T thing) {
    opened.push(thing);
    return thing;
  }

  @Override
  public void close() {
    while (!opened.isEmpty()) {
      Closing.quietly(opened.pop());
    }
  }
}
