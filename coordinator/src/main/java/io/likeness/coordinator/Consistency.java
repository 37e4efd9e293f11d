package io.likeness.coordinator;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.proto.vector.Version;
import io.likeness.wire.EventVersion;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.SearchRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * What an answer has to show. A write token names an event of {@code ops}; what came of it stands
 * in a slot only after an ingest worker has worked it, and no shard can tell whether that has
 * happened. So the coordinator waits until every demanded event is worked, and then each shard
 * until it shows all that its slot's log holds by then: together that is exact. A strong search
 * demands the newest event of every partition, and so all that was acknowledged before it came.
 */
final class Consistency {

  private static final Duration FIRST_PAUSE = Duration.ofMillis(4);
  private static final Duration PAUSE_MAX = Duration.ofMillis(50);

  private final EventLog log;

  Consistency(EventLog log) {
    this.log = log;
  }

  /** The request with all the events it demands named, each of them worked. */
  SearchRequest settled(SearchRequest request, Deadline deadline) throws No {
    if (!request.getStrong() && request.getAtLeastCount() == 0) {
      return request;
    }
    try {
      List<EventVersion> demanded = new ArrayList<>();
      for (EventVersion token : request.getAtLeastList()) {
        refuseWhereImpossible(Version.of(token));
        demanded.add(token);
      }
      if (request.getStrong()) {
        told(log.ends(deadline), "where the log of events ends")
            .forEach(
                (partition, end) -> {
                  if (end > 0) {
                    demanded.add(new Version(log.epoch(), partition, end - 1).toWire());
                  }
                });
      }
      await(demanded, deadline);
      return request.toBuilder().clearAtLeast().addAllAtLeast(demanded).build();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for events");
    }
  }

  private void refuseWhereImpossible(Version token) throws No {
    if (token.epoch() > log.epoch() || token.partition() >= log.partitions()) {
      throw new No(
          Refusals.of(
              RefusalKind.BAD_REQUEST,
              "write token %s is of another cluster: this one is in epoch %d and has %d partitions"
                  .formatted(token, log.epoch(), log.partitions())));
    }
  }

  /** Of an older epoch no event is left to be worked. */
  private void await(List<EventVersion> demanded, Deadline deadline)
      throws No, InterruptedException {
    Duration pause = FIRST_PAUSE;
    while (true) {
      Map<Integer, Long> worked = told(log.worked(deadline), "which events have been worked");
      Optional<EventVersion> open =
          demanded.stream()
              .filter(
                  each ->
                      each.getEpoch() == log.epoch()
                          && worked.getOrDefault(each.getPartition(), 0L) <= each.getOffset())
              .findFirst();
      if (open.isEmpty()) {
        return;
      }
      if (deadline.remaining().compareTo(pause) <= 0) {
        throw new No(
            Refusals.of(
                RefusalKind.UNAVAILABLE,
                "event %s has not been worked before the deadline: its partition has been up to %d"
                    .formatted(
                        Version.of(open.get()),
                        worked.getOrDefault(open.get().getPartition(), 0L))));
      }
      Thread.sleep(pause);
      pause = pause.multipliedBy(2);
      pause = pause.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : pause;
    }
  }

  private static <T> T told(Optional<T> answer, String what) throws No {
    if (answer.isEmpty()) {
      throw new No(Refusals.of(RefusalKind.UNAVAILABLE, "Kafka does not tell " + what));
    }
    return answer.get();
  }
}
