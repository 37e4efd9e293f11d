package io.likeness.proto.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.wire.GrowthStage;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.SlotForward;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GrowthTest {

  private static final InstanceRecord TWO =
      InstanceRecord.newBuilder().setUid("life-1").addSlots(7).addSlots(3).build();

  /** Every record from before the growth until after it. */
  private static List<InstanceRecord> way(InstanceRecord from, List<Integer> more) {
    List<InstanceRecord> way = new ArrayList<>(List.of(from));
    way.add(Growth.begin(from, more, 99));
    way.add(Growth.forward(way.getLast(), ends(from.getSlotsList(), 100)));
    for (int slot : from.getSlotsList()) {
      SlotForward mine = Growth.toForward(way.getLast(), slot).orElseThrow();
      way.add(Growth.forwarded(way.getLast(), mine.toBuilder().setImages(5).setAfter("c").build()));
      way.add(Growth.forwarded(way.getLast(), mine.toBuilder().setImages(9).setDone(true).build()));
    }
    way.add(Growth.ask(way.getLast(), ends(more, 40)));
    way.add(Growth.settle(way.getLast()));
    return way;
  }

  private static Map<Integer, Long> ends(List<Integer> slots, long first) {
    Map<Integer, Long> ends = new HashMap<>();
    slots.forEach(slot -> ends.put(slot, first + slot));
    return ends;
  }

  private static int asked(InstanceRecord instance, String id) {
    List<Integer> slots =
        instance.getSlotsList().stream()
            .filter(slot -> Growth.asked(instance, slot).orElseThrow().holds(id))
            .toList();
    assertThat(slots).as("image %s is asked for once", id).hasSize(1);
    return slots.getFirst();
  }

  /** Workers, shards and searches may each be a step behind or ahead of one another. */
  @Test
  void atEveryStepWhoIsAskedForAnImageHasBeenToldAndKeepsIt() {
    List<InstanceRecord> way = way(TWO, List.of(9, 1, 4, 0, 2, 5));
    for (int i = 0; i < 1_000; i++) {
      String id = "image-" + i;
      for (int at = 0; at < way.size(); at++) {
        InstanceRecord searcher = way.get(at);
        int slot = asked(searcher, id);
        assertThat(Growth.writtenTo(searcher, id)).contains(slot);
        if (at + 1 < way.size()) {
          assertThat(Growth.writtenTo(way.get(at + 1), id)).as("a worker ahead").contains(slot);
        }
        if (at > 1) {
          assertThat(Growth.writtenTo(way.get(at - 1), id)).as("a worker behind").contains(slot);
        }
        for (InstanceRecord shard : way) {
          boolean answers = Growth.suffices(shard, searcher.getSlotsCount());
          boolean keeps = Growth.kept(shard, slot).map(share -> share.holds(id)).orElse(true);
          assertThat(!answers || keeps).as("%s is kept or refused", id).isTrue();
        }
      }
    }
  }

  @Test
  void everyImageThatMovesIsForwardedByTheOneSlotThatHasIt() {
    InstanceRecord growing = way(TWO, List.of(9, 1)).get(2);
    for (int i = 0; i < 1_000; i++) {
      String id = "image-" + i;
      int now = Slots.slotOf(growing.getSlotsList(), id);
      int then = Slots.slotOf(growing.getGrowth().getSlotsList(), id);
      for (int slot : List.of(7, 3)) {
        assertThat(Growth.movesTo(growing, slot, id).isPresent())
            .isEqualTo(slot == now && now != then);
      }
      assertThat(new HashSet<>(List.of(now, then))).isEqualTo(Growth.writtenTo(growing, id));
    }
  }

  @Test
  void asksNewSlotsOnlyOfReplicasThatShowWhatWasForwarded() {
    List<InstanceRecord> way = way(TWO, List.of(9, 1));
    InstanceRecord four = way.getLast();
    assertThat(four.getSlotsList()).containsExactly(7, 3, 9, 1);
    assertThat(Growth.shownFrom(four, 7)).isZero();
    assertThat(Growth.shownFrom(four, 9)).isEqualTo(49);
    InstanceRecord eight = way(four, List.of(0, 2, 4, 5)).getLast();
    assertThat(eight.getSlotsCount()).isEqualTo(8);
    assertThat(Growth.shownFrom(eight, 9)).isEqualTo(49);
    assertThat(Growth.shownFrom(eight, 2)).isEqualTo(42);
    assertThat(Growth.shownFrom(Growth.inAnotherLog(eight), 2)).isZero();
  }

  @Test
  void doesNothingOutOfTurn() {
    InstanceRecord begun = Growth.begin(TWO, List.of(9, 1), 1);
    InstanceRecord forwarding = Growth.forward(begun, ends(TWO.getSlotsList(), 100));
    assertThat(Growth.begin(begun, List.of(0, 2), 2)).isEqualTo(begun);
    assertThat(Growth.forward(TWO, Map.of())).isEqualTo(TWO);
    assertThat(Growth.forward(forwarding, ends(TWO.getSlotsList(), 500))).isEqualTo(forwarding);
    assertThat(Growth.ask(begun, ends(List.of(9, 1), 0))).isEqualTo(begun);
    assertThat(Growth.ask(forwarding, ends(List.of(9, 1), 0))).isEqualTo(forwarding);
    assertThat(Growth.settle(forwarding)).isEqualTo(forwarding);
    SlotForward far = SlotForward.newBuilder().setSlot(7).setFrom(107).setImages(50).build();
    InstanceRecord come = Growth.forwarded(forwarding, far);
    assertThat(Growth.toForward(come, 7)).contains(far);
    assertThat(Growth.forwarded(come, far.toBuilder().setImages(20).setDone(true).build()))
        .as("one who fell behind")
        .isEqualTo(come);
    assertThat(Growth.forwarded(come, far.toBuilder().setFrom(3).setDone(true).build()))
        .as("one of an earlier attempt")
        .isEqualTo(come);
  }

  @Test
  void isGivenUpUntilTheNewSlotsAreAskedAndNotAfter() {
    List<InstanceRecord> way = way(TWO, List.of(9, 1));
    for (InstanceRecord each : way) {
      InstanceRecord without = Growth.abandon(each);
      if (each.getSlotsCount() == 2) {
        assertThat(without).isEqualTo(TWO);
        assertThat(Growth.concerns(without, 9)).isFalse();
      } else {
        assertThat(without).isEqualTo(each);
        assertThat(Growth.concerns(without, 9)).isTrue();
      }
    }
    assertThat(Growth.isAt(way.get(way.size() - 2), GrowthStage.ASKING_NEW)).isTrue();
  }

  @Test
  void hasAPowerOfTwoOfSlotsEachOnce() {
    for (List<Integer> more :
        List.of(List.<Integer>of(), List.of(9), List.of(9, 9), List.of(7, 9))) {
      assertThatThrownBy(() -> Growth.begin(TWO, more, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("power of two");
    }
  }
}
