package io.likeness.node.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.node.kafka.FencedLog;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.wire.PlacementPolicy;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Which nodes hold the replicas of which slot, as the topic {@code assign} says, and what an
 * operator wants. The truth about placement; everybody refuses a request with an older term than it
 * knows.
 */
public final class Assignments implements AutoCloseable {

  private static final Comparator<SlotAssignment> ORDER =
      Comparator.comparingInt(SlotAssignment::getSlot).thenComparingInt(SlotAssignment::getReplica);

  private static final String POLICY = "policy";

  /** One reading of the topic. */
  private record Table(
      List<SlotAssignment> all,
      Map<Integer, List<SlotAssignment>> bySlot,
      Optional<PlacementPolicy> policy) {}

  private final FencedLog assign;
  private volatile Table table = new Table(List.of(), Map.of(), Optional.empty());

  private Assignments(FencedLog assign) {
    this.assign = assign;
  }

  /** Opens the view; the topic must exist, as it does once a MetaStore was opened. */
  public static Assignments open(KafkaSettings kafka) {
    Assignments assignments =
        new Assignments(FencedLog.open(kafka, Topics.ASSIGN, Assignments::form));
    assignments.assign.onChange(assignments::refresh);
    assignments.refresh();
    return assignments;
  }

  private static int form(String key, byte[] value) throws InvalidProtocolBufferException {
    return key.equals(POLICY)
        ? PlacementPolicy.parseFrom(value).getFormat()
        : SlotAssignment.parseFrom(value).getFormat();
  }

  /** The replicas of this slot, in whatever state, in order of their numbers. */
  public List<SlotAssignment> replicas(int slot) {
    return table.bySlot.getOrDefault(slot, List.of());
  }

  /** In order of slot and replica. */
  public List<SlotAssignment> all() {
    return table.all;
  }

  public List<SlotAssignment> ofNode(String node) {
    return table.all.stream().filter(each -> each.getNode().equals(node)).toList();
  }

  /** What an operator wants, where one has said so. */
  public Optional<PlacementPolicy> policy() {
    return table.policy;
  }

  public AutoCloseable onChange(Runnable listener) {
    return assign.onChange(
        () -> {
          refresh();
          listener.run();
        });
  }

  /** Waits until the view holds everything written before this call. */
  public void readToEnd() {
    assign.readToEnd();
    refresh();
  }

  /** Decides on the true state, under the topic's fence; {@code change} may run several times. */
  public void update(UnaryOperator<List<SlotAssignment>> change) {
    assign.update(
        values -> {
          List<SlotAssignment> before = parse(values).all;
          Map<String, Optional<byte[]>> changes = new HashMap<>();
          List<SlotAssignment> after = change.apply(before);
          before.forEach(each -> changes.put(key(each), Optional.empty()));
          after.forEach(each -> changes.put(key(each), Optional.of(each.toByteArray())));
          before.stream().filter(after::contains).forEach(each -> changes.remove(key(each)));
          return changes;
        });
    refresh();
  }

  /** As {@link #update}; the policy given is the standing one. */
  public PlacementPolicy updatePolicy(UnaryOperator<Optional<PlacementPolicy>> change) {
    assign.update(
        values ->
            change
                .apply(parse(values).policy)
                .map(wanted -> Map.of(POLICY, Optional.of(wanted.toByteArray())))
                .orElse(Map.of()));
    refresh();
    return table.policy.orElse(PlacementPolicy.getDefaultInstance());
  }

  private static String key(SlotAssignment assignment) {
    return assignment.getSlot() + "/" + assignment.getReplica();
  }

  /** Under a lock, so that an older reading never overwrites a newer one. */
  private synchronized void refresh() {
    table = parse(assign.snapshot());
  }

  private static Table parse(Map<String, byte[]> values) {
    List<SlotAssignment> assignments = new ArrayList<>();
    Optional<PlacementPolicy> policy = Optional.empty();
    try {
      for (Map.Entry<String, byte[]> entry : values.entrySet()) {
        if (entry.getKey().equals(POLICY)) {
          policy = Optional.of(PlacementPolicy.parseFrom(entry.getValue()));
        } else {
          assignments.add(withState(SlotAssignment.parseFrom(entry.getValue())));
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the topic assign holds a record that cannot be read", e);
    }
    assignments.sort(ORDER);
    return new Table(
        List.copyOf(assignments),
        assignments.stream().collect(Collectors.groupingBy(SlotAssignment::getSlot)),
        policy);
  }

  private static SlotAssignment withState(SlotAssignment read) {
    return read.getState() == ReplicaState.REPLICA_STATE_UNSPECIFIED
        ? read.toBuilder().setState(ReplicaState.SERVING).build()
        : read;
  }

  /** Why the view has ended; empty while it goes on. */
  public Optional<String> fault() {
    return assign.fault();
  }

  @Override
  public void close() {
    assign.close();
  }
}
