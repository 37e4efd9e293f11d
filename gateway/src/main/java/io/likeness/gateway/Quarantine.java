package io.likeness.gateway;

import io.likeness.gateway.publish.PublishOutcome;
import io.likeness.proto.vector.Version;
import io.likeness.wire.QuarantinedEvent;
import io.likeness.wire.Rejection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Events that could not succeed. Whose events a caller may see is decided before, by the API. */
public interface Quarantine {

  /**
   * One event in quarantine, without its bytes.
   *
   * @param position its place in the list: entries come in the order in which they went in
   */
  record Entry(
      long position,
      Version version,
      String instance,
      String imageId,
      Rejection rejection,
      long atMillis,
      String by) {}

  /** Entries after this position that fulfil the wish, in order. */
  List<Entry> list(long after, int limit, Predicate<Entry> wish);

  Optional<Entry> find(Version version);

  /** The whole event; empty where it has been resolved meanwhile. */
  Optional<QuarantinedEvent> event(Entry entry);

  /**
   * Puts the event into the log once more, under the version it had. The ingest worker removes the
   * entry when the event has succeeded and renews it when it has failed again.
   */
  PublishOutcome redrive(QuarantinedEvent event, String traceparent);
}
