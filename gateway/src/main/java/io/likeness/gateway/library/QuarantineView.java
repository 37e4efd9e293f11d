package io.likeness.gateway.library;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.Quarantine;
import io.likeness.gateway.publish.EventPublisher;
import io.likeness.gateway.publish.PublishOutcome;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.Formats;
import io.likeness.proto.wire.NewerFormatException;
import io.likeness.wire.QuarantinedEvent;
import io.likeness.wire.Rejection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What lies in quarantine now, followed live. Only what a list shows is kept in memory: an event's
 * bytes, which may be a picture, are read from the topic when somebody asks for that one. Whoever
 * drives an event again leaves the rest to the ingest worker: it removes the entry when the event
 * has succeeded and renews it when it has failed again, so nobody here races with it.
 */
public final class QuarantineView implements Quarantine, AutoCloseable {

  /** Entries kept for listing; beyond them the oldest are shown no more, but stay in the topic. */
  private static final int ENTRIES_MAX = 100_000;

  private static final int DETAIL_CHARS_MAX = 500;
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration READ_MAX = Duration.ofSeconds(10);
  private static final TopicPartition TOPIC = new TopicPartition(Topics.QUARANTINE, 0);
  private static final Logger log = LoggerFactory.getLogger(QuarantineView.class);

  private final KafkaSettings kafka;
  private final String clientId;
  private final EventPublisher publisher;
  private final Consumer<byte[], byte[]> consumer;
  private final Thread thread;
  private final ConcurrentSkipListMap<Long, Entry> entries = new ConcurrentSkipListMap<>();
  private final Map<String, Long> positions = new HashMap<>();
  private final AtomicLong forgotten = new AtomicLong();
  private volatile boolean closing;
  private volatile @Nullable String ended;

  private QuarantineView(KafkaSettings kafka, String clientId, EventPublisher publisher) {
    this.kafka = kafka;
    this.publisher = publisher;
    this.clientId = clientId;
    this.consumer = KafkaClients.consumer(kafka, clientId, null, Map.of("max.poll.records", 100));
    this.thread = Thread.ofPlatform().name("quarantine-view").unstarted(this::follow);
  }

  /** Begins to follow the topic; the publisher stays its owner's to close. */
  public static QuarantineView open(
      KafkaSettings kafka, String clientId, EventPublisher publisher) {
    QuarantineView view = new QuarantineView(kafka, clientId, publisher);
    view.thread.start();
    return view;
  }

  @Override
  public List<Entry> list(long after, int limit, Predicate<Entry> wish) {
    refuseWhereEnded();
    List<Entry> page = new ArrayList<>();
    for (Entry each : entries.tailMap(after, false).values()) {
      if (wish.test(each)) {
        page.add(each);
        if (page.size() == limit) {
          break;
        }
      }
    }
    return page;
  }

  @Override
  public Optional<Entry> find(Version version) {
    refuseWhereEnded();
    Long position;
    synchronized (positions) {
      position = positions.get(version.toString());
    }
    return position == null ? Optional.empty() : Optional.ofNullable(entries.get(position));
  }

  /** A list that lacks what lies behind a record nobody here understands would look whole. */
  private void refuseWhereEnded() {
    String reason = ended;
    if (reason != null) {
      throw new LibraryUnavailableException(reason);
    }
  }

  @Override
  public Optional<QuarantinedEvent> event(Entry entry) {
    try (Consumer<byte[], byte[]> reader =
        KafkaClients.consumer(kafka, clientId + "-read", null, Map.of("max.poll.records", 1))) {
      reader.assign(List.of(TOPIC));
      reader.seek(TOPIC, entry.position());
      long deadline = System.nanoTime() + READ_MAX.toNanos();
      while (System.nanoTime() < deadline) {
        for (ConsumerRecord<byte[], byte[]> record : reader.poll(POLL)) {
          return record.offset() == entry.position() && record.value() != null
              ? Optional.of(QuarantinedEvent.parseFrom(record.value()))
              : Optional.empty();
        }
      }
      throw new IllegalStateException(
          "the topic quarantine did not answer within " + READ_MAX.toSeconds() + " s");
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "the topic quarantine holds a record that cannot be read at " + entry.position(), e);
    }
  }

  @Override
  public PublishOutcome redrive(QuarantinedEvent event, String traceparent) {
    return publisher.republish(
        Version.of(event.getVersion()),
        event.getKey().toByteArray(),
        event.getValue().toByteArray(),
        event.getContentType(),
        traceparent);
  }

  private void follow() {
    try (consumer) {
      consumer.assign(List.of(TOPIC));
      consumer.seekToBeginning(List.of(TOPIC));
      while (!closing) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          take(record);
        }
      }
    } catch (WakeupException e) {
      if (!closing) {
        throw e;
      }
    } catch (RuntimeException e) {
      ended = "the view of quarantine has ended: " + e.getMessage();
      log.error("the view of quarantine has ended", e);
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return;
    }
    String version = new String(record.key(), StandardCharsets.UTF_8);
    Optional<Entry> entry = Optional.empty();
    if (record.value() != null) {
      try {
        QuarantinedEvent event = QuarantinedEvent.parseFrom(record.value());
        if (event.getFormat() > Formats.QUARANTINE) {
          throw new IllegalStateException(
              NewerFormatException.words(
                  "topic %s, offset %d".formatted(Topics.QUARANTINE, record.offset()),
                  event.getFormat(),
                  Formats.QUARANTINE));
        }
        entry = Optional.of(entry(record.offset(), event));
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        log.warn("the topic quarantine holds a record that cannot be read, key {}", version);
      }
    }
    // The new entry first: an event is never missing from a list because it moved.
    entry.ifPresent(each -> entries.put(each.position(), each));
    Long former;
    synchronized (positions) {
      former =
          entry.isPresent() ? positions.put(version, record.offset()) : positions.remove(version);
    }
    if (former != null) {
      entries.remove(former);
    }
    while (entries.size() > ENTRIES_MAX) {
      Entry oldest = entries.pollFirstEntry().getValue();
      synchronized (positions) {
        positions.remove(oldest.version().toString());
      }
      if (forgotten.getAndIncrement() == 0) {
        log.warn("more than {} events lie in quarantine; the oldest are not listed", ENTRIES_MAX);
      }
    }
  }

  private static Entry entry(long position, QuarantinedEvent event) {
    Rejection rejection = event.getRejection();
    if (rejection.getDetail().length() > DETAIL_CHARS_MAX) {
      rejection =
          rejection.toBuilder()
              .setDetail(rejection.getDetail().substring(0, DETAIL_CHARS_MAX) + "...")
              .build();
    }
    return new Entry(
        position,
        Version.of(event.getVersion()),
        event.getInstance(),
        event.getImageId(),
        rejection,
        event.getQuarantinedAtMillis(),
        event.getBy());
  }

  @Override
  public void close() {
    closing = true;
    consumer.wakeup();
    try {
      thread.join(READ_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
