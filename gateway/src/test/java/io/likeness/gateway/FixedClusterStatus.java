package io.likeness.gateway;

import io.likeness.wire.ChangePlacementAnswer;
import io.likeness.wire.ChangePlacementRequest;
import io.likeness.wire.ClusterRecord;
import io.likeness.wire.DescribeClusterAnswer;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InventoryAnswer;
import io.likeness.wire.NodeStatus;
import io.likeness.wire.PlacementPolicy;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.ShardInventory;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.SlotPhase;
import io.likeness.wire.SlotStatus;
import java.util.List;
import java.util.Map;

/** A small cluster that never changes. */
final class FixedClusterStatus implements ClusterStatus {

  private final InMemoryLibrary library;

  FixedClusterStatus(InMemoryLibrary library) {
    this.library = library;
  }

  @Override
  public ClusterRecord cluster() {
    return ClusterRecord.newBuilder()
        .setClusterId("c")
        .setEpoch(1)
        .setOpsPartitions(1)
        .setSlots(1)
        .build();
  }

  @Override
  public List<InstanceRecord> instances() {
    return List.copyOf(library.instances.values());
  }

  @Override
  public DescribeClusterAnswer describe(String traceparent) {
    return DescribeClusterAnswer.newBuilder()
        .addNodes(NodeStatus.newBuilder().setName("n").setRole("shard-node").setAddress("h:1"))
        .setPolicy(PlacementPolicy.newBuilder().setReplicas(1))
        .addSlots(
            SlotStatus.newBuilder()
                .setNode("n")
                .setTerm(3)
                .setServing(true)
                .setState(ReplicaState.SERVING)
                .setHeld(
                    HeldSlotState.newBuilder()
                        .setPhase(SlotPhase.READY)
                        .setPosition(
                            ShardPosition.newBuilder().setAppliedOffset(4).setEndOffset(5))))
        .addInventories(
            InventoryAnswer.newBuilder()
                .setNode("n")
                .addShards(
                    ShardInventory.newBuilder()
                        .setShard(ShardAddress.newBuilder().setInstanceUid("u").setTerm(3))
                        .setImages(7)
                        .setChecksum(-1)
                        .setPosition(
                            ShardPosition.newBuilder().setAppliedOffset(4).setEndOffset(5))))
        .build();
  }

  /** There is one node, and it is called n. */
  @Override
  public ChangePlacementAnswer changePlacement(ChangePlacementRequest request, String traceparent) {
    if (!request.getDrainList().isEmpty()) {
      return ChangePlacementAnswer.newBuilder()
          .setRefusal(
              Refusal.newBuilder()
                  .setKind(RefusalKind.BAD_REQUEST)
                  .setDetail("no shard node would be left to hold anything; here are [n]"))
          .build();
    }
    return ChangePlacementAnswer.newBuilder()
        .setPolicy(PlacementPolicy.newBuilder().setReplicas(request.getReplicas()))
        .build();
  }

  @Override
  public List<OpsPosition> ops() {
    return List.of(new OpsPosition(0, 9, Map.of("likeness-ingest", 7L)));
  }
}
