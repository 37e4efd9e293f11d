package io.likeness.standalone.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the gateway tells about the placement, and what follows from it.
 *
 * @param replicas wanted of each slot
 * @param draining nodes that shall hold nothing
 * @param nodes shard nodes that are members now
 * @param slots each with its replicas, in order
 */
public record ClusterView(
    int replicas, List<String> draining, List<String> nodes, Map<Integer, List<Replica>> slots) {

  /**
   * @param state {@code serving}, {@code joining} or {@code leaving}
   * @param serving it is assigned to serve, its node is there and has caught up
   * @param phase as its node tells; empty where it does not
   * @param lag records of the log it has yet to read
   */
  public record Replica(
      String node,
      String state,
      boolean serving,
      String phase,
      long copied,
      long toCopy,
      long lag,
      String trouble) {}

  public ClusterView {
    draining = List.copyOf(draining);
    nodes = List.copyOf(nodes);
  }

  public static ClusterView of(JsonNode cluster) {
    JsonNode placement = cluster.path("placement");
    List<String> draining = new ArrayList<>();
    placement.path("draining").forEach(each -> draining.add(each.asText()));
    TreeSet<String> nodes = new TreeSet<>();
    for (JsonNode node : cluster.path("nodes")) {
      if (List.of(node.path("role").asText().split(",", -1)).contains("shard-node")) {
        nodes.add(node.path("name").asText());
      }
    }
    Map<Integer, List<Replica>> slots = new TreeMap<>();
    for (JsonNode slot : cluster.path("slots")) {
      slots
          .computeIfAbsent(slot.path("slot").asInt(), number -> new ArrayList<>())
          .add(
              new Replica(
                  slot.path("node").asText(),
                  slot.path("state").asText("serving"),
                  slot.path("serving").asBoolean(),
                  slot.path("phase").asText(""),
                  slot.path("bytes_copied").asLong(),
                  slot.path("bytes_to_copy").asLong(),
                  Math.max(
                      0, slot.path("end_offset").asLong() - slot.path("applied_offset").asLong()),
                  slot.path("trouble").asText("")));
    }
    return new ClusterView(
        Math.max(1, placement.path("replicas").asInt(1)), draining, List.copyOf(nodes), slots);
  }

  /** How many replicas of each slot there can be now. */
  public int reachable() {
    long open = nodes.stream().filter(node -> !draining.contains(node)).count();
    return (int) Math.min(replicas, open);
  }

  /** What is not yet as it shall be; empty where every slot is served as often as wanted. */
  public List<String> missing(int slotsTotal) {
    List<String> missing = new ArrayList<>();
    int few = 0;
    int dark = 0;
    int many = 0;
    for (int slot = 0; slot < slotsTotal; slot++) {
      long serving = slots.getOrDefault(slot, List.of()).stream().filter(Replica::serving).count();
      few += serving < replicas ? 1 : 0;
      dark += serving == 0 ? 1 : 0;
      many += slots.getOrDefault(slot, List.of()).size() > replicas ? 1 : 0;
    }
    if (dark > 0) {
      missing.add(dark + " of " + slotsTotal + " slots are served by nobody");
    }
    if (few > 0) {
      missing.add(
          few + " of " + slotsTotal + " slots have fewer than " + replicas + " replicas serving");
    }
    if (moving() > 0) {
      missing.add(moving() + " replicas are on their way");
    } else if (many > 0) {
      missing.add(many + " of " + slotsTotal + " slots have more than " + replicas + " replicas");
    }
    for (String node : draining) {
      int held = heldBy(node);
      if (held > 0) {
        missing.add(node + " still holds " + held + " slots");
      }
    }
    return missing;
  }

  /** Replicas that join or leave. */
  public int moving() {
    return (int)
        slots.values().stream()
            .flatMap(List::stream)
            .filter(replica -> !replica.state().equals("serving"))
            .count();
  }

  public int heldBy(String node) {
    return (int)
        slots.values().stream()
            .flatMap(List::stream)
            .filter(replica -> replica.node().equals(node))
            .count();
  }

  /** Bytes copied so far of all copies under way, and of how many. */
  public Progress copying() {
    long copied = 0;
    long all = 0;
    for (List<Replica> replicas : slots.values()) {
      for (Replica replica : replicas) {
        copied += replica.copied();
        all += replica.toCopy();
      }
    }
    return new Progress(copied, all);
  }

  public record Progress(long copied, long all) {}

  /** Slots held by each node. */
  public Map<String, Integer> load() {
    Map<String, Integer> load = new HashMap<>();
    slots.values().stream()
        .flatMap(List::stream)
        .forEach(replica -> load.merge(replica.node(), 1, Integer::sum));
    return load;
  }
}
