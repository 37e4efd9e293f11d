package io.likeness.shard.query;

import io.likeness.shard.index.ShardClosedException;
import io.likeness.shard.intake.ShardAbsentException;
import io.likeness.wire.RefusalKind;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A virtual thread per request, up to a bound; the answer goes back on the asker's event loop. */
final class RequestThreads implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RequestThreads.class);

  /** How long requests under way are waited for. */
  private static final Duration STOP_MAX = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final int requestsMax;
  private final Semaphore free;
  private volatile boolean stopping;

  /** How an answer says no. */
  interface Refuse<T> {
    T refuse(RefusalKind kind, String detail);
  }

  RequestThreads(Vertx vertx, int requestsMax) {
    this.vertx = vertx;
    this.requestsMax = requestsMax;
    this.free = new Semaphore(requestsMax);
  }

  <T> Future<T> answer(Callable<T> work, Refuse<T> refuse) {
    if (stopping) {
      return Future.succeededFuture(refuse.refuse(RefusalKind.UNAVAILABLE, "the node is stopping"));
    }
    if (!free.tryAcquire()) {
      return Future.succeededFuture(
          refuse.refuse(RefusalKind.BUSY, requestsMax + " requests are being answered, the most"));
    }
    Context context = vertx.getOrCreateContext();
    Promise<T> promise = Promise.promise();
    Thread.startVirtualThread(
        () -> {
          try {
            T answer = work.call();
            context.runOnContext(done -> promise.complete(answer));
          } catch (Throwable e) {
            Throwable cause =
                e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
            context.runOnContext(done -> fail(promise, refuse, cause));
          } finally {
            free.release();
          }
        });
    return promise.future();
  }

  private static <T> void fail(Promise<T> promise, Refuse<T> refuse, Throwable cause) {
    switch (cause) {
      case RejectedExecutionException full ->
          promise.complete(refuse.refuse(RefusalKind.BUSY, String.valueOf(full.getMessage())));
      case ShardClosedException closed ->
          promise.complete(
              refuse.refuse(RefusalKind.UNAVAILABLE, String.valueOf(closed.getMessage())));
      case ShardAbsentException absent ->
          promise.complete(
              refuse.refuse(RefusalKind.UNAVAILABLE, String.valueOf(absent.getMessage())));
      default -> {
        log.error("a request failed", cause);
        promise.fail(cause);
      }
    }
  }

  /** Nothing new is taken, and what was taken is answered. */
  @Override
  public void close() {
    stopping = true;
    try {
      if (!free.tryAcquire(requestsMax, STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn("requests are still under way after {}", STOP_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
