package io.likeness.coordinator.placement;

import java.time.Duration;

/**
 * How slots are placed and moved.
 *
 * @param replicas of each slot, until an operator says otherwise
 * @param settle how long the shard nodes must have stayed the same, so that the first of many to
 *     start does not get everything
 * @param nodesMin how many shard nodes there must be before anything is placed at all
 * @param goneAfter a node that has been away for so long is replaced
 * @param drain how long a replica that was replaced goes on answering
 * @param joinsMax slots that one node fetches at a time
 */
public record PlacementConfig(
    int replicas, Duration settle, int nodesMin, Duration goneAfter, Duration drain, int joinsMax) {

  public static final int REPLICAS_MAX = 7;

  public PlacementConfig {
    if (replicas < 1 || replicas > REPLICAS_MAX || nodesMin < 1 || joinsMax < 1) {
      throw new IllegalArgumentException(
          "replicas is %d, nodesMin %d and joinsMax %d, not at least 1"
              .formatted(replicas, nodesMin, joinsMax));
    }
    if (settle.isNegative() || goneAfter.isNegative() || drain.isNegative()) {
      throw new IllegalArgumentException(
          "settle is %s, goneAfter %s and drain %s, not at least 0"
              .formatted(settle, goneAfter, drain));
    }
  }
}
