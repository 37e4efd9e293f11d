package io.likeness.node.process;

import io.likeness.node.config.HostPort;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Health and metrics of one process, for probes and Prometheus; not for the public. */
public final class ManagementServer implements AutoCloseable {

  private final HttpServer http;
  private final HostPort address;

  private ManagementServer(HttpServer http, HostPort address) {
    this.http = http;
    this.address = address;
  }

  public static ManagementServer listen(
      Vertx vertx, HostPort wanted, Health health, PrometheusMeterRegistry metrics) {
    HttpServer http =
        vertx.createHttpServer(
            new HttpServerOptions().setHost(wanted.host()).setPort(wanted.port()));
    http.requestHandler(request -> answer(vertx, request, health, metrics));
    try {
      HttpServer bound =
          http.listen().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
      return new ManagementServer(bound, wanted.withPort(bound.actualPort()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while binding " + wanted, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "cannot listen on " + wanted + " for management: " + e.getMessage(), e);
    }
  }

  private static void answer(
      Vertx vertx, HttpServerRequest request, Health health, PrometheusMeterRegistry metrics) {
    switch (request.path()) {
      case "/health/live" -> {
        String reason = health.deathReason().orElse("");
        request
            .response()
            .setStatusCode(reason.isEmpty() ? 200 : 503)
            .putHeader("content-type", "application/json")
            .end("{\"status\":\"" + (reason.isEmpty() ? "UP" : "DOWN") + "\"}");
      }
      case "/health/ready" ->
          vertx
              .executeBlocking(health::report)
              .onSuccess(
                  report ->
                      request
                          .response()
                          .setStatusCode("UP".equals(report.getString("status")) ? 200 : 503)
                          .putHeader("content-type", "application/json")
                          .end(report.encode()))
              .onFailure(cause -> request.response().setStatusCode(500).end());
      case "/metrics" ->
          vertx
              .executeBlocking(() -> metrics.scrape())
              .onSuccess(
                  text ->
                      request
                          .response()
                          .putHeader("content-type", "text/plain; version=0.0.4; charset=utf-8")
                          .end(text))
              .onFailure(cause -> request.response().setStatusCode(500).end());
      default -> request.response().setStatusCode(404).end();
    }
  }

  public HostPort address() {
    return address;
  }

  @Override
  public void close() {
    Closing.await(http.close(), "the management server");
  }
}
