package io.likeness.coordinator;

import io.likeness.coordinator.fanout.ShardNodes;
import io.likeness.features.DetectorManifest;
import io.likeness.features.ModelManifest;
import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.Trace;
import io.likeness.wire.DescribeClusterAnswer;
import io.likeness.wire.DescribeClusterRequest;
import io.likeness.wire.DescribeModelsAnswer;
import io.likeness.wire.DescribeModelsRequest;
import io.likeness.wire.DetectorInfo;
import io.likeness.wire.InventoryAnswer;
import io.likeness.wire.InventoryRequest;
import io.likeness.wire.ModelInfo;
import io.likeness.wire.NodeStatus;
import io.likeness.wire.SlotStatus;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers about the cluster itself: its models, nodes and slots, and what the shard nodes hold. */
final class ClusterDesk {

  private static final Logger log = LoggerFactory.getLogger(ClusterDesk.class);
  private static final Duration INVENTORY_MAX = Duration.ofSeconds(3);

  private final Models models;
  private final Membership membership;
  private final Assignments assignments;
  private final ShardNodes nodes;

  ClusterDesk(Models models, Membership membership, Assignments assignments, ShardNodes nodes) {
    this.models = models;
    this.membership = membership;
    this.assignments = assignments;
    this.nodes = nodes;
  }

  DescribeModelsAnswer models(DescribeModelsRequest request, Trace trace) {
    DescribeModelsAnswer.Builder answer = DescribeModelsAnswer.newBuilder();
    for (ModelManifest model : models.all()) {
      answer.addModels(
          ModelInfo.newBuilder()
              .setName(model.name())
              .setVersion(model.version())
              .setDimensions(model.dimensions())
              .setIsDefault(model.name().equals(models.defaultName())));
    }
    for (DetectorManifest detector : models.detectors()) {
      answer.addDetectors(
          DetectorInfo.newBuilder()
              .setName(detector.name())
              .setVersion(detector.version())
              .addAllLabels(detector.labels()));
    }
    return answer.build();
  }

  /** Nodes that give no inventory in time are left out of it; they still stand among the nodes. */
  DescribeClusterAnswer cluster(DescribeClusterRequest request, Trace trace) {
    DescribeClusterAnswer.Builder answer = DescribeClusterAnswer.newBuilder();
    for (NodeInfo member : membership.members()) {
      answer.addNodes(
          NodeStatus.newBuilder()
              .setName(member.name())
              .setRole(
                  member.roles().stream().sorted().map(Role::text).collect(Collectors.joining(",")))
              .setAddress(member.grpc().toString()));
    }
    List<NodeInfo> shardNodes = membership.members(Role.SHARD_NODE);
    Set<String> alive = shardNodes.stream().map(NodeInfo::name).collect(Collectors.toSet());
    assignments
        .all()
        .forEach(
            each ->
                answer.addSlots(
                    SlotStatus.newBuilder()
                        .setSlot(each.getSlot())
                        .setReplica(each.getReplica())
                        .setNode(each.getNode())
                        .setTerm(each.getTerm())
                        .setServing(alive.contains(each.getNode()))));
    inventories(shardNodes, trace).forEach(answer::addInventories);
    return answer.build();
  }

  private List<InventoryAnswer> inventories(List<NodeInfo> shardNodes, Trace trace) {
    List<Future<Optional<InventoryAnswer>>> asked =
        shardNodes.stream().map(member -> inventory(member, trace)).toList();
    try {
      return Future.join(asked)
          .map(joined -> joined.<Optional<InventoryAnswer>>list())
          .toCompletionStage()
          .toCompletableFuture()
          .get(INVENTORY_MAX.toMillis() * 2, TimeUnit.MILLISECONDS)
          .stream()
          .flatMap(Optional::stream)
          .toList();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for inventories");
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("an inventory that cannot fail has failed", e);
    }
  }

  private Future<Optional<InventoryAnswer>> inventory(NodeInfo member, Trace trace) {
    return nodes
        .inventory(member.grpc(), InventoryRequest.getDefaultInstance(), trace)
        .timeout(INVENTORY_MAX.toMillis(), TimeUnit.MILLISECONDS)
        .map(Optional::of)
        .otherwise(
            cause -> {
              log.info("node {} gives no inventory: {}", member.name(), cause.toString());
              return Optional.empty();
            });
  }
}
