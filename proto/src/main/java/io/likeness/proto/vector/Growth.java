package io.likeness.proto.vector;

import io.likeness.wire.GrowthStage;
import io.likeness.wire.InstanceGrowth;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.SlotForward;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * How an instance gets more slots while it is written and searched. The slots it has stay in their
 * places and new ones come behind them, so an image either stays or moves to a new one.
 *
 * <pre>
 *  (none)       searches ask the slots it has, workers write to them
 *    | begin
 * WRITING_BOTH  workers write what concerns a moved image to its old and its new slot
 *    | forward  once every event of before has been worked: from here on both get everything
 * FORWARDING    the old slots' shards put what they hold of moved images into the new slots' logs
 *    | ask      once they are done; the new slots' replicas answer once they show all of it
 * ASKING_NEW    searches ask all slots, each for its share; workers still write to both
 *    | settle   once everybody may be expected to know
 *  (none)       workers write to the new slot alone; the old one's shards drop what moved
 * </pre>
 *
 * <p>{@code abandon} leads from the first two back to where it began. Each step is made on the
 * record as it is in {@code meta}, under the topic's fence, and does nothing where the record is
 * elsewhere; so anybody may make it, twice or late.
 */
public final class Growth {

  private Growth() {}

  // ---- What it means for others ----

  /** The slots that are told what happens to this image. */
  public static Set<Integer> writtenTo(InstanceRecord instance, String imageId) {
    Set<Integer> slots = new LinkedHashSet<>();
    slots.add(Slots.slotOf(instance.getSlotsList(), imageId));
    if (instance.hasGrowth()) {
      InstanceGrowth growth = instance.getGrowth();
      slots.add(Slots.slotOf(growth.getSlotsList().subList(0, growth.getBefore()), imageId));
      slots.add(Slots.slotOf(growth.getSlotsList(), imageId));
    }
    return slots;
  }

  /** What a search asks this slot for; empty where it is none of the instance's. */
  public static Optional<Share> asked(InstanceRecord instance, int slot) {
    int index = instance.getSlotsList().indexOf(slot);
    return index < 0 ? Optional.empty() : Optional.of(new Share(index, instance.getSlotsCount()));
  }

  /** What an answer of this slot must rest on at least. */
  public static long shownFrom(InstanceRecord instance, int slot) {
    int index = instance.getSlotsList().indexOf(slot);
    return index < 0 || index >= instance.getShownFromCount() ? 0 : instance.getShownFrom(index);
  }

  /** What this slot must hold; the rest may go. Empty where it is none of the instance's. */
  public static Optional<Share> kept(InstanceRecord instance, int slot) {
    int count = countKept(instance);
    int index = instance.getSlotsList().indexOf(slot);
    if (index < 0) {
      return Optional.empty();
    }
    return Optional.of(new Share(index, index < count ? count : instance.getSlotsCount()));
  }

  /** Whether this slot holds, or is about to hold, something of the instance. */
  public static boolean concerns(InstanceRecord instance, int slot) {
    return instance.getSlotsList().contains(slot)
        || instance.getGrowth().getSlotsList().contains(slot);
  }

  /** Whether somebody who takes the instance for one with so many slots still hears everything. */
  public static boolean suffices(InstanceRecord instance, int slotCount) {
    return slotCount >= countKept(instance);
  }

  private static int countKept(InstanceRecord instance) {
    return instance.hasGrowth() ? instance.getGrowth().getBefore() : instance.getSlotsCount();
  }

  /** What this slot's shard has to forward, where it is its turn. */
  public static Optional<SlotForward> toForward(InstanceRecord instance, int slot) {
    return isAt(instance, GrowthStage.FORWARDING)
        ? instance.getGrowth().getForwardsList().stream()
            .filter(each -> each.getSlot() == slot && !each.getDone())
            .findFirst()
        : Optional.empty();
  }

  /** The new slot of an image this slot holds; empty where it stays. */
  public static Optional<Integer> movesTo(InstanceRecord instance, int slot, String imageId) {
    InstanceGrowth growth = instance.getGrowth();
    boolean isOurs =
        Slots.slotOf(growth.getSlotsList().subList(0, growth.getBefore()), imageId) == slot;
    int next = Slots.slotOf(growth.getSlotsList(), imageId);
    return isOurs && next != slot ? Optional.of(next) : Optional.empty();
  }

  /** The slots it did not have. */
  public static List<Integer> fresh(InstanceGrowth growth) {
    return growth.getSlotsList().subList(growth.getBefore(), growth.getSlotsCount());
  }

  // ---- Steps ----

  /** {@code more}: slots that come behind those it has, so that they are a power of two. */
  public static InstanceRecord begin(InstanceRecord instance, List<Integer> more, long now) {
    if (instance.hasGrowth()) {
      return instance;
    }
    Set<Integer> all = new LinkedHashSet<>(instance.getSlotsList());
    all.addAll(more);
    if (more.isEmpty()
        || all.size() != instance.getSlotsCount() + more.size()
        || Integer.bitCount(all.size()) != 1) {
      throw new IllegalArgumentException(
          instance.getSlotsList() + " and " + more + " are not a power of two of slots");
    }
    return instance.toBuilder()
        .setGrowth(
            InstanceGrowth.newBuilder()
                .addAllSlots(all)
                .setBefore(instance.getSlotsCount())
                .setStage(GrowthStage.WRITING_BOTH)
                .setBegunAtMillis(now))
        .build();
  }

  /** {@code ends}: of the old slots' logs, once what was written to them alone is there. */
  public static InstanceRecord forward(InstanceRecord instance, Map<Integer, Long> ends) {
    if (!isAt(instance, GrowthStage.WRITING_BOTH)) {
      return instance;
    }
    List<SlotForward> forwards = new ArrayList<>();
    for (int slot : instance.getSlotsList()) {
      Long end = ends.get(slot);
      if (end == null) {
        throw new IllegalArgumentException("the end of slot " + slot + " is not known");
      }
      forwards.add(SlotForward.newBuilder().setSlot(slot).setFrom(end).build());
    }
    return with(
        instance,
        growth -> growth.setStage(GrowthStage.FORWARDING).clearForwards().addAllForwards(forwards));
  }

  /** A slot's shard has come further; what is behind of what is known counts no more. */
  public static InstanceRecord forwarded(InstanceRecord instance, SlotForward news) {
    Optional<SlotForward> known = toForward(instance, news.getSlot());
    if (known.isEmpty()
        || known.get().getFrom() != news.getFrom()
        || known.get().getImages() > news.getImages()) {
      return instance;
    }
    List<SlotForward> forwards = new ArrayList<>(instance.getGrowth().getForwardsList());
    forwards.set(forwards.indexOf(known.get()), news);
    return with(instance, growth -> growth.clearForwards().addAllForwards(forwards));
  }

  public static boolean isForwarded(InstanceRecord instance) {
    return isAt(instance, GrowthStage.FORWARDING)
        && instance.getGrowth().getForwardsList().stream().allMatch(SlotForward::getDone);
  }

  /** {@code ends}: of the new slots' logs, once all has been forwarded. */
  public static InstanceRecord ask(InstanceRecord instance, Map<Integer, Long> ends) {
    if (!isForwarded(instance)) {
      return instance;
    }
    InstanceGrowth growth = instance.getGrowth();
    List<Long> shownFrom = new ArrayList<>();
    for (int slot : instance.getSlotsList()) {
      shownFrom.add(shownFrom(instance, slot));
    }
    for (int slot : fresh(growth)) {
      Long end = ends.get(slot);
      if (end == null) {
        throw new IllegalArgumentException("the end of slot " + slot + " is not known");
      }
      shownFrom.add(end);
    }
    return instance.toBuilder()
        .clearSlots()
        .addAllSlots(growth.getSlotsList())
        .clearShownFrom()
        .addAllShownFrom(shownFrom)
        .setGrowth(growth.toBuilder().setStage(GrowthStage.ASKING_NEW))
        .build();
  }

  public static InstanceRecord settle(InstanceRecord instance) {
    return isAt(instance, GrowthStage.ASKING_NEW)
        ? instance.toBuilder().clearGrowth().build()
        : instance;
  }

  /** Nothing happens where searches ask the new slots already. */
  public static InstanceRecord abandon(InstanceRecord instance) {
    return isAt(instance, GrowthStage.ASKING_NEW)
        ? instance
        : instance.toBuilder().clearGrowth().build();
  }

  /**
   * As a backup leaves it in another cluster, whose log has other offsets: what asks the new slots
   * does so, what does not begins anew where it is wanted.
   */
  public static InstanceRecord inAnotherLog(InstanceRecord instance) {
    return instance.toBuilder().clearGrowth().clearShownFrom().build();
  }

  public static boolean isAt(InstanceRecord instance, GrowthStage stage) {
    return instance.hasGrowth() && instance.getGrowth().getStage() == stage;
  }

  private static InstanceRecord with(
      InstanceRecord instance, UnaryOperator<InstanceGrowth.Builder> change) {
    return instance.toBuilder().setGrowth(change.apply(instance.getGrowth().toBuilder())).build();
  }
}
