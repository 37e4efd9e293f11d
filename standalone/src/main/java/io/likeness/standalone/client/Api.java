package io.likeness.standalone.client;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The native API over the JDK's HTTP client. Calls block; they may be made by many threads. */
public final class Api implements AutoCloseable {

  private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(120);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ROOT = "/api/v1";

  private final HttpClient http;
  private final String endpoint;
  private final Login login;

  public Api(URI endpoint, Login login) {
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_MAX)
            .build();
    this.endpoint = endpoint.toString().replaceAll("/+$", "");
    this.login = login;
  }

  /** What a request carries. */
  public record Body(String contentType, BodyPublisher content) {

    public static final Body NONE = new Body("", BodyPublishers.noBody());

    public static Body json(JsonNode json) {
      return new Body(
          "application/json", BodyPublishers.ofString(json.toString(), StandardCharsets.UTF_8));
    }

    /** A picture as it is; the service looks at its bytes, not at its name. */
    public static Body picture(BodyPublisher content) {
      return new Body("application/octet-stream", content);
    }
  }

  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** A path below the API's root: each part becomes one segment. */
  public static String path(String... parts) {
    StringBuilder path = new StringBuilder();
    for (String part : parts) {
      path.append('/').append(encode(part));
    }
    return path.toString();
  }

  /** A query string with its question mark; empty where there is nothing to say. */
  public static String query(Map<String, String> parameters) {
    StringBuilder query = new StringBuilder();
    parameters.forEach(
        (name, value) ->
            query
                .append(query.isEmpty() ? '?' : '&')
                .append(encode(name))
                .append('=')
                .append(encode(value)));
    return query.toString();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  public JsonNode get(String path) {
    return call("GET", path, Body.NONE).orThrow();
  }

  public JsonNode post(String path, JsonNode body) {
    return call("POST", path, Body.json(body)).orThrow();
  }

  public JsonNode delete(String path) {
    return call("DELETE", path, Body.NONE).orThrow();
  }

  /** Any answer is a value; only silence throws. */
  public Answer call(String method, String path, Body body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(endpoint + ROOT + path))
            .timeout(ANSWER_MAX)
            .header("Authorization", login.basic())
            .header("Accept", "application/json")
            .method(method, body.content());
    if (!body.contentType().isEmpty()) {
      request.header("Content-Type", body.contentType());
    }
    try {
      return answer(http.send(request.build(), BodyHandlers.ofByteArray()));
    } catch (ConnectException e) {
      throw new ApiFailure(0, "", "nothing answers at " + endpoint + ": is it running?");
    } catch (HttpTimeoutException e) {
      throw new ApiFailure(0, "", "no answer from " + endpoint + " in time");
    } catch (IOException e) {
      String why = e.getMessage();
      throw new ApiFailure(
          0,
          "",
          "the connection to "
              + endpoint
              + " broke: "
              + (why == null ? e.getClass().getSimpleName() : why));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiFailure(0, "", "interrupted while waiting for " + endpoint);
    }
  }

  private static Answer answer(HttpResponse<byte[]> response) throws IOException {
    JsonNode body = JsonNodeFactory.instance.missingNode();
    if (response.body().length > 0) {
      try {
        body = JSON.readTree(response.body());
      } catch (JacksonException e) {
        // A proxy's page, say: the status tells enough.
        body = JsonNodeFactory.instance.missingNode();
      }
    }
    Duration retryAfter =
        response
            .headers()
            .firstValue("Retry-After")
            .flatMap(Api::seconds)
            .map(Duration::ofSeconds)
            .orElse(Duration.ZERO);
    return new Answer(
        response.statusCode(),
        body,
        response.headers().firstValue("X-Request-Id").orElse(""),
        retryAfter);
  }

  private static Optional<Long> seconds(String text) {
    return text.matches("\\d{1,6}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
