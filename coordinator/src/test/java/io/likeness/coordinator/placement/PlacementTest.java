package io.likeness.coordinator.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.coordinator.placement.Placement.Candidate;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlacementTest {

  @Test
  void givesEverySlotAsManyNodesAsReplicasAreWanted() {
    List<List<String>> placed = Placement.place(List.of(), nodes("a", "b", "c"), 256, 2);

    assertThat(placed).hasSize(256).allMatch(nodes -> new HashSet<>(nodes).size() == 2);
  }

  @Test
  void givesFewerReplicasWhereThereAreFewerNodes() {
    assertThat(Placement.place(List.of(), nodes("a", "b"), 4, 3))
        .allMatch(nodes -> nodes.size() == 2);
    assertThat(Placement.place(List.of(), List.of(), 4, 3)).hasSize(4).allMatch(List::isEmpty);
  }

  @Test
  void givesEachNodeItsShareRoundedDownOrUp() {
    for (int slots : new int[] {1, 2, 4, 7, 64, 256}) {
      for (int count = 1; count <= 9; count++) {
        for (int replicas = 1; replicas <= 3; replicas++) {
          List<Candidate> nodes =
              IntStream.range(0, count).mapToObj(i -> node("shard-" + i, "")).toList();
          Map<String, Long> load = load(Placement.place(List.of(), nodes, slots, replicas));
          int all = slots * Math.min(replicas, count);
          long least = all / count;
          long most = Math.ceilDiv(all, count);
          assertThat(nodes)
              .as("%s slots on %s nodes, %s replicas", slots, count, replicas)
              .extracting(node -> load.getOrDefault(node.name(), 0L))
              .allMatch(held -> held == least || held == most);
        }
      }
    }
  }

  @Test
  void givesAHeavyNodeMore() {
    List<Candidate> nodes =
        List.of(new Candidate("big", "", 3, true), new Candidate("small", "", 1, true));

    Map<String, Long> load = load(Placement.place(List.of(), nodes, 256, 1));

    assertThat(load).containsEntry("big", 192L).containsEntry("small", 64L);
  }

  @Test
  void doesNotDependOnTheOrderOfNames() {
    List<Candidate> nodes = new ArrayList<>(nodes("a", "b", "c", "d", "e"));
    List<List<String>> placed = Placement.place(List.of(), nodes, 64, 2);
    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(nodes, new Random(seed));
      assertThat(Placement.place(List.of(), nodes, 64, 2)).isEqualTo(placed);
    }
  }

  @Test
  void changesNothingThatIsPlaced() {
    List<Candidate> nodes = nodes("a", "b", "c");
    List<SlotAssignment> held = held(Placement.place(List.of(), nodes, 16, 2));

    assertThat(names(Placement.place(held, nodes, 16, 2))).isEqualTo(names(held));
  }

  @Test
  void movesNoMoreThanANewNodesShare() {
    for (int count = 2; count <= 8; count++) {
      List<Candidate> nodes =
          new ArrayList<>(IntStream.range(0, count).mapToObj(i -> node("shard-" + i, "")).toList());
      List<SlotAssignment> held = held(Placement.place(List.of(), nodes, 256, 2));
      nodes.add(node("new", ""));

      List<List<String>> placed = Placement.place(held, nodes, 256, 2);

      long share = Math.ceilDiv(512, count + 1);
      assertThat(moved(held, placed)).isLessThanOrEqualTo((int) share);
      assertThat(load(placed).get("new")).isBetween(share - 1, share);
    }
  }

  @Test
  void movesOnlyWhatAGoneNodeHeld() {
    List<SlotAssignment> held = held(Placement.place(List.of(), nodes("a", "b", "c", "d"), 64, 2));

    List<List<String>> placed = Placement.place(held, nodes("a", "b", "c"), 64, 2);

    int lost = (int) held.stream().filter(each -> each.getNode().equals("d")).count();
    assertThat(moved(held, placed)).isBetween(lost, lost + 2);
    assertThat(placed).allMatch(nodes -> !nodes.contains("d") && nodes.size() == 2);
  }

  @Test
  void takesNothingFromAndGivesNothingToANodeThatIsAwayForAMoment() {
    List<SlotAssignment> held = held(Placement.place(List.of(), nodes("a", "b", "c"), 12, 2));
    List<Candidate> nodes = List.of(node("a", ""), node("b", ""), new Candidate("c", "", 1, false));

    assertThat(names(Placement.place(held, nodes, 12, 2))).isEqualTo(names(held));
    assertThat(Placement.place(List.of(), nodes, 12, 1))
        .allMatch(holders -> !holders.contains("c"));
  }

  @Test
  void neverPutsTwoReplicasInAZoneWhileAnotherHasRoom() {
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      int zones = 1 + random.nextInt(4);
      int count = zones + random.nextInt(6);
      List<Candidate> nodes = new ArrayList<>();
      for (int n = 0; n < count; n++) {
        nodes.add(node("n" + n, "z" + (n < zones ? n : random.nextInt(zones))));
      }
      int replicas = 1 + random.nextInt(3);
      List<List<String>> placed = Placement.place(List.of(), nodes, 32, replicas);
      Map<String, String> zoneOf =
          nodes.stream().collect(Collectors.toMap(Candidate::name, Candidate::zone));
      for (List<String> holders : placed) {
        long different = holders.stream().map(zoneOf::get).distinct().count();
        assertThat(different)
            .as("%s of %s with %s replicas", holders, nodes, replicas)
            .isEqualTo(Math.min(holders.size(), zones));
      }
    }
  }

  @Test
  void leavesAZoneThatHoldsBothReplicasOnceAnotherZoneIsThere() {
    List<Candidate> one = List.of(node("a", "z1"), node("b", "z1"));
    List<SlotAssignment> held = held(Placement.place(List.of(), one, 8, 2));

    List<List<String>> placed =
        Placement.place(held, List.of(node("a", "z1"), node("b", "z1"), node("c", "z2")), 8, 2);

    assertThat(placed).allMatch(nodes -> nodes.contains("c") && nodes.size() == 2);
  }

  @Test
  void aSlotWithTooManyReplicasKeepsThoseOfDifferentZonesAndLeastLoad() {
    List<SlotAssignment> held = held(List.of(List.of("a", "b", "c"), List.of("a", "b")));
    List<Candidate> nodes = List.of(node("a", "z1"), node("b", "z2"), node("c", "z1"));

    assertThat(Placement.place(held, nodes, 2, 2))
        .allMatch(holders -> holders.contains("b") && holders.size() == 2);
  }

  static List<Candidate> nodes(String... names) {
    return Arrays.stream(names).map(name -> node(name, "")).toList();
  }

  private static Candidate node(String name, String zone) {
    return new Candidate(name, zone, 1, true);
  }

  static List<SlotAssignment> held(List<List<String>> placed) {
    List<SlotAssignment> held = new ArrayList<>();
    for (int slot = 0; slot < placed.size(); slot++) {
      for (int replica = 0; replica < placed.get(slot).size(); replica++) {
        held.add(
            SlotAssignment.newBuilder()
                .setSlot(slot)
                .setReplica(replica)
                .setNode(placed.get(slot).get(replica))
                .setTerm(1)
                .setState(ReplicaState.SERVING)
                .build());
      }
    }
    return held;
  }

  private static List<List<String>> names(Collection<?> placed) {
    if (placed.stream().allMatch(List.class::isInstance)) {
      return placed.stream()
          .map(nodes -> ((List<?>) nodes).stream().map(String::valueOf).sorted().toList())
          .toList();
    }
    Map<Integer, List<String>> bySlot =
        placed.stream()
            .map(SlotAssignment.class::cast)
            .collect(
                Collectors.groupingBy(
                    SlotAssignment::getSlot,
                    Collectors.mapping(SlotAssignment::getNode, Collectors.toList())));
    return bySlot.values().stream().map(nodes -> nodes.stream().sorted().toList()).toList();
  }

  private static int moved(List<SlotAssignment> held, List<List<String>> placed) {
    int moved = 0;
    for (int slot = 0; slot < placed.size(); slot++) {
      int number = slot;
      for (String node : placed.get(slot)) {
        boolean stays =
            held.stream().anyMatch(each -> each.getSlot() == number && each.getNode().equals(node));
        moved += stays ? 0 : 1;
      }
    }
    return moved;
  }

  private static Map<String, Long> load(List<List<String>> placed) {
    return placed.stream()
        .flatMap(List::stream)
        .collect(Collectors.groupingBy(node -> node, Collectors.counting()));
  }
}
