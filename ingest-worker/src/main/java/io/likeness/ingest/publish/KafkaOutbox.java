package io.likeness.ingest.publish;

import com.google.protobuf.ByteString;
import io.likeness.ingest.intake.Checked;
import io.likeness.ingest.intake.Unavailable;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.Version;
import io.likeness.wire.QuarantinedEvent;
import io.likeness.wire.VectorRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/** The outbox over Kafka. The producer is shared by all lanes; what awaits its ack is not. */
final class KafkaOutbox implements Outbox {

  /** The producer itself gives up earlier; this ends the waiting should it not. */
  private static final Duration ACKS_AWAITED_MAX = Duration.ofMinutes(3);

  /** What a quarantined event may need beside the value: reason, key, names. */
  private static final int QUARANTINE_OVERHEAD_MAX = 64 << 10;

  static final int QUARANTINED_VALUE_MAX = KafkaClients.RECORD_BYTES_MAX - QUARANTINE_OVERHEAD_MAX;

  /** Keys of image records are far shorter; a longer one is a stranger's mistake. */
  private static final int QUARANTINED_KEY_MAX = 4 << 10;

  private final Producer<byte[], byte[]> producer;
  private final InstantSource clock;
  private final String by;
  private final List<Future<RecordMetadata>> unacknowledged = new ArrayList<>();

  KafkaOutbox(Producer<byte[], byte[]> producer, InstantSource clock, String by) {
    this.producer = producer;
    this.clock = clock;
    this.by = by;
  }

  @Override
  public void publish(int slot, VectorRecord step, Trace trace) {
    String key = step.getInstanceUid() + "/" + step.getImageId();
    ProducerRecord<byte[], byte[]> sent =
        new ProducerRecord<>(
            Topics.VECTORS, slot, key.getBytes(StandardCharsets.UTF_8), step.toByteArray());
    sent.headers().add(Trace.HEADER, trace.child().traceparent().getBytes(StandardCharsets.UTF_8));
    send(sent);
  }

  /**
   * Keyed by the version the event's effects would have had, so that an event that fails again
   * after it was driven again takes its old place.
   */
  @Override
  public void quarantine(Checked.Unfit unfit) {
    send(
        new ProducerRecord<>(
            Topics.QUARANTINE, key(unfit.version()), quarantined(unfit).toByteArray()));
  }

  @Override
  public void resolve(Version version) {
    send(new ProducerRecord<>(Topics.QUARANTINE, key(version), null));
  }

  private QuarantinedEvent quarantined(Checked.Unfit unfit) {
    byte[] value = unfit.record().value();
    byte[] key = unfit.record().key();
    QuarantinedEvent.Builder event =
        QuarantinedEvent.newBuilder()
            .setVersion(unfit.version().toWire())
            .setRejection(unfit.rejection())
            .setKey(ByteString.copyFrom(key, 0, Math.min(key.length, QUARANTINED_KEY_MAX)))
            .setContentType(unfit.record().contentType())
            .setQuarantinedAtMillis(clock.millis())
            .setBy(by)
            .setInstance(shortened(unfit.instanceName()))
            .setImageId(shortened(unfit.imageId()));
    if (value.length <= QUARANTINED_VALUE_MAX) {
      event.setValue(ByteString.copyFrom(value));
    } else {
      // A record as large as Kafka takes leaves no room for the reason; its bytes stay in ops.
      event.setRejection(
          unfit.rejection().toBuilder()
              .setDetail(
                  unfit.rejection().getDetail()
                      + " (the value's "
                      + value.length
                      + " bytes are too many to be kept here, at most "
                      + QUARANTINED_VALUE_MAX
                      + "; they are in ops at "
                      + unfit.record().place()
                      + ")"));
    }
    return event.build();
  }

  @Override
  public void awaitAcks() {
    long deadline = System.nanoTime() + ACKS_AWAITED_MAX.toNanos();
    try {
      for (Future<RecordMetadata> each : unacknowledged) {
        each.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw unavailable(e.getCause());
    } catch (TimeoutException e) {
      throw unavailable(e);
    } finally {
      unacknowledged.clear();
    }
  }

  private void send(ProducerRecord<byte[], byte[]> sent) {
    try {
      unacknowledged.add(producer.send(sent));
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      unacknowledged.clear();
      throw unavailable(e);
    }
  }

  private static Unavailable unavailable(@Nullable Throwable cause) {
    Throwable known = cause == null ? new KafkaException("no cause given") : cause;
    return new Unavailable("a record was not acknowledged: " + known.getMessage(), known);
  }

  private static byte[] key(Version version) {
    return version.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String shortened(String text) {
    return text.length() <= 1_024 ? text : text.substring(0, 1_024);
  }
}
