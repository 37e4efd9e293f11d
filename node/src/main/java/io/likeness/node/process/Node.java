package io.likeness.node.process;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.HazelcastMembership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.meta.MetaStore;
import io.likeness.wire.MetaDump;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A running process: its context, and everything in it, closed in the reverse order of its making.
 */
public final class Node implements AutoCloseable {

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final PrometheusMeterRegistry metrics;
  private final NodeContext context;

  private Node(NodeConfig config, Set<Role> roles, Runnable kafkaReady) {
    metrics = Metrics.create();
    Health health = new Health();
    try {
      Vertx vertx = Vertx.vertx();
      opened.push(() -> Closing.await(vertx.close(), "Vert.x"));
      GrpcEndpoint grpc = open(GrpcEndpoint.listen(vertx, config.grpcAddress()));
      NodeInfo self = new NodeInfo(config.name(), roles, grpc.address(), config.zone());
      // Joining the cluster and reading the log take seconds each and do not need one another.
      CompletableFuture<HazelcastMembership> joining =
          CompletableFuture.supplyAsync(
              () ->
                  HazelcastMembership.join(
                      self, config.clusterName(), config.clusterAddress(), config.clusterSeeds()),
              task -> Thread.ofPlatform().name("join").daemon(true).start(task));
      opened.push(() -> joining.thenAccept(HazelcastMembership::close).join());
      kafkaReady.run();
      config.metaRestore().ifPresent(file -> restoreMeta(file, config));
      MetaStore meta = open(MetaStore.open(config.kafka(), config.opsPartitions(), config.slots()));
      Assignments assignments = open(Assignments.open(config.kafka()));
      HazelcastMembership membership = joining.join();
      health.register(
          "meta", () -> meta.fault().map(Health.State::down).orElseGet(Health.State::isUp));
      health.register(
          "assign",
          () -> assignments.fault().map(Health.State::down).orElseGet(Health.State::isUp));
      context =
          new NodeContext(
              config.name(),
              vertx,
              metrics,
              health,
              config.kafka(),
              membership,
              meta,
              assignments,
              grpc);
      ManagementServer management =
          open(ManagementServer.listen(vertx, config.managementAddress(), health, metrics));
      managementAddress = management.address();
    } catch (CompletionException e) {
      close();
      throw new IllegalStateException("cannot join the cluster: " + e.getCause(), e.getCause());
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private final io.likeness.node.config.HostPort managementAddress;

  private static void restoreMeta(Path file, NodeConfig config) {
    try {
      MetaStore.restore(
          config.kafka(),
          config.opsPartitions(),
          config.slots(),
          MetaDump.parseFrom(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new IllegalStateException("meta.restore: " + file + " cannot be read: " + e, e);
    }
  }

  public static Node start(NodeConfig config, Set<Role> roles) {
    return start(config, roles, () -> {});
  }

  /**
   * Starts beside a broker that is still starting: {@code kafkaReady} returns once it can be asked.
   */
  public static Node start(NodeConfig config, Set<Role> roles, Runnable kafkaReady) {
    return new Node(config, roles, kafkaReady);
  }

  public NodeContext context() {
    return context;
  }

  public PrometheusMeterRegistry metrics() {
    return metrics;
  }

  /** Where health and metrics are served. */
  public io.likeness.node.config.HostPort managementAddress() {
    return managementAddress;
  }

  /** Closes this thing before everything opened so far. */
  public <T extends AutoCloseable> T open(T thing) {
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
