package io.likeness.gateway.http;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.Optional;

/**
 * One request, received whole and within its bounds. A plain value, so that everything behind the
 * server is tested without one.
 *
 * @param rawPath as on the wire: not decoded, a leading {@code //} kept
 * @param rawQuery as on the wire, without the question mark; empty where there is none
 * @param body the bytes as received, empty where there is none
 * @param bodySha256 lower-case hex of the body's SHA-256, computed while it streamed in
 * @param connectionId names the TCP connection, unlike any other of this process
 * @param traceparent W3C trace context to pass on
 */
public record ApiRequest(
    String method,
    String rawPath,
    String rawQuery,
    RequestHeaders headers,
    ByteString body,
    String bodySha256,
    String remoteAddress,
    String connectionId,
    Instant receivedAt,
    String requestId,
    String traceparent) {

  public Optional<String> header(String name) {
    return headers.first(name);
  }
}
