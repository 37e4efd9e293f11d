package io.likeness.coordinator.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.coordinator.placement.Placement.Candidate;
import io.likeness.wire.SlotAssignment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {

  @Test
  void placesEverySlotOnceWithTermOne() {
    List<SlotAssignment> placed = Placement.place(List.of(), nodes("a", "b", "c"), 256);

    assertThat(placed)
        .extracting(SlotAssignment::getSlot)
        .containsExactlyElementsOf(IntStream.range(0, 256).boxed().toList());
    assertThat(placed).extracting(SlotAssignment::getTerm).containsOnly(1L);
  }

  @Test
  void givesNoNodeMoreThanItsShareRoundedUp() {
    for (int slots : new int[] {1, 2, 4, 7, 64, 256}) {
      for (int count = 1; count <= 9; count++) {
        List<Candidate> nodes =
            IntStream.range(0, count).mapToObj(i -> new Candidate("shard-" + i, 1)).toList();
        Map<String, Long> load = load(Placement.place(List.of(), nodes, slots));
        assertThat(load.values())
            .as("%s slots on %s nodes", slots, count)
            .allMatch(held -> held <= Math.ceilDiv(slots, nodes.size()));
      }
    }
  }

  @Test
  void givesAHeavyNodeMore() {
    List<Candidate> nodes = List.of(new Candidate("big", 3), new Candidate("small", 1));
    Map<String, Long> load = load(Placement.place(List.of(), nodes, 256));
    assertThat(load.get("big")).isBetween(170L, 192L);
  }

  @Test
  void doesNotDependOnTheOrderOfNames() {
    List<Candidate> nodes = new ArrayList<>(nodes("a", "b", "c", "d", "e"));
    List<SlotAssignment> placed = Placement.place(List.of(), nodes, 64);
    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(nodes, new Random(seed));
      assertThat(Placement.place(List.of(), nodes, 64)).isEqualTo(placed);
    }
  }

  @Test
  void changesNothingThatIsPlacedWhoeverComesOrGoes() {
    List<SlotAssignment> placed = Placement.place(List.of(), nodes("a", "b"), 16);

    assertThat(Placement.place(placed, nodes("a", "b", "c"), 16)).isEqualTo(placed);
    assertThat(Placement.place(placed, nodes("b"), 16)).isEqualTo(placed);
    assertThat(Placement.place(placed, List.of(), 16)).isEqualTo(placed);
  }

  @Test
  void placesOnlyWhatHasNoNodeAndRaisesItsTerm() {
    SlotAssignment kept = assignment(0, "a", 7);
    SlotAssignment released = assignment(1, "", 4);

    List<SlotAssignment> placed = Placement.place(List.of(kept, released), nodes("a", "b"), 3);

    assertThat(placed).hasSize(3).contains(kept);
    assertThat(placed.get(1).getNode()).isNotEmpty();
    assertThat(placed.get(1).getTerm()).isEqualTo(5);
    assertThat(placed.get(2).getTerm()).isEqualTo(1);
  }

  @Test
  void aNewNodeTakesWhatIsLeftUntilItsShareIsFull() {
    List<SlotAssignment> half = Placement.place(List.of(), nodes("a"), 8).subList(0, 4);

    List<SlotAssignment> placed = Placement.place(half, nodes("a", "b"), 8);

    assertThat(load(placed)).containsEntry("a", 4L).containsEntry("b", 4L);
  }

  @Test
  void doesNothingWhereNobodyIsThere() {
    assertThat(Placement.place(List.of(), List.of(), 4)).isEmpty();
  }

  private static List<Candidate> nodes(String... names) {
    return java.util.Arrays.stream(names).map(name -> new Candidate(name, 1)).toList();
  }

  private static SlotAssignment assignment(int slot, String node, long term) {
    return SlotAssignment.newBuilder().setSlot(slot).setNode(node).setTerm(term).build();
  }

  private static Map<String, Long> load(List<SlotAssignment> placed) {
    return placed.stream()
        .collect(Collectors.groupingBy(SlotAssignment::getNode, Collectors.counting()));
  }
}
