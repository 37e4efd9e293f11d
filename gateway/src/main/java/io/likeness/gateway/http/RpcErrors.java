package io.likeness.gateway.http;

import io.vertx.core.json.JsonObject;
import java.util.Locale;

/** Errors as Alibaba Cloud's RPC APIs write them. Clients go by the status first, then by Code. */
public final class RpcErrors {

  public static final String REQUEST_ID_HEADER = "x-acs-request-id";

  private RpcErrors() {}

  public static ApiResponse of(int status, String code, String message, String requestId) {
    return ApiResponse.json(
            status,
            new JsonObject()
                .put("RequestId", requestId(requestId))
                .put("HostId", "likeness")
                .put("Code", code)
                .put("Message", message)
                .put("Recommend", "")
                .encode())
        .with(REQUEST_ID_HEADER, requestId(requestId));
  }

  /** Our 32 hex digits in the form these clients know, a UUID in capitals. */
  public static String requestId(String id) {
    String capitals = id.toUpperCase(Locale.ROOT);
    return capitals.length() == 32
        ? capitals.substring(0, 8)
            + '-'
            + capitals.substring(8, 12)
            + '-'
            + capitals.substring(12, 16)
            + '-'
            + capitals.substring(16, 20)
            + '-'
            + capitals.substring(20)
        : capitals;
  }

  /** What the server itself says no to, in this API's words. */
  static ApiResponse of(EdgeFault fault, String requestId) {
    return switch (fault.code()) {
      case "too_many_requests" -> of(400, "Throttling.User", fault.message(), requestId);
      case "busy" -> of(400, "Throttling", fault.message(), requestId);
      case "internal" -> of(500, "InternalError", fault.message(), requestId);
      case "body_too_slow" -> of(400, "TimeoutForTransferImage", fault.message(), requestId);
      // Nothing but a picture makes a body that large.
      case "body_too_large" -> of(400, "InvalidPicContent", fault.message(), requestId);
      default -> of(400, "InvalidParameter", fault.message(), requestId);
    };
  }
}
