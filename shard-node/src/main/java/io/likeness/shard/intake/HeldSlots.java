package io.likeness.shard.intake;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** The slots this node holds now. The intake changes it; anybody reads. */
public final class HeldSlots {

  private final Map<Integer, HeldSlot> slots = new ConcurrentSkipListMap<>();

  public Optional<HeldSlot> of(int slot) {
    return Optional.ofNullable(slots.get(slot));
  }

  /** In order of their numbers. */
  public Collection<HeldSlot> all() {
    return List.copyOf(slots.values());
  }

  void add(HeldSlot slot) {
    slots.put(slot.number(), slot);
  }

  void remove(HeldSlot slot) {
    slots.remove(slot.number());
  }
}
