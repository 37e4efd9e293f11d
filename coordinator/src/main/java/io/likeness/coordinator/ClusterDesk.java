package io.likeness.coordinator;

import io.likeness.coordinator.fanout.ShardNodes;
import io.likeness.coordinator.placement.PlacementConfig;
import io.likeness.coordinator.placement.PlacementController;
import io.likeness.features.DetectorManifest;
import io.likeness.features.ModelManifest;
import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.Trace;
import io.likeness.wire.ChangePlacementAnswer;
import io.likeness.wire.ChangePlacementRequest;
import io.likeness.wire.DescribeClusterAnswer;
import io.likeness.wire.DescribeClusterRequest;
import io.likeness.wire.DescribeModelsAnswer;
import io.likeness.wire.DescribeModelsRequest;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.DetectorInfo;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.InventoryRequest;
import io.likeness.wire.ModelInfo;
import io.likeness.wire.NodeStatus;
import io.likeness.wire.PlacementPolicy;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import io.likeness.wire.SlotPhase;
import io.likeness.wire.SlotStatus;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers about the cluster itself: its models, nodes and slots, and what the shard nodes hold. */
final class ClusterDesk {

  private static final Logger log = LoggerFactory.getLogger(ClusterDesk.class);
  private static final Duration TELL_MAX = Duration.ofSeconds(3);

  private final Models models;
  private final Membership membership;
  private final Assignments assignments;
  private final ShardNodes nodes;
  private final PlacementConfig placement;

  ClusterDesk(
      Models models,
      Membership membership,
      Assignments assignments,
      ShardNodes nodes,
      PlacementConfig placement) {
    this.models = models;
    this.membership = membership;
    this.assignments = assignments;
    this.nodes = nodes;
    this.placement = placement;
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
    DescribeClusterAnswer.Builder answer =
        DescribeClusterAnswer.newBuilder()
            .setPolicy(PlacementController.policy(assignments, placement));
    for (NodeInfo member : membership.members()) {
      answer.addNodes(
          NodeStatus.newBuilder()
              .setName(member.name())
              .setRole(
                  member.roles().stream().sorted().map(Role::text).collect(Collectors.joining(",")))
              .setAddress(member.grpc().toString())
              .setZone(member.zone()));
    }
    List<NodeInfo> shardNodes = membership.members(Role.SHARD_NODE);
    Map<String, Map<Integer, HeldSlotState>> held = held(shardNodes, trace);
    for (SlotAssignment each : assignments.all()) {
      SlotStatus.Builder slot =
          SlotStatus.newBuilder()
              .setSlot(each.getSlot())
              .setReplica(each.getReplica())
              .setNode(each.getNode())
              .setTerm(each.getTerm())
              .setState(each.getState());
      Optional.ofNullable(held.getOrDefault(each.getNode(), Map.of()).get(each.getSlot()))
          .ifPresent(
              state ->
                  slot.setHeld(state)
                      .setServing(
                          each.getState() != ReplicaState.JOINING
                              && state.getPhase() == SlotPhase.READY));
      answer.addSlots(slot);
    }
    ask(
            shardNodes,
            member -> nodes.inventory(member.grpc(), InventoryRequest.getDefaultInstance(), trace))
        .values()
        .forEach(answer::addInventories);
    return answer.build();
  }

  private Map<String, Map<Integer, HeldSlotState>> held(List<NodeInfo> shardNodes, Trace trace) {
    Map<String, Map<Integer, HeldSlotState>> held = new HashMap<>();
    ask(
            shardNodes,
            member -> nodes.slots(member.grpc(), DescribeSlotsRequest.getDefaultInstance(), trace))
        .forEach(
            (name, told) ->
                told.getSlotsList()
                    .forEach(
                        slot ->
                            held.computeIfAbsent(name, node -> new HashMap<>())
                                .put(slot.getSlot(), slot)));
    return held;
  }

  /** What each member answers in time, by its name. */
  private static <A> Map<String, A> ask(
      List<NodeInfo> members, Function<NodeInfo, Future<A>> question) {
    List<Future<Optional<A>>> asked =
        members.stream()
            .map(
                member ->
                    question
                        .apply(member)
                        .timeout(TELL_MAX.toMillis(), TimeUnit.MILLISECONDS)
                        .map(Optional::of)
                        .otherwise(
                            cause -> {
                              log.info(
                                  "node {} tells nothing: {}", member.name(), cause.toString());
                              return Optional.empty();
                            }))
            .toList();
    try {
      Future.join(asked)
          .toCompletionStage()
          .toCompletableFuture()
          .get(TELL_MAX.toMillis() * 2, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for shard nodes");
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("an answer that cannot fail has failed", e);
    }
    Map<String, A> answers = new TreeMap<>();
    for (int i = 0; i < members.size(); i++) {
      String name = members.get(i).name();
      asked.get(i).result().ifPresent(answer -> answers.put(name, answer));
    }
    return answers;
  }

  /** What an operator wants; the placement follows it step by step. */
  ChangePlacementAnswer changePlacement(ChangePlacementRequest request, Trace trace) {
    Optional<String> fault = fault(request);
    if (fault.isPresent()) {
      return ChangePlacementAnswer.newBuilder()
          .setRefusal(Refusals.of(RefusalKind.BAD_REQUEST, fault.get()))
          .build();
    }
    PlacementPolicy policy =
        assignments.updatePolicy(
            standing -> {
              PlacementPolicy before =
                  standing.orElseGet(() -> PlacementController.policy(assignments, placement));
              Set<String> draining = new TreeSet<>(before.getDrainingList());
              draining.addAll(request.getDrainList());
              request.getUndrainList().forEach(draining::remove);
              return Optional.of(
                  PlacementPolicy.newBuilder()
                      .setReplicas(
                          request.hasReplicas() ? request.getReplicas() : before.getReplicas())
                      .addAllDraining(draining)
                      .build());
            });
    log.info(
        "placement shall be: {} replicas, without {}",
        policy.getReplicas(),
        policy.getDrainingList());
    return ChangePlacementAnswer.newBuilder().setPolicy(policy).build();
  }

  private Optional<String> fault(ChangePlacementRequest request) {
    int replicas = request.getReplicas();
    if (request.hasReplicas() && (replicas < 1 || replicas > PlacementConfig.REPLICAS_MAX)) {
      return Optional.of("replicas is " + replicas + ", not 1 to " + PlacementConfig.REPLICAS_MAX);
    }
    Set<String> here =
        membership.members(Role.SHARD_NODE).stream()
            .map(NodeInfo::name)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> known = new TreeSet<>(here);
    assignments.all().forEach(each -> known.add(each.getNode()));
    for (String node : request.getDrainList()) {
      if (!known.contains(node)) {
        return Optional.of("there is no shard node \"" + node + "\"; there are " + known);
      }
    }
    Set<String> left = new TreeSet<>(here);
    PlacementController.policy(assignments, placement).getDrainingList().forEach(left::remove);
    left.addAll(request.getUndrainList());
    left.retainAll(here);
    request.getDrainList().forEach(left::remove);
    return left.isEmpty() && !request.getDrainList().isEmpty()
        ? Optional.of("no shard node would be left to hold anything; here are " + here)
        : Optional.empty();
  }
}
