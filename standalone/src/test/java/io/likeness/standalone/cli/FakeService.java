package io.likeness.standalone.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/** The native API as a command sees it: one instance, images by id, and whatever a test scripts. */
final class FakeService implements AutoCloseable {

  static final String AUTHORIZATION = "Basic QUs6U0s=";

  /** What is answered instead of the usual, for requests whose line begins so. */
  record Scripted(String requestLine, int status, Map<String, String> headers, String body) {}

  final List<String> requests = new CopyOnWriteArrayList<>();
  final List<String> bodies = new CopyOnWriteArrayList<>();
  final Map<String, Integer> imageBytes = new ConcurrentHashMap<>();
  private final List<Scripted> scripted = new CopyOnWriteArrayList<>();
  private final HttpServer http;

  FakeService() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/", this::answer);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + http.getAddress().getPort();
  }

  /** Answers the next request whose line begins so with this, once. */
  void once(String requestLine, int status, Map<String, String> headers, String body) {
    scripted.add(new Scripted(requestLine, status, headers, body));
  }

  void once(String requestLine, int status, String body) {
    once(requestLine, status, Map.of(), body);
  }

  Path credentials(Path folder) throws IOException {
    return Files.writeString(
        folder.resolve("keys.json"), "{\"access_key\":\"AK\",\"secret_key\":\"SK\"}");
  }

  private void answer(HttpExchange exchange) throws IOException {
    String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    requests.add(line);
    byte[] body = exchange.getRequestBody().readAllBytes();
    bodies.add(new String(body, StandardCharsets.UTF_8));
    if (!AUTHORIZATION.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      send(exchange, 401, error("unauthorized", "who are you?"));
      return;
    }
    for (Scripted each : scripted) {
      if (line.startsWith(each.requestLine()) && scripted.remove(each)) {
        each.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        send(exchange, each.status(), each.body());
        return;
      }
    }
    String path = exchange.getRequestURI().getRawPath();
    if (path.startsWith("/api/v1/instances/demo/images/")) {
      String id = path.substring("/api/v1/instances/demo/images/".length());
      if (exchange.getRequestMethod().equals("DELETE")) {
        imageBytes.remove(id);
        send(exchange, 200, "{\"id\":\"x\",\"status\":\"deleted\",\"token\":\"1.0.9\"}");
      } else {
        imageBytes.put(id, body.length);
        send(exchange, 200, "{\"id\":\"x\",\"status\":\"visible\",\"token\":\"1.0.7\"}");
      }
    } else if (path.equals("/api/v1/instances/demo")) {
      send(
          exchange,
          200,
          "{\"name\":\"demo\",\"uid\":\"u1\",\"model\":\"m\",\"dimensions\":8,\"images\":3}");
    } else {
      send(exchange, 404, error("no_such_instance", "there is no instance here"));
    }
  }

  static String error(String code, String message) {
    return "{\"error\":{\"code\":\"" + code + "\",\"message\":\"" + message + "\"}}";
  }

  private static void send(HttpExchange exchange, int status, String body) throws IOException {
    exchange.getResponseHeaders().set("X-Request-Id", "r-1");
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
