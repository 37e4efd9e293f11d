package io.likeness.coordinator;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.node.kafka.OpsProgress;
import java.util.Map;
import java.util.Optional;

/** How far events have come, by partition of {@code ops}; nothing where Kafka does not say. */
interface EventLog {

  /** Offsets behind the newest event. */
  Optional<Map<Integer, Long>> ends(Deadline deadline) throws InterruptedException;

  /** Offsets of the first event that has not been worked into its slot. */
  Optional<Map<Integer, Long>> worked(Deadline deadline) throws InterruptedException;

  int epoch();

  int partitions();

  static EventLog of(OpsProgress progress, int epoch) {
    return new EventLog() {
      @Override
      public Optional<Map<Integer, Long>> ends(Deadline deadline) throws InterruptedException {
        return progress.ends(deadline.remaining());
      }

      @Override
      public Optional<Map<Integer, Long>> worked(Deadline deadline) throws InterruptedException {
        return progress.worked(deadline.remaining());
      }

      @Override
      public int epoch() {
        return epoch;
      }

      @Override
      public int partitions() {
        return progress.partitions();
      }
    };
  }
}
