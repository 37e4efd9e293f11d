package io.likeness.node.process;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/**
 * A W3C trace context. It travels in HTTP and Kafka headers and in gRPC metadata under {@value
 * #HEADER}.
 */
public record Trace(String traceparent) {

  public static final String HEADER = "traceparent";

  private static final Pattern FORM =
      Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

  public Trace {
    if (!FORM.matcher(traceparent).matches()) {
      throw new IllegalArgumentException("\"" + traceparent + "\" is no traceparent");
    }
  }

  public static Trace fresh() {
    return new Trace("00-" + hex(16) + "-" + hex(8) + "-01");
  }

  /** The caller's context, or a fresh one where it sent none or a wrong one. */
  public static Trace parse(@org.jspecify.annotations.Nullable String header) {
    return header != null && FORM.matcher(header).matches() ? new Trace(header) : fresh();
  }

  /** The next step of the same trace. */
  public Trace child() {
    return new Trace(traceparent.substring(0, 36) + hex(8) + traceparent.substring(52));
  }

  public String traceId() {
    return traceparent.substring(3, 35);
  }

  @Override
  public String toString() {
    return traceparent;
  }

  private static String hex(int bytes) {
    byte[] random = new byte[bytes];
    ThreadLocalRandom.current().nextBytes(random);
    random[0] |= 1; // never all zero
    return HexFormat.of().formatHex(random);
  }
}
