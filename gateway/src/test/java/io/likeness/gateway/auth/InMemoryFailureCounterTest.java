package io.likeness.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class InMemoryFailureCounterTest extends FailureCounterContract {

  private final AtomicLong nanos = new AtomicLong();
  private final FailureCounter counter = new InMemoryFailureCounter(1000, nanos::get);

  @Override
  protected FailureCounter counter() {
    return counter;
  }

  @Test
  void forgetsACountFiveMinutesAfterItsLastRise() {
    counter.raise("a");
    nanos.addAndGet(Duration.ofMinutes(4).toNanos());
    counter.raise("a");
    nanos.addAndGet(Duration.ofMinutes(4).toNanos());
    assertThat(counter.count("a")).isEqualTo(2);
    nanos.addAndGet(Duration.ofMinutes(1).plusNanos(1).toNanos());

    assertThat(counter.count("a")).isZero();
  }
}
