package io.likeness.standalone.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.proto.wire.NewerFormatException;
import io.likeness.standalone.CannotStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

/**
 * What a cluster consists of, as its folder remembers it.
 *
 * @param nodes shard nodes, {@code node-1} and so on
 * @param brokers of Kafka; fixed when the cluster is made
 * @param slots fixed when the cluster is made
 * @param zones the shard nodes stand in, in turn; 0: none are told
 */
public record ClusterShape(
    int nodes, int brokers, int coordinators, int gateways, int workers, int slots, int zones) {

  public static final int NODES_MAX = 64;
  private static final int OTHERS_MAX = 16;
  private static final int BROKERS_MAX = 9;
  private static final int SLOTS_MAX = 4096;
  static final int FORMAT = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  public ClusterShape {
    check("nodes", nodes, 1, NODES_MAX);
    check("kafka", brokers, 1, BROKERS_MAX);
    check("coordinators", coordinators, 1, OTHERS_MAX);
    check("gateways", gateways, 1, OTHERS_MAX);
    check("ingest-workers", workers, 1, OTHERS_MAX);
    check("slots", slots, 1, SLOTS_MAX);
    check("zones", zones, 0, NODES_MAX);
  }

  private static void check(String what, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(what + " is " + value + ", not " + min + " to " + max);
    }
  }

  ClusterShape withNodes(int other) {
    return new ClusterShape(other, brokers, coordinators, gateways, workers, slots, zones);
  }

  /** Of the shard node with this number, from 1 on; empty where there are no zones. */
  String zone(int node) {
    return zones == 0 ? "" : "zone-" + ((node - 1) % zones + 1);
  }

  /** What was written there; nothing where the file is absent. */
  public static Optional<ClusterShape> read(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = JSON.readTree(Files.readString(file));
      NewerFormatException.check(file.toString(), json.path("format").asInt(), FORMAT);
      return Optional.of(
          new ClusterShape(
              json.path("nodes").asInt(),
              json.path("kafka").asInt(),
              json.path("coordinators").asInt(),
              json.path("gateways").asInt(),
              json.path("ingest_workers").asInt(),
              json.path("slots").asInt(),
              json.path("zones").asInt()));
    } catch (NewerFormatException e) {
      throw new CannotStart(String.valueOf(e.getMessage()), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new CannotStart("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  void write(Path file) {
    ObjectNode json =
        JSON.createObjectNode()
            .put("format", FORMAT)
            .put("nodes", nodes)
            .put("kafka", brokers)
            .put("coordinators", coordinators)
            .put("gateways", gateways)
            .put("ingest_workers", workers)
            .put("slots", slots)
            .put("zones", zones);
    Path written = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.writeString(written, json.toPrettyString() + "\n");
      Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CannotStart("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
