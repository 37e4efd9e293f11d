package io.likeness.gateway.http;

import com.google.protobuf.ByteString;
import java.util.Map;

/** Errors as an object store writes them, in XML: what clients that upload a file understand. */
public final class ObjectErrors {

  public static final String XML = "application/xml";

  private ObjectErrors() {}

  public static ApiResponse of(int status, String code, String message, String requestId) {
    return new ApiResponse(
        status,
        Map.of(ApiResponse.CONTENT_TYPE, XML),
        ByteString.copyFromUtf8(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>"
                + escaped(code)
                + "</Code><Message>"
                + escaped(message)
                + "</Message><RequestId>"
                + escaped(RpcErrors.requestId(requestId))
                + "</RequestId><HostId>likeness</HostId></Error>"));
  }

  static ApiResponse of(EdgeFault fault, String requestId) {
    return switch (fault.code()) {
      case "too_many_requests", "busy" -> of(503, "SlowDown", fault.message(), requestId);
      case "internal" -> of(500, "InternalError", fault.message(), requestId);
      case "body_too_slow" -> of(400, "RequestTimeout", fault.message(), requestId);
      case "body_too_large" -> of(400, "EntityTooLarge", fault.message(), requestId);
      default -> of(400, "InvalidArgument", fault.message(), requestId);
    };
  }

  public static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
