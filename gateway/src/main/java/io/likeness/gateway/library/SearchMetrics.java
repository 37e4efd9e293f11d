package io.likeness.gateway.library;

import io.likeness.wire.StageTimings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** How long the stages of a search took, as the coordinator tells, and how long writers waited. */
final class SearchMetrics {

  private final Timer decode;
  private final Timer embed;
  private final Timer shards;
  private final Timer merge;
  private final Timer total;
  private final Timer visible;

  SearchMetrics(MeterRegistry registry) {
    decode = stage(registry, "decode");
    embed = stage(registry, "embed");
    shards = stage(registry, "shards");
    merge = stage(registry, "merge");
    total = stage(registry, "total");
    visible =
        Timer.builder("likeness.gateway.visible.wait")
            .description("From a write's acknowledgement by the log to its being visible")
            .register(registry);
  }

  private static Timer stage(MeterRegistry registry, String name) {
    return Timer.builder("likeness.gateway.search.stage")
        .description("Stages of a search, measured by the coordinator")
        .tag("stage", name)
        .register(registry);
  }

  void searched(StageTimings timings) {
    decode.record(timings.getDecodeMicros(), TimeUnit.MICROSECONDS);
    embed.record(timings.getEmbedMicros(), TimeUnit.MICROSECONDS);
    shards.record(timings.getShardsMicros(), TimeUnit.MICROSECONDS);
    merge.record(timings.getMergeMicros(), TimeUnit.MICROSECONDS);
    total.record(timings.getTotalMicros(), TimeUnit.MICROSECONDS);
  }

  void waited(long nanos) {
    visible.record(nanos, TimeUnit.NANOSECONDS);
  }
}
