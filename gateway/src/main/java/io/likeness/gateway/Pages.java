package io.likeness.gateway;

import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.AuthOutcome;
import io.likeness.gateway.http.ApiHandler;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.node.process.Health;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What is served beside the APIs: start page, API description, health, metrics. */
final class Pages {

  private static final Set<String> LOOPBACK = Set.of("::1", "0:0:0:0:0:0:0:1");

  private final Map<String, ApiHandler> pages;
  private final Health health;
  private final MeterRegistry metrics;
  private final Function<ApiRequest, AuthOutcome> authenticate;

  Pages(Health health, MeterRegistry metrics, Function<ApiRequest, AuthOutcome> authenticate) {
    this.health = health;
    this.metrics = metrics;
    this.authenticate = authenticate;
    this.pages =
        Map.of(
            "/",
            resource("/site/start.html", "text/html; charset=utf-8"),
            "/docs",
            resource("/site/docs.html", "text/html; charset=utf-8"),
            "/openapi.json",
            resource("/site/openapi.json", ApiResponse.JSON),
            "/health/live",
            request -> live(),
            "/health/ready",
            request -> ready(),
            "/metrics",
            this::metrics);
  }

  Optional<ApiHandler> find(String method, String rawPath) {
    return method.equals("GET") ? Optional.ofNullable(pages.get(rawPath)) : Optional.empty();
  }

  /** The paths served, for the test that compares them with the document. */
  Set<String> paths() {
    return pages.keySet();
  }

  /** Read once, at start: a page that is not there is a broken build. */
  private static ApiHandler resource(String name, String contentType) {
    ByteString content;
    try (InputStream stream = Pages.class.getResourceAsStream(name)) {
      if (stream == null) {
        throw new IllegalStateException("resource " + name + " is not on the class path");
      }
      content = ByteString.readFrom(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ApiResponse page =
        new ApiResponse(
            200,
            Map.of(
                ApiResponse.CONTENT_TYPE,
                contentType,
                "Content-Security-Policy",
                "default-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline';"
                    + " frame-ancestors 'none'",
                "X-Content-Type-Options",
                "nosniff"),
            content);
    return request -> page;
  }

  private ApiResponse live() {
    return ApiResponse.json(
        health.isLive() ? 200 : 503,
        health.isLive() ? "{\"status\":\"UP\"}" : "{\"status\":\"DOWN\"}");
  }

  private ApiResponse ready() {
    var report = health.report();
    return ApiResponse.json("UP".equals(report.getString("status")) ? 200 : 503, report.encode());
  }

  /** Open to this machine, where the scraper runs; to everybody else only as an administrator. */
  private ApiResponse metrics(ApiRequest request) {
    if (!isLocal(request)) {
      switch (authenticate.apply(request)) {
        case AuthOutcome.Denied denied -> {
          return ErrorShape.NATIVE.of(
              EdgeFault.denied(denied.status(), denied.code(), denied.reason()),
              request.requestId());
        }
        case AuthOutcome.Authenticated known -> {
          if (!known.principal().admin()) {
            return ErrorShape.NATIVE.of(
                EdgeFault.denied(403, "APIGW.0302", "only an administrator may read the metrics"),
                request.requestId());
          }
        }
      }
    }
    if (!(metrics instanceof PrometheusMeterRegistry prometheus)) {
      return ApiResponse.json(
          503,
          "{\"error\":{\"code\":\"no_metrics\",\"message\":\"this process keeps no Prometheus metrics\"}}");
    }
    return new ApiResponse(
        200,
        Map.of(ApiResponse.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"),
        ByteString.copyFromUtf8(prometheus.scrape()));
  }

  /** A proxy on this machine speaks for others. */
  private static boolean isLocal(ApiRequest request) {
    String peer = request.remoteAddress();
    return (peer.startsWith("127.") || LOOPBACK.contains(peer))
        && request.header("x-forwarded-for").isEmpty()
        && request.header("forwarded").isEmpty();
  }
}
