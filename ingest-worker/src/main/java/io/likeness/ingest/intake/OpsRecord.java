package io.likeness.ingest.intake;

import io.likeness.node.kafka.Headers;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.EventFormat;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A record of {@code ops} as it was read. Anybody may have written it, so nothing in it is trusted.
 *
 * @param place where it lies; Kafka says so, not the writer
 * @param origin text of the version it was first written under, where it is driven again; else
 *     empty
 * @param acceptedAtMillis when Kafka took it; for measuring only
 */
public record OpsRecord(
    Version place,
    byte[] key,
    byte[] value,
    String contentType,
    String origin,
    Trace trace,
    long acceptedAtMillis) {

  private static final byte[] NOTHING = {};

  public static OpsRecord of(int epoch, ConsumerRecord<byte[], byte[]> polled) {
    return new OpsRecord(
        new Version(epoch, polled.partition(), polled.offset()),
        orNothing(polled.key()),
        orNothing(polled.value()),
        Headers.text(polled, EventFormat.CONTENT_TYPE),
        Headers.text(polled, Headers.ORIGIN),
        Trace.parse(Headers.text(polled, Trace.HEADER)),
        polled.timestamp());
  }

  private static byte[] orNothing(byte @Nullable [] bytes) {
    return bytes == null ? NOTHING : bytes;
  }
}
