package io.likeness.coordinator;

import io.likeness.wire.Coverage;
import io.likeness.wire.SearchAnswer;
import io.likeness.wire.StageTimings;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Locale;

/** What a coordinator tells of its searches. */
final class SearchMetrics {

  private final MeterRegistry registry;

  SearchMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  void searched(SearchAnswer answer) {
    registry.counter("likeness.search.requests", "outcome", outcome(answer)).increment();
    if (answer.hasPage()) {
      StageTimings timings = answer.getPage().getTimings();
      record("decode", timings.getDecodeMicros());
      record("embed", timings.getEmbedMicros());
      record("shards", timings.getShardsMicros());
      record("merge", timings.getMergeMicros());
      record("total", timings.getTotalMicros());
    }
  }

  private static String outcome(SearchAnswer answer) {
    if (!answer.hasPage()) {
      return answer.getRefusal().getKind().name().toLowerCase(Locale.ROOT);
    }
    Coverage coverage = answer.getPage().getCoverage();
    return coverage.getShardsAnswered() == coverage.getShardsAsked() ? "whole" : "partial";
  }

  private void record(String stage, long micros) {
    registry
        .timer("likeness.search.stage", "stage", stage)
        .record(Duration.ofNanos(micros * 1_000));
  }
}
