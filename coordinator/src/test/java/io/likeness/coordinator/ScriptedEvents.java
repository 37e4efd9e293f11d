package io.likeness.coordinator;

import io.likeness.coordinator.plan.Deadline;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** A log of events in two partitions, which are worked when somebody looks often enough. */
final class ScriptedEvents implements EventLog {

  static final int EPOCH = 3;

  private final Map<Integer, Long> ends = new HashMap<>(Map.of(0, 0L, 1, 0L));
  private final Map<Integer, Long> worked = new HashMap<>(Map.of(0, 0L, 1, 0L));
  final AtomicInteger looks = new AtomicInteger();
  private int idleLooks;
  private boolean silent;

  /** These many events come. */
  void come(int partition, long events) {
    ends.merge(partition, events, Long::sum);
  }

  /** All that has come is worked after it was looked at this often. */
  void areWorkedAfterLooks(int times) {
    idleLooks = times;
  }

  void saysNothing() {
    silent = true;
  }

  @Override
  public Optional<Map<Integer, Long>> ends(Deadline deadline) {
    return silent ? Optional.empty() : Optional.of(Map.copyOf(ends));
  }

  @Override
  public Optional<Map<Integer, Long>> worked(Deadline deadline) {
    if (looks.incrementAndGet() > idleLooks) {
      worked.putAll(ends);
    }
    return silent ? Optional.empty() : Optional.of(Map.copyOf(worked));
  }

  @Override
  public int epoch() {
    return EPOCH;
  }

  @Override
  public int partitions() {
    return 2;
  }
}
