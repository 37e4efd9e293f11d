package io.likeness.ingest;

import io.likeness.features.Embedded;
import io.likeness.ingest.intake.Checked;
import io.likeness.ingest.intake.EventKind;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** What a worker tells of its work. */
public final class IngestMetrics {

  private final MeterRegistry registry;
  private final Map<Stage, Timer> stages = new EnumMap<>(Stage.class);

  public IngestMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (Stage stage : Stage.values()) {
      stages.put(
          stage,
          Timer.builder("likeness.ingest.stage").tag("stage", text(stage)).register(registry));
    }
  }

  void event(EventKind kind, Outcome outcome) {
    registry
        .counter("likeness.ingest.events", "kind", text(kind), "outcome", text(outcome))
        .increment();
  }

  void quarantined(Checked.Unfit unfit) {
    event(unfit.kind(), Outcome.QUARANTINED);
    registry
        .counter("likeness.ingest.quarantined", "reason", text(unfit.rejection().getKind()))
        .increment();
  }

  void embedded(Embedded embedded) {
    if (!embedded.cached()) {
      record(Stage.DECODE, Duration.ofNanos(embedded.decodeMicros() * 1_000));
      record(Stage.EMBED, Duration.ofNanos(embedded.embedMicros() * 1_000));
    }
  }

  void timed(Stage stage, Runnable work) {
    long start = System.nanoTime();
    work.run();
    record(stage, Duration.ofNanos(System.nanoTime() - start));
  }

  private void record(Stage stage, Duration took) {
    Timer timer = stages.get(stage);
    if (timer != null) {
      timer.record(took);
    }
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
