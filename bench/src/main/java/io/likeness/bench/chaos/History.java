package io.likeness.bench.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was written to one instance and what was acknowledged, and from that what may be seen. Every
 * write carries a mark of its own, so that what is seen tells which write it comes from.
 *
 * <p>A write that was not acknowledged may have taken effect or not; so each image has a set of
 * states it may be in, which an acknowledged write narrows to what follows from each of them, and
 * one of unknown fate widens. One thread writes an image, and waits for each answer; so its writes
 * have an order. May be read by several threads.
 */
final class History {

  /** What a write does. */
  enum Change {
    ADD,
    UPDATE,
    DELETE
  }

  /** The mark of an image that is not there. */
  static final long ABSENT = 0;

  private static final Set<Long> NEVER = Set.of(ABSENT);

  private final Map<String, Set<Long>> states = new TreeMap<>();
  private final Map<String, String> tokens = new HashMap<>();

  /** What was before the write that is under way, or whose fate is open. */
  private final Map<String, Set<Long>> before = new HashMap<>();

  private long acknowledged;
  private long unknown;

  /** Before it is sent; from now on either may be seen. */
  synchronized void sent(String id, Change change, long mark) {
    Set<Long> now = states.getOrDefault(id, NEVER);
    Set<Long> either = new HashSet<>(now);
    now.forEach(state -> either.add(after(state, change, mark)));
    before.put(id, now);
    states.put(id, either);
    tokens.remove(id);
    unknown++;
  }

  /** The write sent last to this image was acknowledged. */
  synchronized void acknowledged(String id, Change change, long mark, String token) {
    Set<Long> now = new HashSet<>();
    before.getOrDefault(id, NEVER).forEach(state -> now.add(after(state, change, mark)));
    states.put(id, now);
    tokens.put(id, token);
    acknowledged++;
    unknown--;
  }

  private static long after(long state, Change change, long mark) {
    return switch (change) {
      case ADD -> mark;
      case UPDATE -> state == ABSENT ? ABSENT : mark;
      case DELETE -> ABSENT;
    };
  }

  synchronized long acknowledgedWrites() {
    return acknowledged;
  }

  /** Writes whose fate nobody was told. */
  synchronized long unknownWrites() {
    return unknown;
  }

  /** What a search that demands these tokens must show, and of which images it is known. */
  record Demand(List<String> tokens, Map<String, Long> known) {}

  /** Of at most so many images whose last write was acknowledged. */
  synchronized Demand demand(int most) {
    List<String> demanded = new ArrayList<>();
    Map<String, Long> known = new TreeMap<>();
    for (Map.Entry<String, String> each : tokens.entrySet()) {
      Set<Long> may = states.getOrDefault(each.getKey(), NEVER);
      if (demanded.size() < most && may.size() == 1) {
        demanded.add(each.getValue());
        known.put(each.getKey(), may.iterator().next());
      }
    }
    return new Demand(demanded, known);
  }

  /** What a search showed: each hit's id and mark, in order. */
  record Seen(List<Hit> hits, int asked, int answered) {

    record Hit(String id, long mark) {}

    boolean isWhole() {
      return asked == answered;
    }
  }

  /** What is wrong with any answer, whatever was written. */
  static List<String> faultsOf(Seen seen, int shards) {
    List<String> faults = new ArrayList<>();
    if (seen.asked != shards || seen.answered > seen.asked) {
      faults.add(
          "coverage overstates: "
              + seen.answered
              + " of "
              + seen.asked
              + " answered, there are "
              + shards
              + " shards");
    }
    Set<String> once = new HashSet<>();
    for (Seen.Hit hit : seen.hits) {
      if (!once.add(hit.id())) {
        faults.add("image " + hit.id() + " is a hit twice");
      }
    }
    return faults;
  }

  /** What is wrong with an answer that had to show what is known. Nothing is, where it says so. */
  static List<String> faultsOf(Seen seen, Demand demand) {
    List<String> faults = new ArrayList<>();
    if (!seen.isWhole()) {
      return faults;
    }
    Map<String, Long> found = new HashMap<>();
    seen.hits.forEach(hit -> found.put(hit.id(), hit.mark()));
    demand.known.forEach(
        (id, mark) ->
            compare(id, Set.of(mark), Optional.ofNullable(found.get(id)))
                .ifPresent(fault -> faults.add(fault + ", in a search that claims to be whole")));
    return faults;
  }

  /** What is wrong with all that is stored in the end, id to mark. */
  synchronized List<String> faultsOf(Map<String, Long> stored) {
    List<String> faults = new ArrayList<>();
    states.forEach(
        (id, may) -> compare(id, may, Optional.ofNullable(stored.get(id))).ifPresent(faults::add));
    stored.forEach(
        (id, mark) -> {
          if (!states.containsKey(id)) {
            faults.add("image " + id + " is stored and nobody wrote it");
          }
        });
    return faults;
  }

  private static Optional<String> compare(String id, Set<Long> may, Optional<Long> found) {
    long state = found.orElse(ABSENT);
    if (may.contains(state)) {
      return Optional.empty();
    }
    if (state == ABSENT) {
      return Optional.of("image " + id + " was acknowledged and is lost");
    }
    if (may.equals(NEVER)) {
      return Optional.of("image " + id + " was deleted and is back, from write " + state);
    }
    return Optional.of("image " + id + " is that of write " + state + ", not of the last, " + may);
  }

  /** A replica's contents of a shard. */
  record Contents(String shard, String node, long applied, long end, String checksum) {}

  /** Which replicas that have read as far differ. */
  static List<String> differences(List<Contents> all) {
    List<String> faults = new ArrayList<>();
    Map<String, Contents> first = new HashMap<>();
    for (Contents each : all) {
      Contents other = first.putIfAbsent(each.shard + "@" + each.applied, each);
      if (other != null && !other.checksum.equals(each.checksum)) {
        faults.add(
            "shard "
                + each.shard
                + " differs at offset "
                + each.applied
                + ": "
                + other.node
                + " has "
                + other.checksum
                + ", "
                + each.node
                + " has "
                + each.checksum);
      }
    }
    return faults;
  }
}
