package io.likeness.shard.intake;

import io.likeness.wire.HeldSlotState;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The slots this node holds now, and those it is about to. The intake changes it; anybody reads.
 */
public final class HeldSlots {

  private final Map<Integer, HeldSlot> slots = new ConcurrentSkipListMap<>();

  private final Map<Integer, IncomingSlot> incoming = new ConcurrentSkipListMap<>();

  public Optional<HeldSlot> of(int slot) {
    return Optional.ofNullable(slots.get(slot));
  }

  /** In order of their numbers. */
  public Collection<HeldSlot> all() {
    return List.copyOf(slots.values());
  }

  /** Those whose data is on its way. */
  Collection<IncomingSlot> incoming() {
    return List.copyOf(incoming.values());
  }

  public boolean isIncoming(int slot) {
    return incoming.containsKey(slot);
  }

  /** Of all of them. */
  Set<Integer> numbers() {
    Set<Integer> numbers = new TreeSet<>(slots.keySet());
    numbers.addAll(incoming.keySet());
    return numbers;
  }

  /** How far each is, in order of their numbers. */
  public List<HeldSlotState> states() {
    Map<Integer, HeldSlotState> states = new TreeMap<>();
    incoming.values().forEach(slot -> states.put(slot.number(), slot.state()));
    slots.values().forEach(slot -> states.put(slot.number(), slot.state()));
    return List.copyOf(states.values());
  }

  /** The assignment of this slot, if it is one of these, has this term now. */
  void renew(int slot, long term) {
    of(slot).ifPresent(held -> held.renew(term));
    Optional.ofNullable(incoming.get(slot)).ifPresent(coming -> coming.renew(term));
  }

  /** Whether this is what its slot waits for, and nothing newer. */
  boolean isThe(IncomingSlot slot) {
    return incoming.get(slot.number()) == slot;
  }

  void add(IncomingSlot slot) {
    incoming.put(slot.number(), slot);
  }

  void remove(IncomingSlot slot) {
    incoming.remove(slot.number());
  }

  void add(HeldSlot slot) {
    slots.put(slot.number(), slot);
  }

  void remove(HeldSlot slot) {
    slots.remove(slot.number());
  }
}
