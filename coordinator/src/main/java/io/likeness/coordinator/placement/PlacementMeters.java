package io.likeness.coordinator.placement;

import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.NodeContext;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import io.micrometer.core.instrument.Gauge;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** What alerts are made of: replicas that are wanted and do not serve, and moves under way. */
public final class PlacementMeters {

  private PlacementMeters() {}

  public static void register(NodeContext context, PlacementConfig config, int slots) {
    gauge(
        context,
        "likeness.placement.replicas.missing",
        () -> {
          int wanted =
              slots * PlacementController.policy(context.assignments(), config).getReplicas();
          return Math.max(0, wanted - count(context, serves(context)));
        });
    gauge(context, "likeness.placement.joining", () -> count(context, is(ReplicaState.JOINING)));
    gauge(context, "likeness.placement.leaving", () -> count(context, is(ReplicaState.LEAVING)));
  }

  private static void gauge(NodeContext context, String name, Supplier<Number> value) {
    Gauge.builder(name, value).register(context.metrics());
  }

  private static long count(NodeContext context, Predicate<SlotAssignment> which) {
    return context.assignments().all().stream().filter(which).count();
  }

  private static Predicate<SlotAssignment> is(ReplicaState state) {
    return each -> each.getState() == state;
  }

  private static Predicate<SlotAssignment> serves(NodeContext context) {
    List<String> here =
        context.membership().members(Role.SHARD_NODE).stream().map(NodeInfo::name).toList();
    return each -> each.getState() == ReplicaState.SERVING && here.contains(each.getNode());
  }
}
