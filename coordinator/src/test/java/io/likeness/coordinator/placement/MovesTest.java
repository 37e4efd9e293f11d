package io.likeness.coordinator.placement;

import static io.likeness.coordinator.placement.PlacementTest.held;
import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.coordinator.placement.Placement.Candidate;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MovesTest {

  /** Nodes of which all that is needed can be said; ready and drained at once. */
  private static final class Known implements Moves.Nodes {

    private final Set<String> here = new TreeSet<>();
    private boolean ready = true;
    private boolean drained = true;

    Known(String... here) {
      this.here.addAll(Arrays.asList(here));
    }

    @Override
    public boolean isHere(String node) {
      return here.contains(node);
    }

    @Override
    public boolean isReady(String node, int slot) {
      return ready && isHere(node);
    }

    @Override
    public boolean isDrained(String node, int slot) {
      return drained;
    }
  }

  private static List<SlotAssignment> step(
      List<SlotAssignment> now, Known known, String... wanted) {
    return Moves.next(now, List.of(List.of(wanted)), known, 2);
  }

  private static Map<String, ReplicaState> states(List<SlotAssignment> now) {
    return now.stream()
        .collect(Collectors.toMap(SlotAssignment::getNode, SlotAssignment::getState));
  }

  @Test
  void anEmptySlotIsServedAtOnceInTermOne() {
    List<SlotAssignment> placed = step(List.of(), new Known("a", "b"), "a", "b");

    assertThat(placed).extracting(SlotAssignment::getNode).containsExactly("a", "b");
    assertThat(placed).extracting(SlotAssignment::getReplica).containsExactly(0, 1);
    assertThat(placed).allMatch(each -> each.getTerm() == 1);
    assertThat(placed).allMatch(each -> each.getState() == ReplicaState.SERVING);
  }

  @Test
  void aMoveJoinsServesDismissesAndReleases() {
    Known known = new Known("a", "b");
    known.ready = false;
    known.drained = false;
    List<SlotAssignment> now = held(List.of(List.of("a")));

    now = step(now, known, "b");
    assertThat(states(now))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("a", ReplicaState.SERVING, "b", ReplicaState.JOINING));
    assertThat(step(now, known, "b")).isEqualTo(now);

    known.ready = true;
    now = step(now, known, "b");
    assertThat(states(now))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("a", ReplicaState.LEAVING, "b", ReplicaState.SERVING));
    assertThat(now).extracting(SlotAssignment::getTerm).containsExactly(1L, 3L);
    assertThat(step(now, known, "b")).isEqualTo(now);

    known.drained = true;
    now = step(now, known, "b");
    assertThat(states(now)).containsExactlyEntriesOf(Map.of("b", ReplicaState.SERVING));
  }

  @Test
  void aTargetThatIsNotWantedAnyMoreIsForgotten() {
    Known known = new Known("a", "b", "c");
    known.ready = false;
    List<SlotAssignment> now = step(held(List.of(List.of("a"))), known, "b");

    assertThat(states(step(now, known, "a")))
        .containsExactlyEntriesOf(Map.of("a", ReplicaState.SERVING));
    assertThat(states(step(now, known, "c")))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("a", ReplicaState.SERVING, "c", ReplicaState.JOINING));
  }

  @Test
  void theOneWhoLeavesIsCalledBackWhenItsSuccessorDies() {
    Known known = new Known("a", "b");
    known.drained = false;
    List<SlotAssignment> now = step(held(List.of(List.of("a"))), known, "b");
    now = step(now, known, "b");
    assertThat(states(now)).containsEntry("a", ReplicaState.LEAVING);
    known.here.remove("b");

    now = step(now, known, "b");

    assertThat(states(now)).containsEntry("a", ReplicaState.SERVING);
  }

  @Test
  void aGoneNodeIsLetGoOnlyWhenItsSuccessorServes() {
    Known known = new Known("b", "c");
    known.ready = false;
    List<SlotAssignment> now = step(held(List.of(List.of("a", "b"))), known, "b", "c");
    assertThat(states(now)).containsOnlyKeys("a", "b", "c");

    known.ready = true;
    now = step(now, known, "b", "c");

    assertThat(states(now))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("b", ReplicaState.SERVING, "c", ReplicaState.SERVING));
  }

  @Test
  void aNodeFetchesFewSlotsAtATimeAndThoseInDangerFirst() {
    Known known = new Known("b", "c");
    known.ready = false;
    List<SlotAssignment> now =
        held(List.of(List.of("b"), List.of("b"), List.of("b"), List.of("a")));

    now =
        Moves.next(
            now,
            List.of(List.of("b", "c"), List.of("b", "c"), List.of("b", "c"), List.of("c")),
            known,
            2);

    assertThat(now)
        .filteredOn(each -> each.getState() == ReplicaState.JOINING)
        .extracting(SlotAssignment::getSlot)
        .containsExactly(0, 3);
  }

  @Test
  void whereNobodyIsWantedNothingChanges() {
    List<SlotAssignment> now = held(List.of(List.of("a", "b")));

    assertThat(Moves.next(now, List.of(List.of()), new Known(), 2)).isEqualTo(now);
  }

  /** Whatever comes, goes and fails meanwhile. */
  @Test
  void noSlotIsEverWithoutAReplicaThatHasItAndAllEndsAsWanted() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      World world = new World(random);
      for (int i = 0; i < 60; i++) {
        world.disturb();
        world.step();
      }
      world.calm();
      for (int i = 0; i < 400 && world.step(); i++) {}
      world.assertSettled("seed " + seed);
    }
  }

  /** A cluster in which whoever was made to serve without having the data is found out. */
  private static final class World implements Moves.Nodes {

    private static final int SLOTS = 8;
    private static final int REPLICAS = 2;

    private record Held(String node, int slot) {}

    private final Random random;
    private final Set<String> here = new TreeSet<>(Set.of("n0", "n1", "n2"));
    private final Set<String> gone = new HashSet<>();
    private final Set<String> draining = new HashSet<>();
    private final Set<Held> fetched = new HashSet<>();
    private final Map<Integer, Long> terms = new HashMap<>();
    private List<SlotAssignment> now = List.of();
    private boolean calm;

    World(Random random) {
      this.random = random;
      step();
      now.forEach(each -> fetched.add(new Held(each.getNode(), each.getSlot())));
    }

    void disturb() {
      String node = "n" + random.nextInt(5);
      switch (random.nextInt(6)) {
        case 0 -> {
          if (here.size() > 2) {
            here.remove(node);
          }
        }
        case 1, 2 -> {
          here.add(node);
          gone.remove(node);
        }
        case 3 -> {
          if (!here.contains(node)) {
            gone.add(node);
          }
        }
        case 4 -> {
          if (draining.isEmpty()) {
            draining.add(node);
          }
        }
        default -> draining.clear();
      }
    }

    void calm() {
      calm = true;
      draining.clear();
    }

    boolean step() {
      List<Candidate> candidates = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        String name = "n" + i;
        boolean known = here.contains(name) || (wasSeen(name) && !gone.contains(name));
        if (known && !draining.contains(name) && (!calm || here.contains(name))) {
          candidates.add(new Candidate(name, "", 1, here.contains(name)));
        }
      }
      List<SlotAssignment> next =
          Moves.next(now, Placement.place(now, candidates, SLOTS, REPLICAS), this, 2);
      check(next);
      boolean changed = !next.equals(now);
      now = next;
      fetched.removeIf(
          held ->
              now.stream()
                  .noneMatch(
                      each -> each.getSlot() == held.slot && each.getNode().equals(held.node)));
      return changed || now.stream().anyMatch(each -> each.getState() != ReplicaState.SERVING);
    }

    private boolean wasSeen(String name) {
      return now.stream().anyMatch(each -> each.getNode().equals(name));
    }

    private void check(List<SlotAssignment> next) {
      if (now.isEmpty()) {
        return;
      }
      for (int slot = 0; slot < SLOTS; slot++) {
        int number = slot;
        List<SlotAssignment> replicas =
            next.stream().filter(each -> each.getSlot() == number).toList();
        assertThat(replicas)
            .as("someone serves slot %s", slot)
            .anyMatch(
                each ->
                    each.getState() == ReplicaState.SERVING
                        && fetched.contains(new Held(each.getNode(), number)));
        assertThat(replicas).extracting(SlotAssignment::getNode).doesNotHaveDuplicates();
        assertThat(replicas).extracting(SlotAssignment::getReplica).doesNotHaveDuplicates();
        long newest = replicas.stream().mapToLong(SlotAssignment::getTerm).max().orElseThrow();
        assertThat(newest).isGreaterThanOrEqualTo(terms.getOrDefault(slot, 0L));
        terms.put(slot, newest);
      }
    }

    void assertSettled(String name) {
      for (int slot = 0; slot < SLOTS; slot++) {
        int number = slot;
        assertThat(now)
            .as(name)
            .filteredOn(each -> each.getSlot() == number)
            .hasSize(REPLICAS)
            .allMatch(each -> each.getState() == ReplicaState.SERVING)
            .allMatch(each -> here.contains(each.getNode()));
      }
    }

    @Override
    public boolean isHere(String node) {
      return here.contains(node);
    }

    @Override
    public boolean isReady(String node, int slot) {
      boolean ready = here.contains(node) && (calm || random.nextInt(3) == 0);
      if (ready) {
        fetched.add(new Held(node, slot));
      }
      return ready;
    }

    @Override
    public boolean isDrained(String node, int slot) {
      return calm || random.nextBoolean();
    }
  }
}
