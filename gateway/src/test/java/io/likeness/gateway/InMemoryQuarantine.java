package io.likeness.gateway;

import io.likeness.gateway.publish.PublishOutcome;
import io.likeness.proto.vector.Version;
import io.likeness.wire.QuarantinedEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** A quarantine in a map; what is driven again is remembered and leaves it at once. */
public final class InMemoryQuarantine implements Quarantine {

  private final TreeMap<Long, QuarantinedEvent> events = new TreeMap<>();
  public final List<QuarantinedEvent> redriven = new ArrayList<>();
  private long next;

  public void put(QuarantinedEvent event) {
    events.put(next++, event);
  }

  @Override
  public List<Entry> list(long after, int limit, Predicate<Entry> wish) {
    return events.tailMap(after, false).entrySet().stream()
        .map(each -> entry(each.getKey(), each.getValue()))
        .filter(wish)
        .limit(limit)
        .toList();
  }

  @Override
  public Optional<Entry> find(Version version) {
    return list(-1, Integer.MAX_VALUE, each -> each.version().equals(version)).stream().findFirst();
  }

  @Override
  public Optional<QuarantinedEvent> event(Entry entry) {
    return Optional.ofNullable(events.get(entry.position()));
  }

  @Override
  public PublishOutcome redrive(QuarantinedEvent event, String traceparent) {
    redriven.add(event);
    events.values().remove(event);
    return new PublishOutcome.Published(new Version(1, event.getVersion().getPartition(), 999));
  }

  private static Entry entry(long position, QuarantinedEvent event) {
    return new Entry(
        position,
        Version.of(event.getVersion()),
        event.getInstance(),
        event.getImageId(),
        event.getRejection(),
        event.getQuarantinedAtMillis(),
        event.getBy());
  }
}
