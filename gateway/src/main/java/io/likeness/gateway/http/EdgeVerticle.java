package io.likeness.gateway.http;

import io.likeness.gateway.http.Connection.Phase;
import io.likeness.node.process.Trace;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads requests and writes answers on one event loop; several share the port. Nothing here blocks:
 * a request that has come in whole is answered on a virtual thread of its own, where the APIs may
 * wait, hash passwords or ask other roles without stalling the connections of this loop. (A
 * verticle on virtual threads runs one piece of its work at a time, so a handler that blocks
 * without {@code await} would stall them.)
 */
final class EdgeVerticle extends VerticleBase {

  private static final Logger log = LoggerFactory.getLogger(EdgeVerticle.class);
  private static final long SWEEP_MILLIS = 500;

  /**
   * How long a refused client may go on sending before the connection is cut. Cut at once, it would
   * often lose the answer to a reset.
   */
  private static final Duration LINGER = Duration.ofSeconds(3);

  private final HttpServerOptions options;
  private final HttpLimits limits;
  private final Router router;
  private final Admission admission;
  private final EdgeMetrics metrics;
  private final ExecutorService answering;
  private final String name;
  private final Map<HttpConnection, Connection> connections = new IdentityHashMap<>();
  private long connectionsSeen;
  private boolean draining;
  private @Nullable HttpServer server;

  /**
   * @param options where to listen; verticles that name the same port share it
   */
  EdgeVerticle(
      HttpServerOptions options,
      HttpLimits limits,
      Router router,
      Admission admission,
      EdgeMetrics metrics,
      ExecutorService answering,
      String name) {
    this.options = options;
    this.limits = limits;
    this.router = router;
    this.admission = admission;
    this.metrics = metrics;
    this.answering = answering;
    this.name = name;
  }

  @Override
  public Future<?> start() {
    vertx.setPeriodic(SWEEP_MILLIS, timer -> sweep());
    server =
        vertx
            .createHttpServer(options)
            .connectionHandler(this::opened)
            .invalidRequestHandler(this::onMalformed)
            .requestHandler(this::onRequest)
            .exceptionHandler(fault -> log.debug("connection failed", fault));
    return server.listen();
  }

  int port() {
    return Objects.requireNonNull(server).actualPort();
  }

  /** From any thread: takes no more connections, and lets those that are open end. */
  void requestDrain() {
    context.runOnContext(onLoop -> drain());
  }

  /** From now on each answer ends its connection, and idle connections are closed. */
  private void drain() {
    draining = true;
    for (Connection each : new ArrayList<>(connections.values())) {
      if (each.phase() == Phase.NEXT_REQUEST || each.phase() == Phase.FIRST_REQUEST) {
        each.socket.close();
      }
    }
  }

  private void opened(HttpConnection socket) {
    if (!admission.takeConnection()) {
      metrics.refused("connections");
      socket.close();
      return;
    }
    if (draining) {
      admission.giveConnection();
      socket.close();
      return;
    }
    connections.put(socket, new Connection(socket, name + "-" + ++connectionsSeen));
    socket.closeHandler(
        closed -> {
          connections.remove(socket);
          admission.giveConnection();
        });
    socket.exceptionHandler(fault -> log.debug("connection failed", fault));
  }

  /** Cuts off whoever lets the server wait longer than the phase of the connection allows. */
  private void sweep() {
    for (Connection each : new ArrayList<>(connections.values())) {
      Duration bound =
          switch (each.phase()) {
            case FIRST_REQUEST -> limits.headerDeadline();
            case NEXT_REQUEST -> limits.keepAlive();
            case TAKING -> limits.answerDeadline();
            case LINGER -> LINGER;
            // A body's own timer answers 408; an answer under way has its own deadlines.
            case BODY, ANSWER -> null;
          };
      if (bound != null && each.longerThan(bound)) {
        each.socket.close();
      }
    }
  }

  private void onMalformed(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    ErrorShape errors = ErrorShape.ofPath(request.uri());
    EdgeFault fault = EdgeChecks.malformed(cause, limits);
    metrics.refused("malformed");
    Exchange exchange = new Exchange(request, connections.get(request.connection()));
    exchange.write(errors.of(fault, exchange.requestId), true);
  }

  private void onRequest(HttpServerRequest request) {
    Connection connection = connections.get(request.connection());
    if (connection == null) {
      request.connection().close();
      return;
    }
    connection.enter(Phase.BODY);
    new Exchange(request, connection).begin();
  }

  /** One request and its answer; everything in it runs on the event loop but {@link #answer}. */
  private final class Exchange {

    private final HttpServerRequest request;
    private final @Nullable Connection connection;
    private final Context context = Objects.requireNonNull(vertx.getOrCreateContext());
    private final String requestId = newRequestId();
    private final String traceparent;
    private final long beganNanos = System.nanoTime();
    private @Nullable BodyIntake intake;
    private long timer = -1;
    private boolean counted;
    private boolean over;

    Exchange(HttpServerRequest request, @Nullable Connection connection) {
      this.request = request;
      this.connection = connection;
      String asked = request.getHeader(Trace.HEADER);
      traceparent = (asked == null ? Trace.fresh() : Trace.parse(asked).child()).traceparent();
    }

    void begin() {
      RequestHeaders headers = headers();
      Route route =
          EdgeChecks.fault(request, headers, limits)
              .<Route>map(fault -> new Route.Refuse(ErrorShape.ofPath(request.uri()), fault))
              .orElseGet(() -> router.route(method(), RawTarget.path(request.uri()), headers));
      switch (route) {
        case Route.Refuse no -> refuse(no.errors(), no.fault());
        case Route.Take take -> receive(take, headers);
        case Route.Unread unread -> answerUnread(unread, headers);
      }
    }

    private void receive(Route.Take take, RequestHeaders headers) {
      long announced = announcedLength();
      if (announced > take.bodyBytesMax()) {
        refuse(
            take.errors(), EdgeFault.bodyTooLarge(Long.toString(announced), take.bodyBytesMax()));
        return;
      }
      if (!admission.takeRequest()) {
        refuse(take.errors(), EdgeFault.full("too many requests at once"));
        return;
      }
      counted = true;
      BodyIntake body = BodyIntake.begin(admission, hasBody() ? announced : 0, take.bodyBytesMax());
      if (body == null) {
        refuse(take.errors(), EdgeFault.full("too many bytes at once"));
        return;
      }
      intake = body;
      timer =
          vertx.setTimer(
              limits.bodyDeadline().toMillis(),
              fired ->
                  refuse(take.errors(), EdgeFault.bodyTooSlow(limits.bodyDeadline().toSeconds())));
      request.exceptionHandler(broken -> abandon());
      request.handler(chunk -> onChunk(take, body, chunk));
      request.endHandler(
          end -> {
            if (!over) {
              stopTimer();
              answer(take.errors(), take.handler(), headers, body, false);
            }
          });
      if (expectsContinue()) {
        request.response().writeContinue();
      }
    }

    private void answerUnread(Route.Unread unread, RequestHeaders headers) {
      BodyIntake none = admission.takeRequest() ? BodyIntake.begin(admission, 0, 0) : null;
      counted = none != null;
      if (none == null) {
        refuse(unread.errors(), EdgeFault.full("too many requests at once"));
        return;
      }
      intake = none;
      request.handler(thrownAway -> {});
      request.exceptionHandler(broken -> {});
      answer(unread.errors(), unread.handler(), headers, none, true);
    }

    private void onChunk(Route.Take take, BodyIntake body, Buffer chunk) {
      if (over) {
        return;
      }
      switch (body.take(chunk)) {
        case TAKEN -> {}
        case TOO_LARGE ->
            refuse(
                take.errors(),
                EdgeFault.bodyTooLarge("more than " + take.bodyBytesMax(), take.bodyBytesMax()));
        case NO_ROOM -> refuse(take.errors(), EdgeFault.full("too many bytes at once"));
      }
    }

    /** Hands the request to a virtual thread and the answer back to this loop. */
    private void answer(
        ErrorShape errors,
        ApiHandler handler,
        RequestHeaders headers,
        BodyIntake body,
        boolean cutOff) {
      enter(Phase.ANSWER);
      ApiRequest whole =
          new ApiRequest(
              method(),
              RawTarget.path(request.uri()),
              RawTarget.query(request.uri()),
              headers,
              body.body(),
              body.sha256Hex(),
              remoteAddress(),
              connection == null ? name : connection.id,
              Instant.now(),
              requestId,
              traceparent);
      answering.execute(
          () -> {
            ApiResponse answer;
            try {
              answer = handler.handle(whole);
            } catch (RuntimeException | Error e) {
              // The top of this thread: whatever happened, the client gets an answer.
              log.error("request {} {} {} failed", requestId, whole.method(), whole.rawPath(), e);
              answer = errors.of(EdgeFault.internal(), requestId);
            }
            ApiResponse done = answer;
            context.runOnContext(back -> write(done, cutOff && stillComing()));
          });
    }

    /** Says no while the client may still be sending: what still comes is thrown away. */
    private void refuse(ErrorShape errors, EdgeFault fault) {
      if (over) {
        return;
      }
      metrics.refused(fault.code());
      write(errors.of(fault, requestId), stillComing());
    }

    private boolean stillComing() {
      return !request.isEnded() && hasBody();
    }

    private boolean hasBody() {
      return announcedLength() > 0 || isChunked();
    }

    private void write(ApiResponse answer, boolean cutOff) {
      if (over) {
        return;
      }
      release();
      HttpServerResponse response = request.response();
      if (response.closed()) {
        return;
      }
      response.setStatusCode(answer.status());
      answer.headers().forEach(response::putHeader);
      response.putHeader("X-Request-Id", requestId).putHeader(Trace.HEADER, traceparent);
      boolean last = cutOff || draining;
      if (last) {
        response.putHeader("Connection", "close");
      }
      Buffer body = Buffer.buffer(answer.body().toByteArray());
      boolean head = request.method() == HttpMethod.HEAD;
      enter(cutOff ? Phase.LINGER : Phase.TAKING);
      if (cutOff) {
        request.handler(thrownAway -> {});
        request.endHandler(end -> request.connection().close());
        request.exceptionHandler(broken -> {});
      }
      if (head) {
        response.putHeader("Content-Length", Integer.toString(body.length()));
      }
      Future<Void> written = head ? response.end() : response.end(body);
      metrics.answered(answer.status(), System.nanoTime() - beganNanos, body.length());
      written.onComplete(
          done -> {
            if (cutOff && !request.isEnded()) {
              return;
            }
            if (last) {
              request.connection().close();
            } else if (connection != null && connection.phase() == Phase.TAKING) {
              // A pipelined request may have begun already; its phase stands.
              enter(Phase.NEXT_REQUEST);
            }
          });
    }

    /**
     * The client went away. Once its request was whole the answer is on its way and ends by itself.
     */
    private void abandon() {
      if (!over && timer >= 0) {
        release();
      }
    }

    private void release() {
      over = true;
      stopTimer();
      if (intake != null) {
        admission.giveBytes(intake.held());
        intake = null;
      }
      if (counted) {
        admission.giveRequest();
        counted = false;
      }
    }

    private void stopTimer() {
      if (timer >= 0) {
        vertx.cancelTimer(timer);
        timer = -1;
      }
    }

    private void enter(Phase phase) {
      if (connection != null) {
        connection.enter(phase);
      }
    }

    private String method() {
      return request.method() == HttpMethod.HEAD ? "GET" : request.method().name();
    }

    private RequestHeaders headers() {
      RequestHeaders.Builder headers = RequestHeaders.builder();
      request.headers().forEach(headers::add);
      return headers.build();
    }

    /** The announced length of the body; -1 where none is announced. */
    private long announcedLength() {
      String length = request.getHeader("Content-Length");
      return length == null ? -1 : Long.parseLong(length);
    }

    private boolean isChunked() {
      return request.getHeader("Transfer-Encoding") != null;
    }

    private boolean expectsContinue() {
      String expect = request.getHeader("Expect");
      return expect != null && expect.equalsIgnoreCase("100-continue");
    }

    private String remoteAddress() {
      return request.remoteAddress() == null ? "" : request.remoteAddress().hostAddress();
    }
  }

  /** 128 random bits: enough that no two requests of a cluster share one. */
  private static String newRequestId() {
    byte[] bytes = new byte[16];
    ThreadLocalRandom.current().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
