package io.likeness.gateway.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/** What the server itself counts; calls by API and instance are counted behind it. */
final class EdgeMetrics {

  private final MeterRegistry registry;
  private final Timer[] answers = new Timer[6];
  private final DistributionSummary answerBytes;

  EdgeMetrics(MeterRegistry registry, Admission admission) {
    this.registry = registry;
    for (int family = 1; family < answers.length; family++) {
      answers[family] =
          Timer.builder("likeness.http.requests")
              .description("Requests answered, from their first byte to the answer")
              .tag("status", family + "xx")
              .register(registry);
    }
    answerBytes =
        DistributionSummary.builder("likeness.http.answer.bytes")
            .baseUnit("bytes")
            .register(registry);
    Gauge.builder("likeness.http.connections", admission, Admission::connections)
        .description("Connections open now")
        .register(registry);
    Gauge.builder("likeness.http.inflight.requests", admission, Admission::requests)
        .description("Requests being read or answered now")
        .register(registry);
    Gauge.builder("likeness.http.inflight.bytes", admission, Admission::bytes)
        .description("Bytes of bodies held now")
        .baseUnit("bytes")
        .register(registry);
  }

  void answered(int status, long nanos, int bytes) {
    answers[status / 100].record(Duration.ofNanos(nanos));
    answerBytes.record(bytes);
  }

  /** The server said no before an API saw the request. */
  void refused(String why) {
    Counter.builder("likeness.http.refused")
        .description("Connections and requests the server itself refused")
        .tag("reason", why)
        .register(registry)
        .increment();
  }
}
