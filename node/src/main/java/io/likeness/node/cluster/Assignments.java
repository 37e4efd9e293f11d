package io.likeness.node.cluster;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.node.kafka.FencedLog;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.wire.SlotAssignment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Which node serves which slot, as the topic {@code assign} says. The truth about placement;
 * everybody refuses a request with an older term than it knows.
 */
public final class Assignments implements AutoCloseable {

  private static final Comparator<SlotAssignment> ORDER =
      Comparator.comparingInt(SlotAssignment::getSlot).thenComparingInt(SlotAssignment::getReplica);

  private final FencedLog assign;
  private volatile List<SlotAssignment> all = List.of();

  private Assignments(FencedLog assign) {
    this.assign = assign;
  }

  /** Opens the view; the topic must exist, as it does once a MetaStore was opened. */
  public static Assignments open(KafkaSettings kafka) {
    Assignments assignments = new Assignments(FencedLog.open(kafka, Topics.ASSIGN));
    assignments.assign.onChange(assignments::refresh);
    assignments.refresh();
    return assignments;
  }

  /** The first replica of this slot. */
  public Optional<SlotAssignment> of(int slot) {
    return all.stream().filter(each -> each.getSlot() == slot).findFirst();
  }

  /** In order of slot and replica. */
  public List<SlotAssignment> all() {
    return all;
  }

  public List<SlotAssignment> ofNode(String node) {
    return all.stream().filter(each -> each.getNode().equals(node)).toList();
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
        table -> {
          List<SlotAssignment> before = parse(table);
          Map<String, Optional<byte[]>> changes = new HashMap<>();
          List<SlotAssignment> after = change.apply(before);
          before.forEach(each -> changes.put(key(each), Optional.empty()));
          after.forEach(each -> changes.put(key(each), Optional.of(each.toByteArray())));
          before.stream().filter(after::contains).forEach(each -> changes.remove(key(each)));
          return changes;
        });
    refresh();
  }

  private static String key(SlotAssignment assignment) {
    return assignment.getSlot() + "/" + assignment.getReplica();
  }

  /** Under a lock, so that an older reading never overwrites a newer one. */
  private synchronized void refresh() {
    all = parse(assign.snapshot());
  }

  private static List<SlotAssignment> parse(Map<String, byte[]> table) {
    List<SlotAssignment> assignments = new ArrayList<>();
    try {
      for (byte[] value : table.values()) {
        assignments.add(SlotAssignment.parseFrom(value));
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the topic assign holds a record that cannot be read", e);
    }
    assignments.sort(ORDER);
    return List.copyOf(assignments);
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
