package io.likeness.ingest;

import io.likeness.features.EmbedderConfig;
import io.likeness.features.PictureConfig;
import io.likeness.features.fetch.FetchConfig;
import io.likeness.ingest.feature.FetchPatience;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.kafka.KafkaClients;
import java.time.Duration;

/**
 * What an ingest worker is told.
 *
 * @param addThreads consumers of the lane of adds; partitions of {@code ops} bound their use
 * @param changeThreads consumers of the lane of changes
 * @param batchRecords events worked together
 * @param batchBytes bytes of events fetched together
 * @param pictures how pictures become vectors
 * @param fetching how often and how long addresses are tried
 */
public record IngestConfig(
    int addThreads,
    int changeThreads,
    int batchRecords,
    long batchBytes,
    PictureConfig pictures,
    FetchPatience fetching) {

  public static IngestConfig read(ConfigReader config) {
    return new IngestConfig(
        config.number("ingest.threads", 2, 1, 64),
        config.number("ingest.changes.threads", 1, 1, 64),
        config.number("ingest.batch.records", 64, 1, 1_000),
        config.size("ingest.batch.bytes", 32L << 20, KafkaClients.RECORD_BYTES_MAX, 512L << 20),
        PictureConfig.read(
            config,
            "ingest",
            new PictureConfig.Usual(
                config.number("ingest.embed.batch", EmbedderConfig.BATCH_MAX_DEFAULT, 1, 256),
                PictureConfig.cores(),
                FetchConfig.DEADLINE_DEFAULT)),
        new FetchPatience(
            config.number("ingest.fetch.attempts", 3, 1, 20),
            config.duration("ingest.fetch.pause", Duration.ofMillis(500)),
            config.duration("ingest.fetch.patience", Duration.ofSeconds(15))));
  }
}
