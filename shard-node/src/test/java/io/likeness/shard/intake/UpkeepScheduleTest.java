package io.likeness.shard.intake;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class UpkeepScheduleTest {

  private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);

  private final Upkeep.Schedule schedule = new Upkeep.Schedule();

  private long pauseAfter(long millis) {
    schedule.lastTook = TimeUnit.MILLISECONDS.toNanos(millis);
    return TimeUnit.NANOSECONDS.toMillis(schedule.dueAt(INTERVAL) - schedule.lastEnd);
  }

  @Test
  void restsLongerTheLongerARefreshTook() {
    assertThat(pauseAfter(1)).isEqualTo(100);
    assertThat(pauseAfter(50)).isEqualTo(500);
    schedule.urgent = true;
    assertThat(pauseAfter(1)).isEqualTo(2);
    assertThat(pauseAfter(50)).isEqualTo(100);
  }

  @Test
  void doesNotRestForMinutesAfterTheProcessStoodStillInTheMiddleOfARefresh() {
    assertThat(pauseAfter(30_000)).isEqualTo(3_000);
    schedule.urgent = true;
    assertThat(pauseAfter(30_000)).isEqualTo(3_000);
  }
}
