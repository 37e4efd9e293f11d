package io.likeness.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class InMemoryReplayGuardTest extends ReplayGuardContract {

  private final AtomicLong nanos = new AtomicLong();
  private final ReplayGuard guard = new InMemoryReplayGuard(1000, nanos::get);

  @Override
  protected ReplayGuard guard() {
    return guard;
  }

  @Override
  protected void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void keepsASignatureToTheSecondAsLongAsItWasTold() {
    guard.firstSeenOn("s", "c1", Duration.ofMinutes(31));

    pass(Duration.ofMinutes(31).minusSeconds(1));
    assertThat(guard.firstSeenOn("s", "c2", Duration.ofMinutes(1))).contains("c1");
    pass(Duration.ofSeconds(2));
    assertThat(guard.firstSeenOn("s", "c2", Duration.ofMinutes(1))).isEmpty();
  }
}
