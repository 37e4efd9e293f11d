package io.likeness.standalone.cluster;

import io.likeness.standalone.CannotStart;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What a user says a cluster shall consist of, by the names of the options; the rest is left. */
public record ClusterWish(Map<String, Integer> said) {

  public static final String NODES = "nodes";
  public static final String REPLICAS = "replicas";
  public static final String KAFKA = "kafka";
  public static final String COORDINATORS = "coordinators";
  public static final String GATEWAYS = "gateways";
  public static final String WORKERS = "ingest-workers";
  public static final String SLOTS = "slots";
  public static final String ZONES = "zones";

  private static final ClusterShape USUAL = new ClusterShape(3, 3, 2, 1, 1, 16, 0);
  private static final int REPLICAS_USUAL = 2;

  public ClusterWish {
    said = Map.copyOf(said);
  }

  public static ClusterWish none() {
    return new ClusterWish(Map.of());
  }

  public ClusterWish with(String what, int number) {
    Map<String, Integer> more = new TreeMap<>(said);
    more.put(what, number);
    return new ClusterWish(more);
  }

  /** What comes out for a folder that holds this cluster already, or none. */
  ClusterShape over(Optional<ClusterShape> kept) {
    ClusterShape base = kept.orElse(USUAL);
    ClusterShape shape =
        new ClusterShape(
            of(NODES, base.nodes()),
            of(KAFKA, base.brokers()),
            of(COORDINATORS, base.coordinators()),
            of(GATEWAYS, base.gateways()),
            of(WORKERS, base.workers()),
            of(SLOTS, base.slots()),
            of(ZONES, base.zones()));
    int replicas = of(REPLICAS, 1);
    if (replicas < 1 || replicas > shape.nodes()) {
      throw new IllegalArgumentException(
          "replicas is "
              + replicas
              + ", but a cluster of "
              + shape.nodes()
              + " shard nodes can hold 1 to "
              + shape.nodes());
    }
    if (kept.isPresent()) {
      fixed("brokers of Kafka", base.brokers(), shape.brokers());
      fixed("slots", base.slots(), shape.slots());
      if (shape.nodes() < base.nodes()) {
        throw new CannotStart(
            "this cluster has "
                + base.nodes()
                + " shard nodes: start it as it is, and then ./likeness cluster scale "
                + shape.nodes()
                + " empties those that go");
      }
    }
    return shape;
  }

  private static void fixed(String what, int was, int wanted) {
    if (was != wanted) {
      throw new CannotStart(
          "this cluster was made with "
              + was
              + " "
              + what
              + ", which cannot be changed to "
              + wanted);
    }
  }

  /** Of each slot, where something about it is to be said to the cluster. */
  OptionalInt replicas(boolean fresh, int nodes) {
    Integer wanted = said.get(REPLICAS);
    if (wanted != null) {
      return OptionalInt.of(wanted);
    }
    return fresh ? OptionalInt.of(Math.min(REPLICAS_USUAL, nodes)) : OptionalInt.empty();
  }

  private int of(String what, int otherwise) {
    return said.getOrDefault(what, otherwise);
  }
}
