package io.likeness.coordinator.placement;

import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * Which nodes shall hold which slot. What is held stays where it is as long as that is fair; what
 * is missing goes to the best node by weighted rendezvous hashing, so that every coordinator comes
 * to the same result from the same names.
 *
 * <p>Hashing alone is fair only for very many slots; with few, one node may get none. So each node
 * has a quota by its weight, and holds it rounded down or up. Two replicas of a slot are never on a
 * node, and in a zone only where there are fewer zones than replicas.
 *
 * <p>A node that has just gone keeps its slots, as it may be back soon, and gets no others.
 */
final class Placement {

  /**
   * A node that may hold slots; one of weight 2 takes twice as many as one of 1.
   *
   * @param here it is in the cluster now
   */
  record Candidate(String name, String zone, double weight, boolean here) {

    Candidate {
      if (!(weight > 0) || Double.isInfinite(weight)) {
        throw new IllegalArgumentException("node " + name + " has weight " + weight);
      }
    }
  }

  private static final double ROUNDING = 1e-9;

  private final int slots;
  private final int replicas;
  private final List<Candidate> candidates;
  private final Map<String, Candidate> byName = new HashMap<>();
  private final int perZone;
  private final Map<String, Double> quotas = new HashMap<>();
  private final Map<String, Integer> load = new HashMap<>();
  private final List<List<Candidate>> holders = new ArrayList<>();

  private Placement(List<Candidate> candidates, int slots, int replicas) {
    this.slots = slots;
    this.candidates = candidates.stream().sorted(Comparator.comparing(Candidate::name)).toList();
    this.replicas = Math.min(replicas, candidates.size());
    candidates.forEach(each -> byName.put(each.name(), each));
    this.perZone = perZone();
    shareOut();
  }

  /**
   * The names of the nodes that shall hold each slot: as many as replicas are wanted, or as nodes
   * are there.
   *
   * @param current as they are; whoever leaves holds nothing
   * @param slots how many slots the cluster has
   */
  static List<List<String>> place(
      List<SlotAssignment> current, List<Candidate> candidates, int slots, int replicas) {
    Placement placement = new Placement(candidates, slots, replicas);
    placement.keep(current);
    if (!candidates.isEmpty()) {
      placement.shed();
      placement.fill();
      placement.spread();
      placement.level();
    }
    return placement.holders.stream()
        .map(nodes -> nodes.stream().map(Candidate::name).toList())
        .toList();
  }

  // ---- Shares ----

  /** How many replicas of a slot a zone must take, so that all find a place. */
  private int perZone() {
    Map<String, Integer> nodes = new HashMap<>();
    candidates.forEach(each -> nodes.merge(each.zone(), 1, Integer::sum));
    for (int most = 1; ; most++) {
      int room = 0;
      for (int count : nodes.values()) {
        room += Math.min(most, count);
      }
      if (room >= replicas) {
        return most;
      }
    }
  }

  /** Zones first, as one that is small may not be able to take its share; then nodes in them. */
  private void shareOut() {
    Map<String, List<Candidate>> zones = new TreeMap<>();
    for (Candidate each : candidates) {
      zones.computeIfAbsent(each.zone(), zone -> new ArrayList<>()).add(each);
    }
    Map<String, Double> weights = new TreeMap<>();
    Map<String, Double> rooms = new HashMap<>();
    zones.forEach(
        (zone, nodes) -> {
          weights.put(zone, nodes.stream().mapToDouble(Candidate::weight).sum());
          rooms.put(zone, (double) slots * Math.min(perZone, nodes.size()));
        });
    Map<String, Double> ofZones = shares((double) slots * replicas, weights, rooms);
    zones.forEach(
        (zone, nodes) -> {
          Map<String, Double> each = new TreeMap<>();
          Map<String, Double> room = new HashMap<>();
          for (Candidate node : nodes) {
            each.put(node.name(), node.weight());
            room.put(node.name(), (double) slots);
          }
          quotas.putAll(shares(ofZones.getOrDefault(zone, 0.0), each, room));
        });
  }

  /** By weight; what somebody has no room for goes to the others, by weight again. */
  private static Map<String, Double> shares(
      double all, Map<String, Double> weights, Map<String, Double> rooms) {
    Map<String, Double> shares = new HashMap<>();
    Map<String, Double> open = new TreeMap<>(weights);
    double left = all;
    while (!open.isEmpty()) {
      double sum = open.values().stream().mapToDouble(weight -> weight).sum();
      double each = left / sum;
      Optional<String> full =
          open.entrySet().stream()
              .filter(
                  entry ->
                      each * entry.getValue() > rooms.getOrDefault(entry.getKey(), 0.0) + ROUNDING)
              .map(Map.Entry::getKey)
              .findFirst();
      if (full.isEmpty()) {
        open.forEach((name, weight) -> shares.put(name, each * weight));
        return shares;
      }
      double room = rooms.getOrDefault(full.get(), 0.0);
      shares.put(full.get(), room);
      open.remove(full.get());
      left -= room;
    }
    return shares;
  }

  private int most(Candidate node) {
    return (int) Math.ceil(quotas.getOrDefault(node.name(), 0.0) - ROUNDING);
  }

  private int least(Candidate node) {
    return (int) Math.floor(quotas.getOrDefault(node.name(), 0.0) + ROUNDING);
  }

  /** By how much it holds more than its share. */
  private double surplus(Candidate node) {
    return load(node) - quotas.getOrDefault(node.name(), 0.0);
  }

  private int load(Candidate node) {
    return load.getOrDefault(node.name(), 0);
  }

  // ---- Steps ----

  private void keep(List<SlotAssignment> current) {
    for (int slot = 0; slot < slots; slot++) {
      holders.add(new ArrayList<>());
    }
    for (SlotAssignment each : current) {
      Candidate node = byName.get(each.getNode());
      if (node != null
          && each.getSlot() < slots
          && each.getState() != ReplicaState.LEAVING
          && !holders.get(each.getSlot()).contains(node)) {
        add(each.getSlot(), node);
      }
    }
  }

  private void add(int slot, Candidate node) {
    holders.get(slot).add(node);
    load.merge(node.name(), 1, Integer::sum);
  }

  private void remove(int slot, Candidate node) {
    holders.get(slot).remove(node);
    load.merge(node.name(), -1, Integer::sum);
  }

  /** Where fewer replicas are wanted than there are: from crowded zones, then from full nodes. */
  private void shed() {
    for (int slot = 0; slot < slots; slot++) {
      int number = slot;
      while (holders.get(slot).size() > replicas) {
        Candidate last =
            holders.get(slot).stream()
                .max(
                    Comparator.<Candidate>comparingInt(node -> inZone(number, node.zone()))
                        .thenComparing(node -> !node.here())
                        .thenComparingDouble(this::surplus)
                        .thenComparing(Candidate::name))
                .orElseThrow();
        remove(slot, last);
      }
    }
  }

  private void fill() {
    for (int slot = 0; slot < slots; slot++) {
      while (holders.get(slot).size() < replicas) {
        Optional<Candidate> chosen = choose(slot);
        if (chosen.isEmpty()) {
          break;
        }
        add(slot, chosen.get());
      }
    }
  }

  /** The best node with room in a zone with room; else in such a zone; else any. */
  private Optional<Candidate> choose(int slot) {
    Comparator<Candidate> best =
        Comparator.<Candidate>comparingDouble(node -> score(slot, node))
            .thenComparing(Candidate::name);
    return free(slot)
        .filter(node -> hasZoneRoom(slot, node.zone()) && load(node) < most(node))
        .max(best)
        .or(
            () ->
                free(slot)
                    .filter(node -> hasZoneRoom(slot, node.zone()))
                    .min(Comparator.comparingDouble(this::surplus).thenComparing(Candidate::name)))
        .or(
            () ->
                free(slot)
                    .min(Comparator.comparingDouble(this::surplus).thenComparing(Candidate::name)));
  }

  private Stream<Candidate> free(int slot) {
    return candidates.stream().filter(node -> node.here() && !holders.get(slot).contains(node));
  }

  private int inZone(int slot, String zone) {
    return (int) holders.get(slot).stream().filter(node -> node.zone().equals(zone)).count();
  }

  private boolean hasZoneRoom(int slot, String zone) {
    return inZone(slot, zone) < perZone;
  }

  /** Out of zones that hold more of a slot than they must. */
  private void spread() {
    for (int slot = 0; slot < slots; slot++) {
      int number = slot;
      for (Candidate node : List.copyOf(holders.get(slot))) {
        if (inZone(slot, node.zone()) <= perZone) {
          continue;
        }
        free(slot)
            .filter(other -> hasZoneRoom(number, other.zone()))
            .min(Comparator.comparingDouble(this::surplus).thenComparing(Candidate::name))
            .ifPresent(
                other -> {
                  remove(number, node);
                  add(number, other);
                });
      }
    }
  }

  /** From nodes that hold too much to nodes that hold too little, one slot at a time. */
  private void level() {
    for (int i = 0; i < slots * replicas; i++) {
      if (!moveOne()) {
        return;
      }
    }
  }

  private boolean moveOne() {
    List<Candidate> byLoad =
        candidates.stream()
            .filter(Candidate::here)
            .sorted(
                Comparator.comparingDouble(this::surplus).reversed().thenComparing(Candidate::name))
            .toList();
    for (Candidate from : byLoad) {
      for (Candidate to : byLoad.reversed()) {
        boolean worthIt =
            (load(from) > most(from) && load(to) < most(to))
                || (load(from) > least(from) && load(to) < least(to));
        if (worthIt && moveOne(from, to)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean moveOne(Candidate from, Candidate to) {
    int best = -1;
    for (int slot = 0; slot < slots; slot++) {
      List<Candidate> nodes = holders.get(slot);
      boolean zoneAllows = from.zone().equals(to.zone()) || inZone(slot, to.zone()) < perZone;
      if (nodes.contains(from)
          && !nodes.contains(to)
          && zoneAllows
          && (best < 0 || score(slot, to) > score(best, to))) {
        best = slot;
      }
    }
    if (best < 0) {
      return false;
    }
    remove(best, from);
    add(best, to);
    return true;
  }

  /** Schindelhauer and Schomaker's weighted form: -weight / ln(u), u uniform in (0, 1). */
  private static double score(int slot, Candidate candidate) {
    CRC32C crc = new CRC32C();
    crc.update((slot + "/" + candidate.name()).getBytes(StandardCharsets.UTF_8));
    double uniform = (mixed(crc.getValue()) + 0.5) / (1L << 53);
    return -candidate.weight() / Math.log(uniform);
  }

  /** SplitMix64's finaliser, the upper 53 bits: CRCs of names that differ little differ little. */
  private static long mixed(long value) {
    long z = value * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return (z ^ (z >>> 31)) >>> 11;
  }
}
