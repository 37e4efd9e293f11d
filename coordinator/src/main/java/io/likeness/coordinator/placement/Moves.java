package io.likeness.coordinator.placement;

import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The next step from the assignments as they are to those that shall be. A replica's life:
 *
 * <pre>
 *  (slot without any) --------------------------------> SERVING
 *  (wanted here) --> JOINING --its node says ready--> SERVING --others serve in its place--> LEAVING
 *                       |                                ^                                     |
 *                       +--not wanted any more--> gone   +--its place is not taken after all---+--drained--> gone
 * </pre>
 *
 * <p>Every step can be taken by any coordinator from what stands in {@code assign} and what the
 * nodes say, so nothing is lost with the one that took the step before. Nobody leaves before all
 * that are wanted serve.
 */
final class Moves {

  static final long FIRST_TERM = 1;

  private static final Optional<ReplicaState> SERVES = Optional.of(ReplicaState.SERVING);

  /** What is known of the nodes now. */
  interface Nodes {

    /** It is in the cluster. */
    boolean isHere(String node);

    /** It has all of the slot and answers as fast as it ever will. */
    boolean isReady(String node, int slot);

    /** It has been leaving the slot for long enough that nobody asks it any more. */
    boolean isDrained(String node, int slot);
  }

  private static final Comparator<SlotAssignment> ORDER =
      Comparator.comparingInt(SlotAssignment::getSlot).thenComparingInt(SlotAssignment::getReplica);

  private final Nodes nodes;
  private final Map<String, Integer> joining = new HashMap<>();
  private final int joinsMax;

  private Moves(Nodes nodes, int joinsMax) {
    this.nodes = nodes;
    this.joinsMax = joinsMax;
  }

  /**
   * @param wanted the nodes that shall hold each slot; where none, the slot stays as it is
   * @param joinsMax slots that one node fetches at a time
   * @return in order of slot and replica
   */
  static List<SlotAssignment> next(
      List<SlotAssignment> current, List<List<String>> wanted, Nodes nodes, int joinsMax) {
    return new Moves(nodes, joinsMax).next(current, wanted);
  }

  private List<SlotAssignment> next(List<SlotAssignment> current, List<List<String>> wanted) {
    Map<Integer, List<SlotAssignment>> bySlot = new TreeMap<>();
    for (int slot = 0; slot < wanted.size(); slot++) {
      bySlot.put(slot, new ArrayList<>());
    }
    for (SlotAssignment each : current) {
      bySlot.computeIfAbsent(each.getSlot(), slot -> new ArrayList<>()).add(each);
    }
    List<SlotAssignment> next = new ArrayList<>();
    List<Slot> begun = new ArrayList<>();
    bySlot.forEach(
        (number, replicas) -> {
          List<String> wants = number < wanted.size() ? wanted.get(number) : List.of();
          if (wants.isEmpty()) {
            next.addAll(replicas);
          } else {
            Slot slot = new Slot(number, wants, replicas);
            slot.step();
            begun.add(slot);
          }
        });
    // Those with the fewest replicas first: they are the ones in danger.
    begun.sort(Comparator.<Slot>comparingInt(Slot::serving).thenComparingInt(slot -> slot.number));
    begun.forEach(Slot::join);
    begun.forEach(slot -> next.addAll(slot.replicas));
    next.sort(ORDER);
    return List.copyOf(next);
  }

  /** One slot's replicas while they change. */
  private final class Slot {

    private final int number;
    private final List<String> wanted;
    private final long nextTerm;
    private final List<SlotAssignment> replicas;

    Slot(int number, List<String> wanted, List<SlotAssignment> current) {
      this.number = number;
      this.wanted = wanted;
      this.replicas = new ArrayList<>(current);
      this.nextTerm =
          current.stream().mapToLong(SlotAssignment::getTerm).max().orElse(FIRST_TERM - 1) + 1;
    }

    void step() {
      // One that was placed with no name is one that never was.
      replicas.removeIf(each -> each.getNode().isEmpty());
      if (replicas.isEmpty()) {
        wanted.forEach(node -> add(node, ReplicaState.SERVING));
        return;
      }
      replicas.removeIf(
          each -> each.getState() == ReplicaState.JOINING && !wanted.contains(each.getNode()));
      replicas.replaceAll(this::promoted);
      if (isSettled()) {
        replicas.removeIf(each -> !wanted.contains(each.getNode()) && isOver(each));
        replicas.replaceAll(this::dismissed);
      } else {
        replicas.replaceAll(this::calledBack);
      }
      keepTerm();
      for (SlotAssignment each : replicas) {
        if (each.getState() == ReplicaState.JOINING) {
          joining.merge(each.getNode(), 1, Integer::sum);
        }
      }
    }

    /**
     * The slot's term never falls, or a node that is given up and wanted again could not tell the
     * two apart: where the newest goes, one that stays takes its term over.
     */
    private void keepTerm() {
      if (replicas.stream().allMatch(each -> each.getTerm() < nextTerm - 1)) {
        replicas.set(0, replicas.getFirst().toBuilder().setTerm(nextTerm - 1).build());
      }
    }

    private SlotAssignment promoted(SlotAssignment each) {
      boolean ready =
          each.getState() == ReplicaState.JOINING && nodes.isReady(each.getNode(), number);
      boolean back =
          each.getState() == ReplicaState.LEAVING
              && wanted.contains(each.getNode())
              && nodes.isHere(each.getNode());
      return ready || back ? serving(each) : each;
    }

    private boolean isSettled() {
      return wanted.stream()
          .allMatch(
              node ->
                  nodes.isHere(node) && find(node).map(SlotAssignment::getState).equals(SERVES));
    }

    /** A node that is not here drains nothing. */
    private boolean isOver(SlotAssignment each) {
      return !nodes.isHere(each.getNode())
          || (each.getState() == ReplicaState.LEAVING && nodes.isDrained(each.getNode(), number));
    }

    /** Its term stays: whoever does not know yet is still answered. */
    private SlotAssignment dismissed(SlotAssignment each) {
      return wanted.contains(each.getNode())
          ? each
          : each.toBuilder().setState(ReplicaState.LEAVING).build();
    }

    private SlotAssignment calledBack(SlotAssignment each) {
      return each.getState() == ReplicaState.LEAVING && nodes.isHere(each.getNode())
          ? serving(each)
          : each;
    }

    private SlotAssignment serving(SlotAssignment each) {
      return each.toBuilder().setState(ReplicaState.SERVING).setTerm(nextTerm).build();
    }

    /**
     * Whoever is wanted and not there begins to fetch, where it does not fetch too much already.
     */
    void join() {
      for (String node : wanted) {
        if (find(node).isEmpty() && joining.getOrDefault(node, 0) < joinsMax) {
          add(node, ReplicaState.JOINING);
          joining.merge(node, 1, Integer::sum);
        }
      }
    }

    int serving() {
      return (int)
          replicas.stream()
              .filter(
                  each -> each.getState() == ReplicaState.SERVING && nodes.isHere(each.getNode()))
              .count();
    }

    private Optional<SlotAssignment> find(String node) {
      return replicas.stream().filter(each -> each.getNode().equals(node)).findFirst();
    }

    private void add(String node, ReplicaState state) {
      Set<Integer> taken = new HashSet<>();
      replicas.forEach(each -> taken.add(each.getReplica()));
      int free = 0;
      while (taken.contains(free)) {
        free++;
      }
      replicas.add(
          SlotAssignment.newBuilder()
              .setSlot(number)
              .setReplica(free)
              .setNode(node)
              .setTerm(nextTerm)
              .setState(state)
              .build());
    }
  }
}
