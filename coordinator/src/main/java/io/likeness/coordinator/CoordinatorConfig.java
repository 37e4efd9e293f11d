package io.likeness.coordinator;

import io.likeness.coordinator.placement.PlacementConfig;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.ExecutionProvider;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.features.fetch.FetchConfig;
import io.likeness.features.fetch.ObjectAddress;
import io.likeness.features.fetch.ObjectStoreConfig;
import io.likeness.node.config.ConfigReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a coordinator is told.
 *
 * @param times how long askers may wait
 * @param requestsMax requests under way at once; more are refused as busy
 * @param hitsMax hits on their way from shards at once; a search that brings more is refused as
 *     busy
 * @param waiting searches that wait for others
 * @param models folder of models beside the embedded one
 * @param decoding processes that decode pictures
 * @param provider what the models run on
 * @param fetcher what one fetch of a query picture's address may do
 * @param placement how slots are placed and moved
 */
public record CoordinatorConfig(
    QueryTimes times,
    int requestsMax,
    int hitsMax,
    SearchGate.Waiting waiting,
    Optional<Path> models,
    ExecutionProvider provider,
    EmbedderConfig embedder,
    PoolConfig decoding,
    FetchConfig fetcher,
    PlacementConfig placement) {

  public static CoordinatorConfig read(ConfigReader config) {
    int cores = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 64);
    String models = config.text("coordinator.models", "");
    Duration most = config.duration("coordinator.deadline.max", Duration.ofSeconds(60));
    Duration usual = config.duration("coordinator.deadline", Duration.ofSeconds(5));
    return new CoordinatorConfig(
        new QueryTimes(usual, usual.compareTo(most) > 0 ? usual : most),
        config.number("coordinator.requests.max", 4_096, 1, 1_000_000),
        config.number("coordinator.hits.max", HitRoom.usual(), 10_000, Integer.MAX_VALUE),
        new SearchGate.Waiting(
            config.number("coordinator.search.queue", 1_024, 1, 1_000_000),
            config.duration("coordinator.search.patience", Duration.ofSeconds(1))),
        models.isBlank() ? Optional.empty() : Optional.of(Path.of(models)),
        provider(config),
        new EmbedderConfig(
            config.number("coordinator.embed.threads", cores, 1, 256),
            EmbedderConfig.BATCH_MAX_DEFAULT,
            config.size(
                "coordinator.embed.cache", EmbedderConfig.CACHE_BYTES_DEFAULT, 0, 64L << 30),
            config.number(
                "coordinator.pixels.max",
                Math.toIntExact(EmbedderConfig.PIXELS_MAX_DEFAULT),
                1,
                1_000_000_000),
            config.size(
                "coordinator.picture.bytes.max", EmbedderConfig.BYTES_MAX_DEFAULT, 1, 1L << 30)),
        new PoolConfig(
            config.number("coordinator.decode.children", Math.min(2, cores), 0, 256),
            config.duration("coordinator.decode.deadline", PoolConfig.DEADLINE_DEFAULT),
            config.size(
                "coordinator.decode.memory",
                PoolConfig.MEMORY_BYTES_DEFAULT,
                PoolConfig.MEMORY_BYTES_MIN,
                64L << 30),
            PoolConfig.PICTURES_EACH_DEFAULT),
        new FetchConfig(
            config.list("coordinator.fetch.allow"),
            config.numbers("coordinator.fetch.ports", 1, 65_535),
            config.size("coordinator.fetch.bytes.max", FetchConfig.BYTES_MAX_DEFAULT, 1, 1L << 30),
            config.duration("coordinator.fetch.deadline", Duration.ofSeconds(5)),
            config.number(
                "coordinator.fetch.redirects.max", FetchConfig.REDIRECTS_MAX_DEFAULT, 0, 20),
            new FetchConfig.Room(
                config.number(
                    "coordinator.fetch.concurrent",
                    FetchConfig.Room.ALL_DEFAULT,
                    1,
                    FetchConfig.Room.MOST),
                config.number(
                    "coordinator.fetch.concurrent.per-host",
                    FetchConfig.Room.PER_HOST_DEFAULT,
                    1,
                    FetchConfig.Room.MOST)),
            objectStores(config)),
        new PlacementConfig(
            config.number("coordinator.placement.replicas", 1, 1, PlacementConfig.REPLICAS_MAX),
            config.duration("coordinator.placement.settle", Duration.ofSeconds(1)),
            config.number("coordinator.placement.nodes.min", 1, 1, 10_000),
            config.duration("coordinator.placement.gone.after", Duration.ofMinutes(5)),
            config.duration("coordinator.placement.drain", Duration.ofSeconds(15)),
            config.number("coordinator.placement.joins.max", 2, 1, 1_000)));
  }

  private static ExecutionProvider provider(ConfigReader config) {
    String key = "coordinator.models.provider";
    try {
      return ExecutionProvider.named(config.text(key, ExecutionProvider.CPU.text()));
    } catch (IllegalArgumentException e) {
      config.fault(key + " is " + e.getMessage());
      return ExecutionProvider.CPU;
    }
  }

  private static Map<String, ObjectStoreConfig> objectStores(ConfigReader config) {
    Map<String, ObjectStoreConfig> stores = new TreeMap<>();
    for (String scheme : new TreeSet<>(ObjectAddress.SCHEMES)) {
      String key = "coordinator.fetch." + scheme + ".";
      String endpoint = config.text(key + "endpoint", "");
      // Most servers of S3 beside AWS know only paths; OBS knows only names of hosts.
      boolean inPath = scheme.equals("s3") && !endpoint.isBlank();
      try {
        ObjectStoreConfig.of(
                config.list(key + "buckets"),
                endpoint,
                config.text(key + "region", ""),
                config.text(key + "access-key", ""),
                config.text(key + "secret-key", ""),
                config.flag(key + "bucket-in-path", inPath))
            .ifPresent(store -> stores.put(scheme, store));
      } catch (IllegalArgumentException e) {
        config.fault(key + "*: " + e.getMessage());
      }
    }
    return stores;
  }
}
