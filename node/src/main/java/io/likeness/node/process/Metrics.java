package io.likeness.node.process;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;

/**
 * The registry every role measures into: our timers are histograms, so that percentiles can be
 * added up over nodes.
 */
public final class Metrics {

  private static final int SERIES_MAX = 20_000;

  private Metrics() {}

  public static PrometheusMeterRegistry create() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registry
        .config()
        .meterFilter(MeterFilter.maximumAllowableMetrics(SERIES_MAX))
        .meterFilter(
            new MeterFilter() {
              @Override
              public DistributionStatisticConfig configure(
                  Meter.Id id, DistributionStatisticConfig config) {
                if (id.getType() != Meter.Type.TIMER || !id.getName().startsWith("likeness.")) {
                  return config;
                }
                return DistributionStatisticConfig.builder()
                    .serviceLevelObjectives(buckets())
                    .build()
                    .merge(config);
              }
            });
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    return registry;
  }

  /**
   * 0.5 ms to 30 s, about three to a decade: few enough for many instances, fine enough for a p99.
   */
  private static double[] buckets() {
    long[] micros = {500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000};
    long[] millis = {1_000, 2_000, 5_000, 10_000, 30_000};
    double[] nanos = new double[micros.length + millis.length];
    for (int i = 0; i < micros.length; i++) {
      nanos[i] = Duration.ofNanos(micros[i] * 1_000).toNanos();
    }
    for (int i = 0; i < millis.length; i++) {
      nanos[micros.length + i] = Duration.ofMillis(millis[i]).toNanos();
    }
    return nanos;
  }
}
