package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.json.JsonBody;
import java.util.Map;

/**
 * A no to the caller, with a code for programs and words for people. It ends the handling of the
 * one request wherever it is found out, and never leaves this package.
 */
final class ApiFault extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private static final String RETRY_AFTER_SECONDS = "1";

  private final int status;
  private final String code;
  private final transient Map<String, String> headers;

  ApiFault(int status, String code, String message) {
    this(status, code, message, Map.of());
  }

  private ApiFault(int status, String code, String message, Map<String, String> headers) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  static ApiFault invalid(String message) {
    return new ApiFault(400, "invalid_request", message);
  }

  static ApiFault busy(String message) {
    return new ApiFault(429, "busy", message, Map.of("Retry-After", RETRY_AFTER_SECONDS));
  }

  static ApiFault throttled(double perSecond) {
    return new ApiFault(
        429,
        "too_many_requests",
        "this account may send " + perSecond + " requests a second",
        Map.of("Retry-After", RETRY_AFTER_SECONDS));
  }

  static ApiFault unavailable(String message) {
    return new ApiFault(503, "unavailable", message, Map.of("Retry-After", RETRY_AFTER_SECONDS));
  }

  static ApiFault methodNotAllowed(String method, String allowed) {
    return new ApiFault(
        405,
        "method_not_allowed",
        "method " + method + " is not taken here, only " + allowed,
        Map.of("Allow", allowed));
  }

  int status() {
    return status;
  }

  ApiResponse response() {
    ApiResponse response = ApiResponse.json(status, body(code, String.valueOf(getMessage())));
    for (Map.Entry<String, String> header : headers.entrySet()) {
      response = response.with(header.getKey(), header.getValue());
    }
    return response;
  }

  static String body(String code, String message) {
    ObjectNode body = JsonBody.MAPPER.createObjectNode();
    body.putObject("error").put("code", code).put("message", message);
    return body.toString();
  }

  /** A caller's value in a message: short, so that an error is never as large as its cause. */
  static String shown(String value) {
    return value.length() <= 80 ? value : value.substring(0, 80) + "...";
  }
}
