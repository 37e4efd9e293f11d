package io.likeness.gateway.publish;

import io.likeness.node.kafka.Headers;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.Trace;
import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.ImageEvent;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;

/**
 * Writes events to {@code ops} and waits until every in-sync replica has them. The place of the
 * record is the event's version.
 *
 * <p>The producer blocks when its buffer is full, for everybody and without saying how long. So
 * what is on its way is bounded here instead, by bytes: an event waits its turn for a moment, and
 * is then refused. A send whose answer does not come in time counts as not taken although the log
 * may still get it; the caller sends it again, and an event that is there twice changes nothing.
 */
public final class EventPublisher implements AutoCloseable {

  /** Room a record takes beside its key and value: headers and framing. */
  private static final int RECORD_OVERHEAD = 1024;

  /** As much as the producer's own buffer, less room for batches. */
  private static final int IN_FLIGHT_KIB_MAX = 48 << 10;

  /** How long an event waits for room. */
  private static final Duration ROOM_WAIT = Duration.ofSeconds(2);

  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final Producer<byte[], byte[]> producer;
  private final IntSupplier epoch;
  private final Duration deadline;

  /** Kibibytes that may still be handed over; fair, so that large events are not passed over. */
  private final Semaphore room = new Semaphore(IN_FLIGHT_KIB_MAX, true);

  private final Timer published;

  /** Takes the producer over. */
  public EventPublisher(
      Producer<byte[], byte[]> producer,
      IntSupplier epoch,
      Duration deadline,
      MeterRegistry metrics) {
    this.producer = producer;
    this.epoch = epoch;
    this.deadline = deadline;
    this.published =
        Timer.builder("likeness.gateway.publish")
            .description("From an event's handing over to its acknowledgement by the log")
            .register(metrics);
    Gauge.builder("likeness.gateway.publish.inflight.bytes", room, EventPublisher::inFlight)
        .description("Bytes of events handed over and not yet acknowledged")
        .baseUnit("bytes")
        .register(metrics);
  }

  public static EventPublisher open(
      KafkaSettings kafka,
      String clientId,
      IntSupplier epoch,
      Duration deadline,
      MeterRegistry metrics) {
    Producer<byte[], byte[]> producer =
        KafkaClients.producer(
            kafka,
            clientId,
            Map.of(
                "delivery.timeout.ms",
                Math.toIntExact(deadline.toMillis()),
                "request.timeout.ms",
                Math.toIntExact(Math.max(1, deadline.toMillis() / 2)),
                "max.block.ms",
                deadline.toMillis() / 2,
                "linger.ms",
                0));
    return new EventPublisher(producer, epoch, deadline, metrics);
  }

  private static double inFlight(Semaphore room) {
    return (IN_FLIGHT_KIB_MAX - room.availablePermits()) * 1024.0;
  }

  /** Learns where the log is, so that the first event need not; false where it does not answer. */
  public boolean warmUp() {
    try {
      return !producer.partitionsFor(Topics.OPS).isEmpty();
    } catch (KafkaException e) {
      return false;
    }
  }

  /** Publishes one event in Protobuf; blocks until it is acknowledged or the deadline is over. */
  public PublishOutcome publish(ImageEvent event, String traceparent) {
    InstanceKey instance = InstanceKey.parse(event.getInstance());
    return send(
        new ProducerRecord<>(
            Topics.OPS,
            instance.recordKey(event.getImageId()).getBytes(StandardCharsets.UTF_8),
            event.toByteArray()),
        EventFormat.PROTOBUF,
        traceparent);
  }

  /**
   * Publishes an event once more under the version it had. It must go to the partition it came
   * from, where its key put it.
   */
  public PublishOutcome republish(
      Version origin, byte[] key, byte[] value, String contentType, String traceparent) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(Topics.OPS, origin.partition(), key, value);
    Headers.put(record, Headers.ORIGIN, origin.toString());
    return send(record, contentType, traceparent);
  }

  private PublishOutcome send(
      ProducerRecord<byte[], byte[]> record, String contentType, String traceparent) {
    long bytes = (long) record.key().length + record.value().length + RECORD_OVERHEAD;
    if (bytes > KafkaClients.RECORD_BYTES_MAX) {
      return new PublishOutcome.TooLarge(bytes, KafkaClients.RECORD_BYTES_MAX);
    }
    int kib = Math.toIntExact(Math.ceilDiv(bytes, 1024L));
    try {
      if (!room.tryAcquire(kib, ROOM_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        return new PublishOutcome.NotTaken("too many events are on their way", RETRY_AFTER);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new PublishOutcome.NotTaken("the gateway is stopping", RETRY_AFTER);
    }
    if (!contentType.isEmpty()) {
      Headers.put(record, EventFormat.CONTENT_TYPE, contentType);
    }
    Headers.put(record, Trace.HEADER, traceparent);
    long began = System.nanoTime();
    Future<RecordMetadata> sending;
    try {
      sending = producer.send(record, (metadata, fault) -> room.release(kib));
    } catch (KafkaException | IllegalStateException e) {
      room.release(kib);
      return new PublishOutcome.NotTaken("the log does not take events: " + e, RETRY_AFTER);
    }
    try {
      RecordMetadata place = sending.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      published.record(System.nanoTime() - began, TimeUnit.NANOSECONDS);
      return new PublishOutcome.Published(
          new Version(epoch.getAsInt(), place.partition(), place.offset()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new PublishOutcome.NotTaken("the gateway is stopping", RETRY_AFTER);
    } catch (TimeoutException e) {
      return new PublishOutcome.NotTaken(
          "the log did not answer within " + deadline.toMillis() + " ms", RETRY_AFTER);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RecordTooLargeException) {
        return new PublishOutcome.TooLarge(bytes, KafkaClients.RECORD_BYTES_MAX);
      }
      return new PublishOutcome.NotTaken("the log refused the event: " + e.getCause(), RETRY_AFTER);
    }
  }

  @Override
  public void close() {
    producer.close(deadline);
  }
}
