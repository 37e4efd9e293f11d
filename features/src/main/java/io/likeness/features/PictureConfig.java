package io.likeness.features;

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
 * What a role is told that makes vectors of pictures, under the same keys in each after the role's
 * own word.
 *
 * @param models folder of models beside the embedded one
 * @param provider what the models run on
 * @param decoding processes that decode pictures
 * @param fetcher what one fetch of an address may do
 */
public record PictureConfig(
    Optional<Path> models,
    ExecutionProvider provider,
    EmbedderConfig embedder,
    PoolConfig decoding,
    FetchConfig fetcher) {

  /**
   * In what the roles differ.
   *
   * @param batchMax pictures one thread takes in hand at a time
   * @param children decoding processes where nothing is said
   * @param fetchDeadline of one fetch where nothing is said
   */
  public record Usual(int batchMax, int children, Duration fetchDeadline) {}

  /**
   * @param role the first word of its keys
   */
  public static PictureConfig read(ConfigReader config, String role, Usual usual) {
    String models = config.text(role + ".models", "");
    return new PictureConfig(
        models.isBlank() ? Optional.empty() : Optional.of(Path.of(models)),
        provider(config, role + ".models.provider"),
        new EmbedderConfig(
            config.number(role + ".embed.threads", cores(), 1, 256),
            usual.batchMax(),
            config.size(role + ".embed.cache", EmbedderConfig.CACHE_BYTES_DEFAULT, 0, 64L << 30),
            config.number(
                role + ".pixels.max",
                Math.toIntExact(EmbedderConfig.PIXELS_MAX_DEFAULT),
                1,
                1_000_000_000),
            config.size(
                role + ".picture.bytes.max", EmbedderConfig.BYTES_MAX_DEFAULT, 1, 1L << 30)),
        new PoolConfig(
            config.number(role + ".decode.children", usual.children(), 0, 256),
            config.duration(role + ".decode.deadline", PoolConfig.DEADLINE_DEFAULT),
            config.size(
                role + ".decode.memory",
                PoolConfig.MEMORY_BYTES_DEFAULT,
                PoolConfig.MEMORY_BYTES_MIN,
                64L << 30),
            PoolConfig.PICTURES_EACH_DEFAULT),
        fetcher(config, role + ".fetch.", usual.fetchDeadline()));
  }

  /** Of the machine, as far as defaults go. */
  public static int cores() {
    return Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 64);
  }

  private static ExecutionProvider provider(ConfigReader config, String key) {
    try {
      return ExecutionProvider.named(config.text(key, ExecutionProvider.CPU.text()));
    } catch (IllegalArgumentException e) {
      config.fault(key + " is " + e.getMessage());
      return ExecutionProvider.CPU;
    }
  }

  private static FetchConfig fetcher(ConfigReader config, String prefix, Duration deadline) {
    return new FetchConfig(
        config.list(prefix + "allow"),
        config.numbers(prefix + "ports", 1, 65_535),
        config.size(prefix + "bytes.max", FetchConfig.BYTES_MAX_DEFAULT, 1, 1L << 30),
        config.duration(prefix + "deadline", deadline),
        config.number(prefix + "redirects.max", FetchConfig.REDIRECTS_MAX_DEFAULT, 0, 20),
        new FetchConfig.Room(
            config.number(
                prefix + "concurrent", FetchConfig.Room.ALL_DEFAULT, 1, FetchConfig.Room.MOST),
            config.number(
                prefix + "concurrent.per-host",
                FetchConfig.Room.PER_HOST_DEFAULT,
                1,
                FetchConfig.Room.MOST)),
        objectStores(config, prefix));
  }

  private static Map<String, ObjectStoreConfig> objectStores(ConfigReader config, String prefix) {
    Map<String, ObjectStoreConfig> stores = new TreeMap<>();
    for (String scheme : new TreeSet<>(ObjectAddress.SCHEMES)) {
      String key = prefix + scheme + ".";
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
