package io.likeness.coordinator.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LatenciesTest {

  private static final long START = -5;

  private final Latencies latencies = new Latencies(START);

  private static long after(Duration time) {
    return START + time.toNanos();
  }

  @Test
  void saysNothingOfAFew() {
    for (int i = 0; i < 19; i++) {
      latencies.add(1_000_000, START);
    }
    assertThat(latencies.quantile(0.95, START)).isEmpty();
    latencies.add(1_000_000, START);
    assertThat(latencies.quantile(0.95, START)).isPresent();
  }

  @Test
  void findsAQuantileToAFifth() {
    for (int millis = 1; millis <= 100; millis++) {
      latencies.add(millis * 1_000_000L, START);
    }
    assertThat(latencies.quantile(0.95, START).orElseThrow()).isBetween(95_000_000L, 115_000_000L);
    assertThat(latencies.quantile(0.5, START).orElseThrow()).isBetween(50_000_000L, 60_000_000L);
  }

  @Test
  void forgets() {
    for (int i = 0; i < 100; i++) {
      latencies.add(100_000_000, START);
    }
    for (int i = 0; i < 100; i++) {
      latencies.add(1_000_000, after(Duration.ofSeconds(60)));
    }
    assertThat(latencies.quantile(0.95, after(Duration.ofSeconds(60))).orElseThrow())
        .isLessThan(2_000_000);
    assertThat(latencies.quantile(0.95, after(Duration.ofHours(1)))).isEmpty();
  }

  @Test
  void takesAnyTime() {
    for (int i = 0; i < 30; i++) {
      latencies.add(0, START);
      latencies.add(Long.MAX_VALUE / 2, START);
    }
    assertThat(latencies.quantile(0.25, START).orElseThrow()).isEqualTo(50_000);
    assertThat(latencies.quantile(0.95, START).orElseThrow())
        .isGreaterThan(Duration.ofMinutes(4).toNanos());
  }
}
