package io.likeness.standalone.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;

/**
 * What came back.
 *
 * @param retryAfter how long to wait before asking again; zero where the service did not say
 */
public record Answer(int status, JsonNode body, String requestId, Duration retryAfter) {

  public boolean isSuccess() {
    return status >= 200 && status < 300;
  }

  /** The service has too much to do now, or a part of it is away for a moment. */
  public boolean isBusy() {
    return status == 429 || status == 503;
  }

  public String errorCode() {
    return body.path("error").path("code").asText("");
  }

  /** The service's own words, or the bare status where it had none. */
  public String errorMessage() {
    String message = body.path("error").path("message").asText("");
    if (message.isEmpty()) {
      message = body.path("reason").path("detail").asText(body.path("reason").asText(""));
    }
    return message.isEmpty() ? "the service answered with status " + status : message;
  }

  /** The body of a success; throws what the service said otherwise. */
  public JsonNode orThrow() {
    if (isSuccess()) {
      return body;
    }
    String code = errorCode();
    throw new ApiFailure(
        status,
        code,
        errorMessage()
            + " ("
            + (code.isEmpty() ? "" : code + ", ")
            + "status "
            + status
            + (requestId.isEmpty() ? "" : ", request " + requestId)
            + ")");
  }
}
