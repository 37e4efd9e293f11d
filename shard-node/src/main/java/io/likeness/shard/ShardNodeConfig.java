package io.likeness.shard;

import com.sun.management.OperatingSystemMXBean;
import io.likeness.node.config.ConfigReader;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.intake.BuilderLimits;
import io.likeness.shard.intake.CopyLimits;
import io.likeness.shard.query.CursorLimits;
import io.likeness.shard.snapshot.SnapshotTaker;
import io.likeness.shard.snapshot.StoreAddress;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a shard node is told.
 *
 * @param data folder of the shards, {@code <slot>/<instance uid>/} each
 * @param memoryBytes what graphs and codes may hold outside the heap
 * @param checkedPermyriad of ten thousand searches, those whose answer is compared with exact
 *     search
 * @param refreshInterval changes show at the latest after this, unless opening takes longer
 * @param commitInterval how much of the log a crash makes the node read again
 * @param buildThreads graphs built at a time, one thread each
 * @param searchThreads searches at a time
 * @param searchQueue searches waiting for a thread, beyond which they are refused
 * @param requestsMax requests inside the node, waiting ones included, beyond which they are refused
 * @param filterBytes what filters came to, kept in memory for the next search; 0: nothing
 * @param cursors views held for cursors
 * @param scrubRate bytes a second read against their checksums in the background; 0: none
 * @param scrubInterval of reading everything again
 * @param copies of slots from and to other replicas
 * @param builders how long other replicas are waited for that make graphs for all
 * @param snapshots of the slots, in a folder or an object store
 * @param diskReserve bytes of the disk kept free of pictures, so that deletes can be committed
 */
public record ShardNodeConfig(
    Path data,
    ShardSettings shard,
    long memoryBytes,
    int checkedPermyriad,
    Duration refreshInterval,
    Duration commitInterval,
    int buildThreads,
    int searchThreads,
    int searchQueue,
    int requestsMax,
    long filterBytes,
    CursorLimits cursors,
    long scrubRate,
    Duration scrubInterval,
    long diskReserve,
    CopyLimits copies,
    BuilderLimits builders,
    SnapshotTaker.Settings snapshots) {

  public static ShardNodeConfig read(ConfigReader config) {
    int cores = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 256);
    ShardSettings usual = ShardSettings.DEFAULT;
    return new ShardNodeConfig(
        config.path("shard.data", Path.of("data", "shards")),
        new ShardSettings(
            config.number("shard.seal.rows", usual.sealRows(), 100, 1_000_000),
            config.size("shard.write.buffer", usual.writeBufferBytes(), 1L << 20, 1L << 30),
            config.number("shard.code.bytes", usual.codeBytes(), 16, ShardSettings.CODE_BYTES_MAX),
            config.number("shard.recall.permille", (int) (usual.recall() * 1000), 500, 999)
                / 1000.0),
        config.size("shard.memory", usualMemory(), 16L << 20, 16L << 40),
        config.number("shard.recall.checked.permyriad", 10, 0, 10_000),
        config.duration("shard.refresh.interval", Duration.ofMillis(100)),
        config.duration("shard.commit.interval", Duration.ofSeconds(5)),
        config.number("shard.build.threads", Math.max(1, cores / 2), 1, 256),
        config.number("shard.search.threads", cores, 1, 256),
        config.number("shard.search.queue", 256, 1, 100_000),
        config.number("shard.requests.max", 20_000, 1, 1_000_000),
        config.size("shard.filter.cache", 64L << 20, 0, 64L << 30),
        new CursorLimits(
            config.duration("shard.cursor.idle", Duration.ofSeconds(60)),
            config.duration("shard.cursor.life", Duration.ofHours(1)),
            config.number("shard.cursors.per-shard", 64, 1, 100_000),
            config.number("shard.cursors.per-tenant", 256, 1, 1_000_000)),
        config.size("shard.scrub.rate", 64L << 20, 0, 64L << 30),
        config.duration("shard.scrub.interval", Duration.ofDays(7)),
        config.size("shard.disk.reserve", 256L << 20, 0, 1L << 40),
        new CopyLimits(
            config.number("shard.copy.behind", 10_000, 0, Integer.MAX_VALUE),
            config.number("shard.copy.parallel", 2, 1, 256),
            config.size("shard.copy.rate", 256L << 20, 0, 64L << 30)),
        new BuilderLimits(
            config.duration("shard.builder.patience", Duration.ofSeconds(60)),
            config.number("shard.builder.rows", 8 * usual.sealRows(), 0, Integer.MAX_VALUE)),
        new SnapshotTaker.Settings(
            store(config),
            config.duration("shard.snapshot.interval", Duration.ofHours(1)),
            config.number("shard.snapshot.keep", 24, 0, 100_000)));
  }

  private static Optional<StoreAddress> store(ConfigReader config) {
    String text = config.text("shard.snapshot.store", "");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(StoreAddress.parse(text));
    } catch (IllegalArgumentException e) {
      config.fault("shard.snapshot.store: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** Half of what the heap leaves of the machine, or of the container; the files want the rest. */
  private static long usualMemory() {
    long all =
        ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : Runtime.getRuntime().maxMemory() * 2;
    return Math.max(256L << 20, (all - Runtime.getRuntime().maxMemory()) / 2);
  }
}
