package io.likeness.ingest.intake;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/** How far a lane is behind the end of each partition it holds. Used by the lane's thread only. */
public final class LaneMetrics {

  private record Lag(AtomicLong events, Meter.Id gauge) {}

  private final MeterRegistry registry;
  private final LaneKind kind;
  private final Map<TopicPartition, Lag> lags = new HashMap<>();

  public LaneMetrics(MeterRegistry registry, LaneKind kind) {
    this.registry = registry;
    this.kind = kind;
  }

  void lag(Consumer<byte[], byte[]> consumer) {
    for (TopicPartition partition : consumer.assignment()) {
      consumer
          .currentLag(partition)
          .ifPresent(lag -> lags.computeIfAbsent(partition, this::gauge).events().set(lag));
    }
  }

  void forget(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      Lag lag = lags.remove(partition);
      if (lag != null) {
        registry.remove(lag.gauge());
      }
    }
  }

  void forget() {
    forget(List.copyOf(lags.keySet()));
  }

  private Lag gauge(TopicPartition partition) {
    AtomicLong events = new AtomicLong();
    Gauge gauge =
        Gauge.builder("likeness.ingest.lag", events, AtomicLong::get)
            .tag("lane", kind.text())
            .tag("partition", Integer.toString(partition.partition()))
            .register(registry);
    return new Lag(events, gauge.getId());
  }
}
