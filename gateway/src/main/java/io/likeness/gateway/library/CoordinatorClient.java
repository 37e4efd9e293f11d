package io.likeness.gateway.library;

import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.process.Trace;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.ServiceMethod;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Asks one of the coordinators, in turn, and the next one where that one cannot be reached: all its
 * calls only read, so asking twice is harmless. One deadline covers all attempts. Blocks; for
 * virtual threads.
 */
public final class CoordinatorClient implements AutoCloseable {

  /** What the deadline leaves for the answer's own way back. */
  private static final long SLACK_MILLIS = 100;

  /** A coordinator that takes longer than this to say anything is not asked again in this call. */
  private static final int ATTEMPTS_MAX = 3;

  private final Membership membership;
  private final GrpcClient grpc;
  private final AtomicInteger turn = new AtomicInteger();

  public CoordinatorClient(Vertx vertx, Membership membership) {
    this.membership = membership;
    this.grpc = GrpcChannels.client(vertx);
  }

  /** The answer; throws where nobody gave one in time. */
  <Q, A> A ask(ServiceMethod<A, Q> method, Q question, Duration within, String traceparent) {
    long end = System.nanoTime() + within.plusMillis(SLACK_MILLIS).toNanos();
    List<NodeInfo> coordinators = membership.members(Role.COORDINATOR);
    if (coordinators.isEmpty()) {
      throw new CoordinatorAwayException("no coordinator is known to be alive");
    }
    int first = Math.floorMod(turn.getAndIncrement(), coordinators.size());
    String fault = "";
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      NodeInfo coordinator = coordinators.get((first + attempt) % coordinators.size());
      long millisLeft = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (millisLeft <= 0) {
        break;
      }
      try {
        return send(coordinator, method, question, millisLeft, traceparent)
            .toCompletionStage()
            .toCompletableFuture()
            .get(millisLeft, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CoordinatorAwayException("the gateway is stopping");
      } catch (TimeoutException e) {
        throw new CoordinatorAwayException(
            "coordinator "
                + coordinator.name()
                + " did not answer within "
                + within.toMillis()
                + " ms");
      } catch (ExecutionException e) {
        fault = "coordinator " + coordinator.name() + " cannot be asked: " + e.getCause();
      }
    }
    throw new CoordinatorAwayException(
        fault.isEmpty() ? "no coordinator answered within " + within.toMillis() + " ms" : fault);
  }

  private <Q, A> Future<A> send(
      NodeInfo coordinator,
      ServiceMethod<A, Q> method,
      Q question,
      long millis,
      String traceparent) {
    return grpc.request(GrpcChannels.address(coordinator.grpc()), method)
        .compose(
            request -> {
              request.timeout(millis, TimeUnit.MILLISECONDS);
              request.headers().set(Trace.HEADER, traceparent);
              return request
                  .end(question)
                  .compose(sent -> request.response())
                  .compose(GrpcClientResponse::last);
            });
  }

  @Override
  public void close() {
    grpc.close();
  }
}
