package io.likeness.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.node.process.SearchLimit.Rush;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Over threads that are pretended, in virtual time. */
class SearchLimitTest {

  private final AtomicLong now = new AtomicLong(-5);
  private final SearchLimit limit = new SearchLimit(8, 1_000, now::get);

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  /** Windows in which as many as allowed are under way and those above the capacity wait long. */
  private void rush(int windows, int capacity) {
    for (int window = 0; window < windows; window++) {
      int underWay = limit.now();
      boolean waits = underWay > 2 * capacity;
      for (int i = 0; i < 20; i++) {
        pass(Duration.ofMillis(6));
        limit.told(waits ? Rush.WAITED : Rush.NONE, underWay);
      }
    }
  }

  @Test
  void findsWhereSearchesBeginToWaitAndStaysThere() {
    rush(100, 100);
    assertThat(limit.now()).isBetween(170, 230);
    rush(100, 20);
    assertThat(limit.now()).isBetween(34, 46);
    rush(100, 200);
    assertThat(limit.now()).isBetween(340, 460);
  }

  @Test
  void doesNotGrowWhereItIsNotNeeded() {
    int before = limit.now();
    for (int i = 0; i < 1_000; i++) {
      pass(Duration.ofMillis(6));
      limit.told(Rush.NONE, 2);
    }
    assertThat(limit.now()).isEqualTo(before);
  }

  @Test
  void goesDownUntilNearlyNobodyIsRefused() {
    rush(100, 100);
    for (int i = 0; i < 10_000; i++) {
      pass(Duration.ofMillis(6));
      // Two threads and sixteen waiting; whoever comes beyond is refused.
      boolean refused = i % limit.now() >= 18;
      limit.told(refused ? Rush.REFUSED : Rush.NONE, limit.now());
    }
    assertThat(limit.now()).isBetween(16, 20);
  }

  @Test
  void keepsItsBounds() {
    rush(200, 1);
    assertThat(limit.now()).isEqualTo(8);
    rush(200, 100_000);
    assertThat(limit.now()).isEqualTo(1_000);
  }
}
