package io.likeness.node.kafka;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;

/** Record headers as text. */
public final class Headers {

  /** On a re-driven event: the write token of the event it repeats, whose version it keeps. */
  public static final String ORIGIN = "likeness-origin";

  private Headers() {}

  /** The last header of this name; empty where there is none. */
  public static String text(ConsumerRecord<?, ?> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null || header.value() == null
        ? ""
        : new String(header.value(), StandardCharsets.UTF_8);
  }

  public static void put(ProducerRecord<?, ?> record, String name, String value) {
    record.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
  }
}
