package io.likeness.shard.query;

import io.likeness.shard.index.Deadline;
import io.vertx.core.Future;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import java.time.Duration;
import java.util.function.ToIntFunction;

/**
 * Methods whose work stops when the asker goes away: a coordinator resets the question that was
 * slower than its twin on another replica. The generated binding does not show the call.
 */
final class Calls {

  /** For askers that name no deadline. */
  private static final Duration DEADLINE_USUAL = Duration.ofSeconds(10);

  static final Duration DEADLINE_MAX = Duration.ofMinutes(1);

  /** Does the work; it ends early where the deadline has passed. */
  interface Answer<Q, A> {
    Future<A> to(Q question, Deadline deadline);
  }

  private Calls() {}

  static Deadline deadline(int millis) {
    Duration wanted = millis <= 0 ? DEADLINE_USUAL : Duration.ofMillis(millis);
    return Deadline.in(wanted.compareTo(DEADLINE_MAX) > 0 ? DEADLINE_MAX : wanted);
  }

  static <Q, A> void bind(
      GrpcServer server,
      ServiceMethod<Q, A> method,
      ToIntFunction<Q> deadlineMillis,
      Answer<Q, A> answer) {
    server.callHandler(
        method,
        call ->
            call.handler(
                question ->
                    take(call, deadline(deadlineMillis.applyAsInt(question)), question, answer)));
  }

  private static <Q, A> void take(
      GrpcServerRequest<Q, A> call, Deadline deadline, Q question, Answer<Q, A> answer) {
    call.errorHandler(reset -> deadline.abandon());
    call.exceptionHandler(broken -> deadline.abandon());
    call.response().exceptionHandler(broken -> deadline.abandon());
    answer
        .to(question, deadline)
        .onComplete(
            done -> {
              if (deadline.isAbandoned()) {
                return;
              }
              if (done.succeeded()) {
                call.response().end(done.result());
              } else {
                call.response().fail(done.cause());
              }
            });
  }
}
