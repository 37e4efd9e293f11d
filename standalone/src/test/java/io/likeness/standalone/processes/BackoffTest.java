package io.likeness.standalone.processes;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {

  private static final Duration SHORT = Duration.ofSeconds(1);

  @Test
  void pausesLongerAfterEachShortLifeAndEndsAtABound() {
    Backoff backoff = new Backoff();
    Duration before = Duration.ZERO;
    for (int life = 1; life <= Backoff.SHORT_LIVES_MAX; life++) {
      Duration pause = backoff.after(SHORT);
      assertThat(pause).isGreaterThanOrEqualTo(before).isLessThanOrEqualTo(Backoff.MAX);
      before = pause;
    }
    assertThat(backoff.after(SHORT)).isNegative();
  }

  @Test
  void forgetsShortLivesAfterALongOne() {
    Backoff backoff = new Backoff();
    for (int life = 1; life <= Backoff.SHORT_LIVES_MAX; life++) {
      backoff.after(SHORT);
    }
    assertThat(backoff.after(Backoff.GOOD_LIFE)).isEqualTo(Backoff.FIRST);
    assertThat(backoff.after(SHORT)).isPositive();
  }
}
