package io.likeness.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitsTest {

  private final AtomicLong nanos = new AtomicLong();
  private final RateLimits rates = new RateLimits(2, 3, nanos::get);

  @Test
  void allowsABurstAndThenTheRate() {
    for (int i = 0; i < 3; i++) {
      assertThat(rates.take("a")).isTrue();
    }
    assertThat(rates.take("a")).isFalse();

    nanos.addAndGet(500_000_000);
    assertThat(rates.take("a")).isTrue();
    assertThat(rates.take("a")).isFalse();
  }

  @Test
  void keepsAccountsApart() {
    while (rates.take("a")) {
      // until a's burst is used up
    }
    assertThat(rates.take("b")).isTrue();
  }
}
