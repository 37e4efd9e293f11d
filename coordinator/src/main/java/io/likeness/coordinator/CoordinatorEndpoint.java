package io.likeness.coordinator;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.likeness.node.process.Trace;
import io.likeness.wire.ChangePlacementAnswer;
import io.likeness.wire.CoordinatorGrpcService;
import io.likeness.wire.CountImagesAnswer;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.SearchAnswer;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.Service;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The coordinator's gRPC service: each request on a virtual thread of its own, at most so many at
 * once. It binds the methods by hand because the generated service does not show the metadata, in
 * which the trace travels.
 */
final class CoordinatorEndpoint implements Service, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(CoordinatorEndpoint.class);

  /** How long requests under way are waited for. */
  private static final Duration STOP_MAX = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final Searcher searcher;
  private final ImageDesk images;
  private final ClusterDesk cluster;
  private final int requestsMax;
  private final Semaphore room;
  private volatile boolean stopping;

  CoordinatorEndpoint(
      Vertx vertx, Searcher searcher, ImageDesk images, ClusterDesk cluster, int requestsMax) {
    this.vertx = vertx;
    this.searcher = searcher;
    this.images = images;
    this.cluster = cluster;
    this.requestsMax = requestsMax;
    this.room = new Semaphore(requestsMax);
  }

  @Override
  public ServiceName name() {
    return CoordinatorGrpcService.SERVICE_NAME;
  }

  @Override
  public ServiceDescriptor descriptor() {
    return CoordinatorGrpcService.SERVICE_DESCRIPTOR;
  }

  @Override
  public void bind(GrpcServer server) {
    serve(
        server,
        CoordinatorGrpcService.Search,
        searcher::search,
        no -> Optional.of(SearchAnswer.newBuilder().setRefusal(no).build()));
    serve(
        server,
        CoordinatorGrpcService.CountImages,
        searcher::count,
        no -> Optional.of(CountImagesAnswer.newBuilder().setRefusal(no).build()));
    serve(
        server,
        CoordinatorGrpcService.GetImage,
        images::show,
        no -> Optional.of(ImageAnswer.newBuilder().setRefusal(no).build()));
    serve(
        server,
        CoordinatorGrpcService.ListImages,
        images::list,
        no -> Optional.of(ListImagesAnswer.newBuilder().setRefusal(no).build()));
    serve(server, CoordinatorGrpcService.DescribeModels, cluster::models, no -> Optional.empty());
    serve(server, CoordinatorGrpcService.DescribeCluster, cluster::cluster, no -> Optional.empty());
    serve(
        server,
        CoordinatorGrpcService.ChangePlacement,
        cluster::changePlacement,
        no -> Optional.of(ChangePlacementAnswer.newBuilder().setRefusal(no).build()));
  }

  private <Q, A> void serve(
      GrpcServer server,
      ServiceMethod<Q, A> method,
      BiFunction<Q, Trace, A> work,
      Function<Refusal, Optional<A>> refused) {
    server.callHandler(
        method,
        call -> {
          Context context = vertx.getOrCreateContext();
          Trace trace = Trace.parse(call.headers().get(Trace.HEADER));
          call.handler(question -> take(call, context, question, trace, work, refused));
        });
  }

  private <Q, A> void take(
      GrpcServerRequest<Q, A> call,
      Context context,
      Q question,
      Trace trace,
      BiFunction<Q, Trace, A> work,
      Function<Refusal, Optional<A>> refused) {
    if (stopping) {
      // Not a refusal: whoever asks goes on to another coordinator.
      fail(call, GrpcStatus.UNAVAILABLE, "the coordinator is stopping");
      return;
    }
    if (!room.tryAcquire()) {
      Refusal busy =
          Refusals.of(
              RefusalKind.BUSY, "the coordinator has " + requestsMax + " requests, its most");
      refused
          .apply(busy)
          .ifPresentOrElse(
              answer -> call.response().end(answer),
              () -> fail(call, GrpcStatus.RESOURCE_EXHAUSTED, busy.getDetail()));
      return;
    }
    Thread.ofVirtual()
        .name("coordinate")
        .start(
            () -> {
              try {
                A answer = work.apply(question, trace);
                end(context, () -> call.response().end(answer));
              } catch (RuntimeException e) {
                log.error("{} failed, trace {}", call.methodName(), trace.traceId(), e);
                end(context, () -> fail(call, GrpcStatus.INTERNAL, "the coordinator failed: " + e));
              }
            });
  }

  private void end(Context context, Runnable answer) {
    context.runOnContext(
        done -> {
          answer.run();
          room.release();
        });
  }

  /** Takes nothing new, and what was taken is answered while shards can still be asked. */
  @Override
  public void close() {
    stopping = true;
    try {
      if (!room.tryAcquire(requestsMax, STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("requests are still under way after {}", STOP_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void fail(GrpcServerRequest<?, ?> call, GrpcStatus status, String message) {
    call.response().status(status).statusMessage(message).end();
  }
}
