package io.likeness.gateway.http;

import com.google.protobuf.ByteString;
import java.util.Map;
import java.util.TreeMap;

/** What goes back, whole. The server adds {@code Content-Length} and {@code X-Request-Id}. */
public record ApiResponse(int status, Map<String, String> headers, ByteString body) {

  public static final String CONTENT_TYPE = "Content-Type";
  public static final String JSON = "application/json";

  /**
   * Says "asked n, answered m" where not every shard did, in APIs whose bodies have no place for
   * it.
   */
  public static final String COVERAGE_HEADER = "X-Likeness-Coverage";

  public ApiResponse {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("no final HTTP status: " + status);
    }
    headers = Map.copyOf(headers);
  }

  public static ApiResponse json(int status, String body) {
    return new ApiResponse(status, Map.of(CONTENT_TYPE, JSON), ByteString.copyFromUtf8(body));
  }

  /** The same with one header more. */
  public ApiResponse with(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return new ApiResponse(status, more, body);
  }
}
