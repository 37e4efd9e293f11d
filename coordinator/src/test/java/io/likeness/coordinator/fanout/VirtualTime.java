package io.likeness.coordinator.fanout;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;

/** A clock that stands still until it is told to go on, and then does what was due, in order. */
final class VirtualTime implements Timers, LongSupplier {

  private record Task(long at, long number, Runnable task) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::at).thenComparingLong(Task::number));
  // Anywhere: nobody may rely on where a clock of nanoseconds begins.
  private long now = -Duration.ofDays(3).toNanos();
  private long number;

  @Override
  public long getAsLong() {
    return now;
  }

  @Override
  public Runnable after(Duration time, Runnable task) {
    Task planned = new Task(now + time.toNanos(), number++, task);
    tasks.add(planned);
    return () -> tasks.remove(planned);
  }

  void pass(Duration time) {
    long end = now + time.toNanos();
    while (!tasks.isEmpty() && tasks.element().at() <= end) {
      Task due = tasks.remove();
      now = due.at();
      due.task().run();
    }
    now = end;
  }
}
