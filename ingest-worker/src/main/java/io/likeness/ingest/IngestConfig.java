package io.likeness.ingest;

import io.likeness.features.EmbedderConfig;
import io.likeness.features.ExecutionProvider;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.features.fetch.FetchConfig;
import io.likeness.features.fetch.ObjectAddress;
import io.likeness.features.fetch.ObjectStoreConfig;
import io.likeness.ingest.feature.FetchPatience;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.kafka.KafkaClients;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What an ingest worker is told.
 *
 * @param addThreads consumers of the lane of adds; partitions of {@code ops} bound their use
 * @param changeThreads consumers of the lane of changes
 * @param batchRecords events worked together
 * @param batchBytes bytes of events fetched together
 * @param models folder of models beside the embedded one
 * @param decoding processes that decode pictures
 * @param provider what the models run on
 * @param fetcher what one fetch of an address may do
 * @param fetching how often and how long addresses are tried
 */
public record IngestConfig(
    int addThreads,
    int changeThreads,
    int batchRecords,
    long batchBytes,
    Optional<Path> models,
    ExecutionProvider provider,
    EmbedderConfig embedder,
    PoolConfig decoding,
    FetchConfig fetcher,
    FetchPatience fetching) {

  public static IngestConfig read(ConfigReader config) {
    int cores = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 64);
    String models = config.text("ingest.models", "");
    return new IngestConfig(
        config.number("ingest.threads", 2, 1, 64),
        config.number("ingest.changes.threads", 1, 1, 64),
        config.number("ingest.batch.records", 64, 1, 1_000),
        config.size("ingest.batch.bytes", 32L << 20, KafkaClients.RECORD_BYTES_MAX, 512L << 20),
        models.isBlank() ? Optional.empty() : Optional.of(Path.of(models)),
        provider(config),
        new EmbedderConfig(
            config.number("ingest.embed.threads", cores, 1, 256),
            config.number("ingest.embed.batch", EmbedderConfig.BATCH_MAX_DEFAULT, 1, 256),
            config.size("ingest.embed.cache", EmbedderConfig.CACHE_BYTES_DEFAULT, 0, 64L << 30),
            config.number(
                "ingest.pixels.max",
                Math.toIntExact(EmbedderConfig.PIXELS_MAX_DEFAULT),
                1,
                1_000_000_000),
            config.size("ingest.picture.bytes.max", EmbedderConfig.BYTES_MAX_DEFAULT, 1, 1L << 30)),
        new PoolConfig(
            config.number("ingest.decode.children", cores, 0, 256),
            config.duration("ingest.decode.deadline", PoolConfig.DEADLINE_DEFAULT),
            config.size(
                "ingest.decode.memory",
                PoolConfig.MEMORY_BYTES_DEFAULT,
                PoolConfig.MEMORY_BYTES_MIN,
                64L << 30),
            PoolConfig.PICTURES_EACH_DEFAULT),
        fetcher(config),
        new FetchPatience(
            config.number("ingest.fetch.attempts", 3, 1, 20),
            config.duration("ingest.fetch.pause", Duration.ofMillis(500)),
            config.duration("ingest.fetch.patience", Duration.ofSeconds(15))));
  }

  private static FetchConfig fetcher(ConfigReader config) {
    return new FetchConfig(
        config.list("ingest.fetch.allow"),
        config.numbers("ingest.fetch.ports", 1, 65_535),
        config.size("ingest.fetch.bytes.max", FetchConfig.BYTES_MAX_DEFAULT, 1, 1L << 30),
        config.duration("ingest.fetch.deadline", FetchConfig.DEADLINE_DEFAULT),
        config.number("ingest.fetch.redirects.max", FetchConfig.REDIRECTS_MAX_DEFAULT, 0, 20),
        new FetchConfig.Room(
            config.number(
                "ingest.fetch.concurrent", FetchConfig.Room.ALL_DEFAULT, 1, FetchConfig.Room.MOST),
            config.number(
                "ingest.fetch.concurrent.per-host",
                FetchConfig.Room.PER_HOST_DEFAULT,
                1,
                FetchConfig.Room.MOST)),
        objectStores(config));
  }

  private static ExecutionProvider provider(ConfigReader config) {
    String key = "ingest.models.provider";
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
      String key = "ingest.fetch." + scheme + ".";
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
