package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.gateway.ClusterStatus;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.json.JsonBody;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.ChangePlacementAnswer;
import io.likeness.wire.ChangePlacementRequest;
import io.likeness.wire.ClusterRecord;
import io.likeness.wire.DescribeClusterAnswer;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InventoryAnswer;
import io.likeness.wire.NodeStatus;
import io.likeness.wire.PlacementPolicy;
import io.likeness.wire.ShardInventory;
import io.likeness.wire.SlotPhase;
import io.likeness.wire.SlotStatus;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/** The state of the whole cluster, for the administrator. */
final class ClusterApi {

  private static final int NODES_MAX = 1_000;
  private static final int NAME_CHARS_MAX = 63;

  private final ClusterStatus status;

  ClusterApi(ClusterStatus status) {
    this.status = status;
  }

  List<Operation> operations() {
    return List.of(
        Operation.of("showCluster", "GET", "/api/v1/cluster", this::show),
        Operation.of("changePlacement", "PUT", "/api/v1/cluster/placement", this::changePlacement));
  }

  private ApiResponse show(Call call) {
    call.requireAdmin();
    call.query().done();
    ClusterRecord cluster = status.cluster();
    DescribeClusterAnswer described = status.describe(call.traceparent());
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    answer
        .put("cluster_id", cluster.getClusterId())
        .put("epoch", cluster.getEpoch())
        .put("ops_partitions", cluster.getOpsPartitions())
        .put("slots_total", cluster.getSlots());
    answer.set("placement", placement(described.getPolicy()));
    nodes(answer, described);
    slots(answer, described);
    shards(answer, described);
    instances(answer);
    ops(answer);
    return ApiResponse.json(200, answer.toString());
  }

  private ApiResponse changePlacement(Call call) {
    call.requireAdmin();
    call.query().done();
    ObjectReader body = Payload.object(call);
    ChangePlacementRequest.Builder request = ChangePlacementRequest.newBuilder();
    // How many there may be is the coordinator's to say.
    body.integer("replicas", Integer.MIN_VALUE, Integer.MAX_VALUE).ifPresent(request::setReplicas);
    body.texts("drain", NODES_MAX, 1, NAME_CHARS_MAX).ifPresent(request::addAllDrain);
    body.texts("undrain", NODES_MAX, 1, NAME_CHARS_MAX).ifPresent(request::addAllUndrain);
    body.done();
    ChangePlacementAnswer answer = status.changePlacement(request.build(), call.traceparent());
    return switch (answer.getOutcomeCase()) {
      case POLICY -> ApiResponse.json(200, placement(answer.getPolicy()).toString());
      case REFUSAL -> throw Refusals.fault(answer.getRefusal());
      case OUTCOME_NOT_SET -> throw ApiFault.unavailable("the coordinator said nothing");
    };
  }

  private static ObjectNode placement(PlacementPolicy policy) {
    ObjectNode placement = JsonBody.MAPPER.createObjectNode();
    placement.put("replicas", policy.getReplicas());
    ArrayNode draining = placement.putArray("draining");
    policy.getDrainingList().forEach(draining::add);
    return placement;
  }

  private static void nodes(ObjectNode answer, DescribeClusterAnswer described) {
    ArrayNode nodes = answer.putArray("nodes");
    for (NodeStatus each : described.getNodesList()) {
      nodes
          .addObject()
          .put("name", each.getName())
          .put("role", each.getRole())
          .put("address", each.getAddress())
          .put("zone", each.getZone());
    }
  }

  private static void slots(ObjectNode answer, DescribeClusterAnswer described) {
    ArrayNode slots = answer.putArray("slots");
    for (SlotStatus each : described.getSlotsList()) {
      ObjectNode slot = slots.addObject();
      slot.put("slot", each.getSlot())
          .put("replica", each.getReplica())
          .put("node", each.getNode())
          .put("term", each.getTerm())
          .put("state", each.getState().name().toLowerCase(Locale.ROOT))
          .put("serving", each.getServing());
      if (each.hasHeld()) {
        held(slot, each.getHeld());
      }
    }
  }

  private static void held(ObjectNode slot, HeldSlotState held) {
    slot.put("phase", held.getPhase().name().toLowerCase(Locale.ROOT))
        .put("applied_offset", held.getPosition().getAppliedOffset())
        .put("end_offset", held.getPosition().getEndOffset());
    if (held.getPhase() == SlotPhase.COPYING) {
      slot.put("bytes_copied", held.getBytesCopied()).put("bytes_to_copy", held.getBytesToCopy());
    }
    if (!held.getTrouble().isEmpty()) {
      slot.put("trouble", held.getTrouble());
    }
  }

  private static void shards(ObjectNode answer, DescribeClusterAnswer described) {
    ArrayNode shards = answer.putArray("shards");
    for (InventoryAnswer node : described.getInventoriesList()) {
      for (ShardInventory each : node.getShardsList()) {
        ObjectNode shard = shards.addObject();
        shard
            .put("node", node.getNode())
            .put("instance_uid", each.getShard().getInstanceUid())
            .put("slot", each.getShard().getSlot())
            .put("term", each.getShard().getTerm())
            .put("images", each.getImages())
            .put("bytes_on_disk", each.getBytesOnDisk())
            .put("bytes_in_memory", each.getBytesInMemory())
            .put("segments", each.getSegments())
            .put("applied_offset", each.getPosition().getAppliedOffset())
            .put("end_offset", each.getPosition().getEndOffset())
            .put("checksum", Long.toHexString(each.getChecksum()));
      }
    }
  }

  private void instances(ObjectNode answer) {
    ArrayNode instances = answer.putArray("instances");
    for (InstanceRecord each : status.instances()) {
      ObjectNode instance = instances.addObject();
      instance
          .put("key", new InstanceKey(each.getProjectId(), each.getName()).toString())
          .put("uid", each.getUid())
          .put("model", each.getModel());
      ArrayNode slots = instance.putArray("slots");
      each.getSlotsList().forEach(slots::add);
    }
  }

  private void ops(ObjectNode answer) {
    ArrayNode ops = answer.putArray("ops");
    for (ClusterStatus.OpsPosition each : status.ops()) {
      ObjectNode partition = ops.addObject();
      partition.put("partition", each.partition()).put("end_offset", each.endOffset());
      ArrayNode groups = partition.putArray("groups");
      new TreeMap<>(each.committed())
          .forEach(
              (group, next) ->
                  groups
                      .addObject()
                      .put("group", group)
                      .put("next_offset", next)
                      .put("lag", Math.max(0, each.endOffset() - next)));
    }
  }
}
