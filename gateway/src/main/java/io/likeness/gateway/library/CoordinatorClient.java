package io.likeness.gateway.library;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.process.Trace;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.client.InvalidStatusException;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Asks one of the coordinators, in turn, and the next one where that one cannot be reached or is
 * silent: all its calls may be made twice. One deadline covers all attempts. Where every one known
 * is starting or stopping, it waits a little and looks again who is there. Blocks; for virtual
 * threads.
 */
public final class CoordinatorClient implements AutoCloseable {

  /** What the deadline leaves for the answer's own way back. */
  private static final long SLACK_MILLIS = 100;

  /** So many coordinators may fail to answer a question they took; the next would fail, too. */
  private static final int FAILURES_MAX = 3;

  private static final long PAUSE_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(250);

  /**
   * A coordinator that has said nothing to anybody for this part of the time is not waited for
   * alone.
   */
  private static final int PATIENCE_PART = 4;

  /** So long the others are asked before it. */
  private static final Duration SHUNNED = Duration.ofSeconds(5);

  private final Membership membership;
  private final GrpcClient grpc;
  private final AtomicInteger turn = new AtomicInteger();

  /** By name: when it answered last, and when it was last found silent. */
  private final Map<String, Long> answered = new ConcurrentHashMap<>();

  private final Map<String, Long> silent = new ConcurrentHashMap<>();

  public CoordinatorClient(Vertx vertx, Membership membership) {
    this.membership = membership;
    this.grpc = GrpcChannels.client(vertx);
  }

  /** The answer; throws where nobody gave one in time. */
  <Q, A> A ask(ServiceMethod<A, Q> method, Q question, Duration within, String traceparent) {
    Attempts<A> attempts = new Attempts<>(within);
    int first = turn.getAndIncrement();
    long pause = PAUSE_NANOS_MIN;
    try {
      while (true) {
        for (NodeInfo coordinator : inTurn(first)) {
          Optional<A> answer =
              attempts.ask(
                  coordinator.name(),
                  millis -> send(coordinator, method, question, millis, traceparent));
          if (answer.isPresent()) {
            return answer.get();
          }
        }
        attempts.pause(pause);
        pause = Math.min(2 * pause, PAUSE_NANOS_MAX);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CoordinatorAwayException("the gateway is stopping");
    }
  }

  /** What became of one attempt; exactly one of answer and fault is there. */
  private record Outcome<A>(String coordinator, @Nullable A answer, @Nullable Throwable fault) {}

  /** All that is done for one question. */
  private final class Attempts<A> {

    private final Duration within;
    private final long end;
    private final BlockingQueue<Outcome<A>> outcomes = new LinkedBlockingQueue<>();
    private final Set<String> waitedFor = new HashSet<>();
    private String fault = "no coordinator is known to be alive";
    private int failures;

    Attempts(Duration within) {
      this.within = within;
      this.end = System.nanoTime() + within.plusMillis(SLACK_MILLIS).toNanos();
    }

    /** Empty where the next one is to be asked; who is silent may answer yet. */
    Optional<A> ask(String coordinator, LongFunction<Future<A>> send) throws InterruptedException {
      long asked = System.nanoTime();
      if (asked >= end) {
        throw new CoordinatorAwayException(fault);
      }
      if (waitedFor.add(coordinator)) {
        send.apply(NANOSECONDS.toMillis(end - asked) + 1)
            .onComplete(done -> outcomes.add(outcome(coordinator, done)));
      }
      Outcome<A> outcome = next();
      while (outcome == null && hasAnsweredSince(coordinator, asked) && System.nanoTime() < end) {
        outcome = next();
      }
      if (outcome == null) {
        silent.put(coordinator, System.nanoTime());
        fault =
            "coordinator " + coordinator + " did not answer within " + within.toMillis() + " ms";
        return Optional.empty();
      }
      if (outcome.answer() == null) {
        waitedFor.remove(outcome.coordinator());
        fault = "coordinator " + outcome.coordinator() + " cannot be asked: " + outcome.fault();
        if (!isAway(outcome.fault()) && ++failures == FAILURES_MAX) {
          throw new CoordinatorAwayException(fault);
        }
      }
      return Optional.ofNullable(outcome.answer());
    }

    private @Nullable Outcome<A> next() throws InterruptedException {
      long left = end - System.nanoTime();
      return outcomes.poll(Math.min(within.toNanos() / PATIENCE_PART, left), NANOSECONDS);
    }

    void pause(long nanos) throws InterruptedException {
      if (end - System.nanoTime() <= nanos) {
        throw new CoordinatorAwayException(fault);
      }
      NANOSECONDS.sleep(nanos);
    }
  }

  /** Everybody known once; those found silent a short while ago at the end. */
  private List<NodeInfo> inTurn(int first) {
    List<NodeInfo> coordinators = new ArrayList<>(membership.members(Role.COORDINATOR));
    Collections.rotate(coordinators, -first);
    coordinators.sort(Comparator.comparing(coordinator -> isShunned(coordinator.name())));
    return coordinators;
  }

  private boolean isShunned(String coordinator) {
    Long since = silent.get(coordinator);
    return since != null && System.nanoTime() - since < SHUNNED.toNanos();
  }

  private boolean hasAnsweredSince(String coordinator, long time) {
    Long last = answered.get(coordinator);
    return last != null && last - time > 0;
  }

  private <A> Outcome<A> outcome(String coordinator, AsyncResult<A> done) {
    if (done.failed()) {
      return new Outcome<>(coordinator, null, done.cause());
    }
    answered.put(coordinator, System.nanoTime());
    silent.remove(coordinator);
    return new Outcome<>(coordinator, done.result(), null);
  }

  /** It has not taken the question: nothing listens, or it is starting or stopping. */
  private static boolean isAway(@Nullable Throwable fault) {
    if (fault instanceof InvalidStatusException answered) {
      GrpcStatus status = answered.actualStatus();
      return status == GrpcStatus.UNAVAILABLE || status == GrpcStatus.UNIMPLEMENTED;
    }
    return true;
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
