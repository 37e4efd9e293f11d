package io.likeness.gateway;

import com.google.protobuf.ByteString;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Requests as the server would hand them over. */
public final class Requests {

  public static final String TRACE = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

  private final String method;
  private final String target;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private ByteString body = ByteString.EMPTY;
  private Instant at = Instant.parse("2026-11-21T00:00:00Z");
  private String connection = "c1";

  private Requests(String method, String target) {
    this.method = method;
    this.target = target;
  }

  /** The target is path and query as on the wire. */
  public static Requests of(String method, String target) {
    return new Requests(method, target);
  }

  public Requests header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  public Requests without(String name) {
    headers.remove(name);
    return this;
  }

  public Requests body(String text) {
    return body(ByteString.copyFromUtf8(text));
  }

  public Requests body(ByteString bytes) {
    body = bytes;
    return this;
  }

  public Requests at(Instant instant) {
    at = instant;
    return this;
  }

  public Requests on(String connectionId) {
    connection = connectionId;
    return this;
  }

  public ApiRequest build() {
    RequestHeaders.Builder all = RequestHeaders.builder();
    headers.forEach(all::add);
    int question = target.indexOf('?');
    return new ApiRequest(
        method,
        question < 0 ? target : target.substring(0, question),
        question < 0 ? "" : target.substring(question + 1),
        all.build(),
        body,
        sha256(body.toByteArray()),
        "127.0.0.1",
        connection,
        at,
        "request-1",
        TRACE);
  }

  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  public static String sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }
}
