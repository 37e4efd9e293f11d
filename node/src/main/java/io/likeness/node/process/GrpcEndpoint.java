package io.likeness.node.process;

import io.likeness.node.config.HostPort;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.proto.wire.Formats;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.Service;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The one gRPC server of a process. It listens before any role has started, because the address
 * must be known to join the cluster; a service not yet added is answered as unimplemented.
 */
public final class GrpcEndpoint implements AutoCloseable {

  /** A request carries at most one record's worth of picture. */
  static final int MESSAGE_BYTES_MAX = KafkaClients.RECORD_BYTES_MAX;

  private final GrpcServer services;
  private final HttpServer http;
  private final HostPort address;

  private GrpcEndpoint(GrpcServer services, HttpServer http, HostPort address) {
    this.services = services;
    this.http = http;
    this.address = address;
  }

  /** Listens at once; port 0 takes any free one. */
  public static GrpcEndpoint listen(Vertx vertx, HostPort wanted) {
    GrpcServer services =
        GrpcServer.server(
            vertx,
            new GrpcServerOptions()
                .setMaxMessageSize(MESSAGE_BYTES_MAX)
                .setDeadlinePropagation(true)
                .setScheduleDeadlineAutomatically(false));
    HttpServer http =
        vertx.createHttpServer(
            new HttpServerOptions()
                .setHost(wanted.host())
                .setPort(wanted.port())
                // Who hedges cancels what has lost; by default a connection that cancels seven
                // times a second is taken for an attack and closed, with all that is on it.
                .setHttp2RstFloodMaxRstFramePerWindow(Integer.MAX_VALUE));
    http.requestHandler(request -> handle(request, services));
    try {
      HttpServer bound =
          http.listen().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
      return new GrpcEndpoint(services, bound, wanted.withPort(bound.actualPort()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while binding " + wanted, e);
    } catch (java.util.concurrent.ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "cannot listen on " + wanted + " for gRPC: " + e.getMessage(), e);
    }
  }

  /** A call of a newer form is not guessed at. */
  private static void handle(HttpServerRequest request, GrpcServer services) {
    String form = request.getHeader(Formats.CALL_HEADER);
    if (form == null || form.equals(Integer.toString(Formats.CALL))) {
      services.handle(request);
      return;
    }
    request
        .response()
        .putHeader("content-type", "application/grpc")
        .putHeader("grpc-status", Integer.toString(GrpcStatus.FAILED_PRECONDITION.code))
        .putHeader(
            "grpc-message",
            "the call "
                + request.path()
                + " has format "
                + printable(form)
                + ", and this release understands up to "
                + Formats.CALL)
        .end();
  }

  /** What a stranger wrote, as it may stand in a header. */
  private static String printable(String text) {
    return text.substring(0, Math.min(20, text.length())).replaceAll("[^ -$&-~]", "?");
  }

  public void add(Service service) {
    services.addService(service);
  }

  /** Where others reach it. */
  public HostPort address() {
    return address;
  }

  @Override
  public void close() {
    Closing.await(http.close(), "the gRPC server");
  }
}
