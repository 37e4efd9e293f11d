package io.likeness.gateway.huawei;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.wire.Coverage;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/** What both versions of the API answer alike. */
final class Answers {

  private static final JsonFactory JSON = new JsonFactory();
  private static final double SCORE_DIGITS = 1e6;

  private Answers() {}

  interface JsonText {
    void write(JsonGenerator out) throws IOException;
  }

  static ApiResponse json(int status, JsonText text) {
    ByteString.Output bytes = ByteString.newOutput();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      text.write(out);
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to take an answer", e);
    }
    return new ApiResponse(
        status, Map.of(ApiResponse.CONTENT_TYPE, ApiResponse.JSON), bytes.toByteString());
  }

  static ApiResponse error(int status, String code, String text) {
    return json(
        status,
        out -> {
          out.writeStartObject();
          out.writeStringField("error_code", code);
          out.writeStringField("error_msg", text);
          out.writeEndObject();
        });
  }

  static ApiResponse withCoverage(ApiResponse answer, Coverage coverage) {
    int asked = coverage.getShardsAsked();
    int answered = coverage.getShardsAnswered();
    return answered < asked
        ? answer.with(ApiResponse.COVERAGE_HEADER, answered + "/" + asked)
        : answer;
  }

  static double rounded(double score) {
    return Math.round(score * SCORE_DIGITS) / SCORE_DIGITS;
  }

  /** As the field of an answer holds it. */
  static int count(long total) {
    return (int) Math.min(total, Integer.MAX_VALUE);
  }

  // ---- As the gateway in front would answer ----

  static ApiResponse foreignProject(ApiRequest request) {
    return gateway(request, 403, "APIGW.0302", "the project in the path is not yours", Map.of());
  }

  static ApiResponse busy(ApiRequest request, Duration retryAfter) {
    return gateway(
        request,
        429,
        "APIGW.0308",
        "The throttling threshold has been reached: the system is full",
        Map.of("Retry-After", Long.toString(Math.max(1, retryAfter.toSeconds()))));
  }

  private static ApiResponse gateway(
      ApiRequest request, int status, String code, String message, Map<String, String> headers) {
    return ErrorShape.GATEWAY.of(
        new EdgeFault(status, code, status, code, message, headers), request.requestId());
  }
}
