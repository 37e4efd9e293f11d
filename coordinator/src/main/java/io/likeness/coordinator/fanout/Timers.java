package io.likeness.coordinator.fanout;

import io.vertx.core.Vertx;
import java.time.Duration;

/** Does something later, once. */
public interface Timers {

  /** Returns what calls it off; harmless when it has been done. */
  Runnable after(Duration time, Runnable task);

  /** To the millisecond, and never at once. */
  static Timers of(Vertx vertx) {
    return (time, task) -> {
      long timer = vertx.setTimer(Math.max(1, time.toMillis()), fired -> task.run());
      return () -> vertx.cancelTimer(timer);
    };
  }
}
