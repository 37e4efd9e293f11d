package io.likeness.node.testing;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.meta.MetaStore;
import io.likeness.node.process.GrpcEndpoint;
import io.likeness.node.process.Health;
import io.likeness.node.process.Metrics;
import io.likeness.node.process.NodeContext;
import io.vertx.core.Vertx;
import java.util.EnumSet;

/** A process's context over a real broker, with membership set by hand. */
public final class TestNode implements AutoCloseable {

  private final NodeContext context;

  private TestNode(NodeContext context) {
    this.context = context;
  }

  public static TestNode start(KafkaSettings kafka, String name, int opsPartitions, int slots) {
    Vertx vertx = Vertx.vertx();
    GrpcEndpoint grpc = GrpcEndpoint.listen(vertx, new HostPort("127.0.0.1", 0));
    MetaStore meta = MetaStore.open(kafka, opsPartitions, slots);
    Assignments assignments = Assignments.open(kafka);
    NodeInfo self = new NodeInfo(name, EnumSet.allOf(Role.class), grpc.address(), "");
    return new TestNode(
        new NodeContext(
            name,
            vertx,
            Metrics.create(),
            new Health(),
            kafka,
            new InMemoryMembership(self),
            meta,
            assignments,
            grpc));
  }

  public NodeContext context() {
    return context;
  }

  @Override
  public void close() {
    context.grpc().close();
    context.assignments().close();
    context.meta().close();
    context.vertx().close().toCompletionStage().toCompletableFuture().join();
  }
}
