package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.coordinator.plan.SlotReplicas;
import io.likeness.coordinator.plan.Target;
import io.likeness.node.config.HostPort;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardAddress;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Nodes in virtual time that answer with their own name, each after as long as it is told. */
final class StagedNodes implements FanOut.Question<String>, ShardDirectory {

  static final InstanceRecord PETS = InstanceRecord.newBuilder().setUid("pets").build();

  private final VirtualTime time;
  private final Map<Integer, List<Target>> places = new TreeMap<>();
  private final Map<String, Supplier<Duration>> paces = new HashMap<>();
  private final Map<String, String> faults = new HashMap<>();
  final List<String> asked = new ArrayList<>();
  final List<String> cancelled = new ArrayList<>();
  boolean holdsLease;
  int refreshes;

  StagedNodes(VirtualTime time) {
    this.time = time;
  }

  void place(int slot, String... nodes) {
    places.remove(slot);
    for (String node : nodes) {
      place(slot, node, ReplicaState.SERVING);
    }
  }

  void place(int slot, String node, ReplicaState state) {
    places
        .computeIfAbsent(slot, first -> new ArrayList<>())
        .add(
            new Target(
                ShardAddress.newBuilder().setInstanceUid("pets").setSlot(slot).build(),
                node,
                Optional.of(new HostPort(node, 1)),
                state));
  }

  /** It answers after this, each time. */
  void takes(String node, Duration pace) {
    takes(node, () -> pace);
  }

  void takes(String node, Supplier<Duration> pace) {
    paces.put(node, pace);
  }

  void refuses(String node, RefusalKind kind) {
    faults.put(node, kind.name());
  }

  void breaks(String node) {
    faults.put(node, "broken");
  }

  void isWellAgain(String node) {
    faults.remove(node);
  }

  @Override
  public QuestionKind kind() {
    return QuestionKind.SEARCH;
  }

  @Override
  public boolean mayBeAskedTwice() {
    return !holdsLease;
  }

  @Override
  public ShardCall<String> ask(HostPort where, Target target, Deadline deadline) {
    String node = target.node();
    asked.add(node);
    Promise<String> promise = Promise.promise();
    Runnable never =
        time.after(
            paces.getOrDefault(node, () -> Duration.ofMillis(5)).get(),
            () -> {
              String fault = faults.getOrDefault(node, "");
              if (fault.equals("broken")) {
                promise.tryFail("connection refused");
              } else {
                promise.tryComplete(fault.isEmpty() ? node : "no " + fault);
              }
            });
    return new ShardCall<>(
        promise.future(),
        () -> {
          cancelled.add(node);
          never.run();
          // As the real client does: before the cancelling returns.
          promise.tryFail("cancelled");
        });
  }

  @Override
  public Optional<Refusal> refusal(String answer) {
    return answer.startsWith("no ")
        ? Optional.of(
            Refusal.newBuilder().setKind(RefusalKind.valueOf(answer.substring(3))).build())
        : Optional.empty();
  }

  @Override
  public Optional<InstanceRecord> instance(String uid) {
    return Optional.of(PETS);
  }

  @Override
  public List<SlotReplicas> replicas(String instanceUid, Collection<Integer> slots) {
    return slots.stream()
        .map(slot -> new SlotReplicas(instanceUid, slot, places.getOrDefault(slot, List.of())))
        .toList();
  }

  @Override
  public void refresh() {
    refreshes++;
  }
}
