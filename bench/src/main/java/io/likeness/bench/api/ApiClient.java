package io.likeness.bench.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** The native API as a caller sees it, with nothing but the JDK's HTTP client below. */
public final class ApiClient implements AutoCloseable {

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final int PAGE = 500;

  private final HttpClient http;
  private final URI endpoint;
  private final Account account;

  public ApiClient(URI endpoint, Account account) {
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    this.endpoint = endpoint;
    this.account = account;
  }

  public Account account() {
    return account;
  }

  public URI endpoint() {
    return endpoint;
  }

  public Answer createInstance(String name, List<String> tags, List<String> numberTags)
      throws IOException {
    return post(
        "/api/v1/instances",
        new JsonObject()
            .put("name", name)
            .put("tags", new JsonArray(tags))
            .put("number_tags", new JsonArray(numberTags)));
  }

  /** The file as it is; {@code wait} such as {@code 2s}, or {@code 0} to not wait for it. */
  public Answer add(String instance, String id, byte[] content, String wait) throws IOException {
    return add(instance, id, content, Map.of(), wait);
  }

  public Answer add(
      String instance, String id, byte[] content, Map<String, String> tags, String wait)
      throws IOException {
    StringBuilder query = new StringBuilder("?wait=").append(wait);
    tags.forEach(
        (key, value) -> query.append("&tags.").append(key).append('=').append(encode(value)));
    return call(
        "PUT",
        imagePath(instance, id) + query,
        BodyPublishers.ofByteArray(content),
        "application/octet-stream");
  }

  public Answer image(String instance, String id) throws IOException {
    return get(imagePath(instance, id));
  }

  public Answer delete(String instance, String id, String wait) throws IOException {
    return call("DELETE", imagePath(instance, id) + "?wait=" + wait, BodyPublishers.noBody(), "");
  }

  public Answer search(String instance, JsonObject request) throws IOException {
    return post("/api/v1/instances/" + instance + "/search", request);
  }

  public Answer searchByPicture(String instance, byte[] content, int limit) throws IOException {
    return call(
        "POST",
        "/api/v1/instances/" + instance + "/search?limit=" + limit,
        BodyPublishers.ofByteArray(content),
        "application/octet-stream");
  }

  /** Every image of the instance, page after page, as the API describes it. */
  public List<JsonObject> images(String instance) throws IOException {
    List<JsonObject> all = new ArrayList<>();
    String after = "";
    while (true) {
      JsonObject page =
          get("/api/v1/instances/"
                  + instance
                  + "/images?limit="
                  + PAGE
                  + (after.isEmpty() ? "" : "&after=" + encode(after)))
              .expect(200)
              .json();
      JsonArray images = page.getJsonArray("images");
      for (int i = 0; i < images.size(); i++) {
        all.add(images.getJsonObject(i));
      }
      String next = page.getString("next");
      if (next == null) {
        return all;
      }
      after = next;
    }
  }

  public Answer get(String path) throws IOException {
    return call("GET", path, BodyPublishers.noBody(), "");
  }

  public Answer post(String path, JsonObject body) throws IOException {
    return call("POST", path, BodyPublishers.ofString(body.encode()), "application/json");
  }

  public Answer call(String method, String path, BodyPublisher body, String contentType)
      throws IOException {
    return send(request(path, contentType).method(method, body).build());
  }

  /** A request of this account to the endpoint; the caller adds method and headers. */
  public HttpRequest.Builder request(String path, String contentType) {
    String basic = account.accessKey() + ":" + account.secretKey();
    HttpRequest.Builder request =
        plain(path)
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder().encodeToString(basic.getBytes(StandardCharsets.UTF_8)));
    return contentType.isEmpty() ? request : request.header("Content-Type", contentType);
  }

  /** A request that says nothing of who calls. */
  public HttpRequest.Builder plain(String path) {
    return HttpRequest.newBuilder(URI.create(endpoint + path)).timeout(ANSWER);
  }

  public Answer send(HttpRequest request) throws IOException {
    try {
      var answer = http.send(request, BodyHandlers.ofByteArray());
      return new Answer(answer.statusCode(), answer.headers(), answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + request.uri(), e);
    }
  }

  public static String imagePath(String instance, String id) {
    return "/api/v1/instances/" + instance + "/images/" + encode(id);
  }

  /** As one path segment or one value of a query. */
  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
