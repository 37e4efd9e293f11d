package io.likeness.gateway.http;

import java.util.Map;

/**
 * What the server itself says no to, before or around an API.
 *
 * @param status for APIs of our own
 * @param code for APIs of our own
 * @param gatewayStatus as the contract's gateway answers
 * @param gatewayCode of the contract's gateway
 */
public record EdgeFault(
    int status,
    String code,
    int gatewayStatus,
    String gatewayCode,
    String message,
    Map<String, String> headers) {

  /** How long a client shut out by a full server should wait before it comes again. */
  private static final String RETRY_AFTER_SECONDS = "1";

  private static EdgeFault of(int status, String code, String gatewayCode, String message) {
    return new EdgeFault(status, code, status, gatewayCode, message, Map.of());
  }

  public static EdgeFault malformed(String why) {
    return of(400, "bad_request", "APIGW.0201", "Bad request: " + why);
  }

  public static EdgeFault noSuchPath(String method, String path) {
    return of(
        404,
        "no_such_path",
        "APIGW.0101",
        "The API does not exist or has not been published: " + method + " " + shown(path));
  }

  public static EdgeFault lineTooLong(int max) {
    return of(414, "uri_too_long", "APIGW.0201", "Request URI is longer than " + max + " bytes");
  }

  /** The contract answers 494, which only that gateway knows; the standard's number is 431. */
  public static EdgeFault headersTooLarge(int oneMax, int allMax) {
    return new EdgeFault(
        431,
        "headers_too_large",
        494,
        "APIGW.0201",
        "Request headers too large: one is at most "
            + oneMax
            + " bytes, all together at most "
            + allMax,
        Map.of());
  }

  public static EdgeFault bodyTooLarge(String size, long max) {
    return of(
        413,
        "body_too_large",
        "APIGW.0201",
        "Request body too large: it is " + size + " bytes, at most " + max);
  }

  public static EdgeFault bodyTooSlow(long seconds) {
    return of(
        408,
        "body_too_slow",
        "APIGW.0201",
        "Request timed out: its body did not arrive within " + seconds + " s");
  }

  public static EdgeFault encodedBody(String encoding) {
    return of(
        415,
        "unsupported_encoding",
        "APIGW.0201",
        "Content-Encoding " + shown(encoding) + " is not taken; send the body as it is");
  }

  /** Who asks is not known, or may not. */
  public static EdgeFault denied(int status, String gatewayCode, String reason) {
    return of(status, status == 403 ? "forbidden" : "unauthorized", gatewayCode, reason);
  }

  /** One account asks more often than it may. */
  public static EdgeFault throttled(double perSecond) {
    return new EdgeFault(
        429,
        "too_many_requests",
        429,
        "APIGW.0308",
        "The throttling threshold has been reached: at most " + perSecond + " requests a second",
        Map.of("Retry-After", RETRY_AFTER_SECONDS));
  }

  /** The server as a whole is full. */
  public static EdgeFault full(String what) {
    return new EdgeFault(
        429,
        "busy",
        429,
        "APIGW.0308",
        "The throttling threshold has been reached: " + what,
        Map.of("Retry-After", RETRY_AFTER_SECONDS));
  }

  public static EdgeFault internal() {
    return of(500, "internal", "APIGW.0601", "Internal error; the log has it under the request id");
  }

  private static String shown(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }
}
