package io.likeness.coordinator;

import io.likeness.coordinator.placement.PlacementConfig;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.PictureConfig;
import io.likeness.node.config.ConfigReader;
import java.time.Duration;

/**
 * What a coordinator is told.
 *
 * @param times how long askers may wait
 * @param requestsMax requests under way at once; more are refused as busy
 * @param hitsMax hits on their way from shards at once; a search that brings more is refused as
 *     busy
 * @param waiting searches that wait for others
 * @param pictures how query pictures become vectors
 * @param placement how slots are placed and moved
 */
public record CoordinatorConfig(
    QueryTimes times,
    int requestsMax,
    int hitsMax,
    SearchGate.Waiting waiting,
    PictureConfig pictures,
    PlacementConfig placement) {

  public static CoordinatorConfig read(ConfigReader config) {
    Duration most = config.duration("coordinator.deadline.max", Duration.ofSeconds(60));
    Duration usual = config.duration("coordinator.deadline", Duration.ofSeconds(5));
    return new CoordinatorConfig(
        new QueryTimes(usual, usual.compareTo(most) > 0 ? usual : most),
        config.number("coordinator.requests.max", 4_096, 1, 1_000_000),
        config.number("coordinator.hits.max", HitRoom.usual(), 10_000, Integer.MAX_VALUE),
        new SearchGate.Waiting(
            config.number("coordinator.search.queue", 1_024, 1, 1_000_000),
            config.duration("coordinator.search.patience", Duration.ofSeconds(1))),
        PictureConfig.read(
            config,
            "coordinator",
            new PictureConfig.Usual(
                EmbedderConfig.BATCH_MAX_DEFAULT,
                Math.min(2, PictureConfig.cores()),
                Duration.ofSeconds(5))),
        new PlacementConfig(
            config.number("coordinator.placement.replicas", 1, 1, PlacementConfig.REPLICAS_MAX),
            config.duration("coordinator.placement.settle", Duration.ofSeconds(1)),
            config.number("coordinator.placement.nodes.min", 1, 1, 10_000),
            config.duration("coordinator.placement.gone.after", Duration.ofMinutes(5)),
            config.duration("coordinator.placement.drain", Duration.ofSeconds(15)),
            config.number("coordinator.placement.joins.max", 2, 1, 1_000)));
  }
}
