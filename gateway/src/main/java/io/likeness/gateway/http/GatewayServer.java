package io.likeness.gateway.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server: as many verticles as asked for on one port, and a virtual thread per request.
 */
public final class GatewayServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(GatewayServer.class);
  private static final long DEPLOY_SECONDS_MAX = 30;
  private static final long DRAIN_POLL_MILLIS = 20;

  /**
   * Vert.x takes a negative port for a free one, and servers that name the same negative one share
   * what they got: each gateway of a process has its own.
   */
  private static final AtomicInteger FREE_PORTS = new AtomicInteger();

  private final Vertx vertx;
  private final EdgeSettings settings;
  private final Admission admission;
  private final ExecutorService answering;
  private final List<EdgeVerticle> verticles = new ArrayList<>();
  private final List<String> deployments = new ArrayList<>();

  /** The first of the verticles behind TLS. */
  private int tlsFrom;

  private GatewayServer(Vertx vertx, EdgeSettings settings, Admission admission) {
    this.vertx = vertx;
    this.settings = settings;
    this.admission = admission;
    // Admission bounds how many of these threads there are.
    this.answering =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("request-", 0).factory());
  }

  public static GatewayServer start(
      Vertx vertx, EdgeSettings settings, Router router, MeterRegistry registry) {
    Admission admission = new Admission(settings.limits());
    EdgeMetrics metrics = new EdgeMetrics(registry, admission);
    GatewayServer server = new GatewayServer(vertx, settings, admission);
    try {
      int port = orFree(settings.address().port());
      for (int i = 0; i < settings.verticles(); i++) {
        server.deploy(settings.plainOptions(port), router, metrics, "c" + i);
      }
      server.tlsFrom = server.verticles.size();
      if (settings.tls().isPresent()) {
        EdgeSettings.Tls tls = settings.tls().get();
        int tlsPort = orFree(tls.address().port());
        for (int i = 0; i < settings.verticles(); i++) {
          server.deploy(settings.tlsOptions(tls, tlsPort), router, metrics, "t" + i);
        }
      }
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
    return server;
  }

  private static int orFree(int port) {
    return port == 0 ? FREE_PORTS.decrementAndGet() : port;
  }

  private void deploy(HttpServerOptions options, Router router, EdgeMetrics metrics, String name) {
    EdgeVerticle verticle =
        new EdgeVerticle(options, settings.limits(), router, admission, metrics, answering, name);
    deployments.add(await(vertx.deployVerticle(verticle, new DeploymentOptions())));
    verticles.add(verticle);
  }

  public int port() {
    return verticles.getFirst().port();
  }

  /** Where it listens for TLS; empty where it does not. */
  public OptionalInt tlsPort() {
    return tlsFrom < verticles.size()
        ? OptionalInt.of(verticles.get(tlsFrom).port())
        : OptionalInt.empty();
  }

  public Admission admission() {
    return admission;
  }

  /** Lets requests under way finish, bounded, then closes every connection. */
  @Override
  public void close() {
    verticles.forEach(EdgeVerticle::requestDrain);
    long deadline = System.nanoTime() + settings.limits().drainDeadline().toNanos();
    while (admission.requests() > 0 && System.nanoTime() < deadline) {
      if (!pause()) {
        break;
      }
    }
    if (admission.requests() > 0) {
      log.warn("stopping with {} requests unanswered", admission.requests());
    }
    for (String deployment : deployments) {
      try {
        await(vertx.undeploy(deployment));
      } catch (IllegalStateException e) {
        log.warn("HTTP verticle did not stop: {}", e.getMessage());
      }
    }
    deployments.clear();
    answering.shutdownNow();
  }

  private static boolean pause() {
    try {
      Thread.sleep(DRAIN_POLL_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(DEPLOY_SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the HTTP server started or stopped", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("HTTP server: " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          "HTTP server did not start or stop within " + DEPLOY_SECONDS_MAX + " s", e);
    }
  }
}
