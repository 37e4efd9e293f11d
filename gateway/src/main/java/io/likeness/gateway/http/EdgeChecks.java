package io.likeness.gateway.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What every request must fulfil, whatever it asks for. */
final class EdgeChecks {

  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

  private EdgeChecks() {}

  /** Why a request could not even be read. */
  static EdgeFault malformed(Throwable cause, HttpLimits limits) {
    if (cause instanceof TooLongHttpLineException) {
      return EdgeFault.lineTooLong(limits.lineBytesMax());
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return EdgeFault.headersTooLarge(limits.headerBytesMax(), limits.headersBytesMax());
    }
    return EdgeFault.malformed("it is not well-formed HTTP/1.1");
  }

  static Optional<EdgeFault> fault(
      HttpServerRequest request, RequestHeaders headers, HttpLimits limits) {
    for (Map.Entry<String, String> header : request.headers()) {
      if (header.getKey().length() + header.getValue().length() > limits.headerBytesMax()) {
        return Optional.of(
            EdgeFault.headersTooLarge(limits.headerBytesMax(), limits.headersBytesMax()));
      }
    }
    if (headers.all("host").size() > 1) {
      return Optional.of(EdgeFault.malformed("it has several Host headers"));
    }
    for (String length : headers.all("content-length")) {
      if (!LENGTH.matcher(length).matches()) {
        return Optional.of(EdgeFault.malformed("its Content-Length is no number"));
      }
    }
    Optional<String> coding = headers.first("transfer-encoding");
    if (coding.isPresent() && !coding.get().equalsIgnoreCase("chunked")) {
      return Optional.of(EdgeFault.malformed("its Transfer-Encoding is not chunked"));
    }
    Optional<String> encoding = headers.first("content-encoding");
    if (encoding.isPresent() && !encoding.get().equalsIgnoreCase("identity")) {
      return Optional.of(EdgeFault.encodedBody(encoding.get()));
    }
    return Optional.empty();
  }
}
