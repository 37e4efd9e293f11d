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
import java.util.zip.CRC32C;

/**
 * Which node shall serve which slot: weighted rendezvous hashing, so that every coordinator comes
 * to the same result from the same names, and another node changes little.
 *
 * <p>Hashing alone is fair only for very many slots; with few, one node may get none. So a node
 * takes new slots only up to its fair share, rounded up, and a slot goes to the best node with
 * room.
 *
 * <p>A slot that has a node keeps it, be the node away or not: its data is there, and moving it
 * takes more than a new name. Terms never fall; a slot that is placed for the first time gets 1.
 */
public final class Placement {

  static final int FIRST_TERM = 1;

  /** A node that can take slots; one of weight 2 takes twice as many as one of 1. */
  public record Candidate(String name, double weight) {

    public Candidate {
      if (!(weight > 0) || Double.isInfinite(weight)) {
        throw new IllegalArgumentException("node " + name + " has weight " + weight);
      }
    }
  }

  private Placement() {}

  /**
   * The assignments as they should be, in order of slot.
   *
   * @param current as they are
   * @param candidates nodes that are alive now; with none, nothing new is placed
   * @param slots how many slots the cluster has
   */
  public static List<SlotAssignment> place(
      List<SlotAssignment> current, List<Candidate> candidates, int slots) {
    Map<Integer, SlotAssignment> bySlot = new HashMap<>();
    Map<String, Integer> load = new HashMap<>();
    for (SlotAssignment each : current) {
      if (each.getReplica() == 0) {
        bySlot.put(each.getSlot(), each);
        load.merge(each.getNode(), 1, Integer::sum);
      }
    }
    List<SlotAssignment> placed = new ArrayList<>(current);
    for (int slot = 0; slot < slots; slot++) {
      SlotAssignment known = bySlot.get(slot);
      if (known != null && !known.getNode().isEmpty()) {
        continue;
      }
      Optional<Candidate> chosen = choose(slot, candidates, load, slots);
      if (chosen.isEmpty()) {
        continue;
      }
      if (known != null) {
        placed.remove(known);
      }
      placed.add(
          SlotAssignment.newBuilder()
              .setSlot(slot)
              .setReplica(0)
              .setNode(chosen.get().name())
              .setTerm(known == null ? FIRST_TERM : known.getTerm() + 1)
              .setState(ReplicaState.SERVING)
              .build());
      load.merge(chosen.get().name(), 1, Integer::sum);
    }
    placed.sort(
        Comparator.comparingInt(SlotAssignment::getSlot)
            .thenComparingInt(SlotAssignment::getReplica));
    return List.copyOf(placed);
  }

  private static Optional<Candidate> choose(
      int slot, List<Candidate> candidates, Map<String, Integer> load, int slots) {
    double weights = candidates.stream().mapToDouble(Candidate::weight).sum();
    Comparator<Candidate> best =
        Comparator.<Candidate>comparingDouble(candidate -> score(slot, candidate))
            .thenComparing(Candidate::name);
    return candidates.stream()
        .filter(
            candidate ->
                load.getOrDefault(candidate.name(), 0)
                    < Math.ceil(slots * candidate.weight() / weights - 1e-9))
        .max(best)
        .or(() -> candidates.stream().max(best));
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
