package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.coordinator.plan.Target;
import io.likeness.node.config.HostPort;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Asks shards, all before any answer is awaited, and gives each until the deadline. It never fails:
 * what went wrong with a shard is its reply. A shard that knows a newer term is asked once more,
 * after the assignments have been read to their end.
 */
public final class FanOut {

  /** How long past the deadline the replies are waited for: each has its own timeout before. */
  private static final long SLACK_MILLIS = 1_000;

  /**
   * A question to one shard.
   *
   * @param <T> its answer
   */
  public interface Question<T> {

    /** Asks once. */
    Future<T> ask(HostPort where, Target target, Deadline deadline);

    /** The refusal in an answer; empty where it is none. */
    Optional<Refusal> refusal(T answer);
  }

  private final Vertx vertx;
  private final ShardDirectory directory;

  public FanOut(Vertx vertx, ShardDirectory directory) {
    this.vertx = vertx;
    this.directory = directory;
  }

  /** Waits for all replies, in the order of the targets. Call it on a virtual thread. */
  public <T> List<ShardReply<T>> askAll(
      InstanceRecord instance, List<Target> targets, Question<T> question, Deadline deadline) {
    List<Future<ShardReply<T>>> asked =
        targets.stream().map(target -> ask(instance, target, question, deadline)).toList();
    Future<List<ShardReply<T>>> all =
        Future.join(asked).map(joined -> joined.<ShardReply<T>>list());
    try {
      return all.toCompletionStage()
          .toCompletableFuture()
          .get(deadline.remaining().toMillis() + SLACK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for shards");
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("a reply that cannot fail has failed", e);
    }
  }

  private <T> Future<ShardReply<T>> ask(
      InstanceRecord instance, Target target, Question<T> question, Deadline deadline) {
    return askOnce(target, question, deadline)
        .compose(
            reply -> {
              if (!isStale(reply) || deadline.isOver()) {
                return Future.succeededFuture(reply);
              }
              return refreshed(deadline)
                  .compose(
                      done ->
                          askOnce(directory.target(instance, target.slot()), question, deadline))
                  .otherwise(reply);
            });
  }

  private <T> Future<ShardReply<T>> askOnce(
      Target target, Question<T> question, Deadline deadline) {
    if (target.where().isEmpty()) {
      return Future.succeededFuture(new ShardReply.Broken<>(target, target.absence()));
    }
    return question
        .ask(target.where().get(), target, deadline)
        .timeout(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS)
        .map(
            answer ->
                question
                    .refusal(answer)
                    .<ShardReply<T>>map(refusal -> new ShardReply.Refused<>(target, refusal))
                    .orElseGet(() -> new ShardReply.Answered<>(target, answer)))
        .otherwise(cause -> failed(target, cause));
  }

  private Future<?> refreshed(Deadline deadline) {
    return vertx
        .executeBlocking(
            () -> {
              directory.refresh();
              return true;
            },
            false)
        .timeout(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS);
  }

  private static boolean isStale(ShardReply<?> reply) {
    return reply instanceof ShardReply.Refused<?> refused
        && refused.refusal().getKind() == RefusalKind.STALE_TERM;
  }

  private static <T> ShardReply<T> failed(Target target, Throwable cause) {
    if (cause instanceof TimeoutException) {
      return new ShardReply.Late<>(target);
    }
    return new ShardReply.Broken<>(
        target, "slot " + target.slot() + " on node " + target.node() + ": " + cause);
  }
}
