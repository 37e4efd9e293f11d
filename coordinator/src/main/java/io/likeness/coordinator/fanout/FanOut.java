package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.coordinator.plan.SlotReplicas;
import io.likeness.coordinator.plan.Target;
import io.likeness.node.config.HostPort;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Refusal;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/**
 * Asks one replica of each slot, all before any answer is awaited, and gives each slot until the
 * deadline. It never fails: what went wrong with a slot is its reply. Which replica is asked, when
 * another one is, and whose answer counts is in {@link SlotAsk}.
 */
public final class FanOut {

  /** How long past the deadline the replies are waited for: each has its own timeout before. */
  private static final long SLACK_MILLIS = 1_000;

  /** Of all questions, those that may be asked a second time while the first is under way. */
  private static final double HEDGE_SHARE = 0.05;

  /**
   * A question to one shard.
   *
   * @param <T> its answer
   */
  public interface Question<T> {

    QuestionKind kind();

    /** Whether it costs nothing but time when two replicas answer it. */
    boolean mayBeAskedTwice();

    /** Asks once. */
    ShardCall<T> ask(HostPort where, Target target, Deadline deadline);

    /** The refusal in an answer; empty where it is none. */
    Optional<Refusal> refusal(T answer);
  }

  private final Vertx vertx;
  private final ShardDirectory directory;
  private final SlotAsk.Rules rules;

  public FanOut(Vertx vertx, ShardDirectory directory, NodeLoads loads, MeterRegistry metrics) {
    this(vertx, directory, loads, Timers.of(vertx), metrics);
  }

  FanOut(
      Vertx vertx,
      ShardDirectory directory,
      NodeLoads loads,
      Timers timers,
      MeterRegistry metrics) {
    this.vertx = vertx;
    this.directory = directory;
    this.rules =
        new SlotAsk.Rules(loads, new HedgeBudget(HEDGE_SHARE), new FanOutMetrics(metrics), timers);
  }

  /** One reply for each slot, in their order. Call it on a virtual thread: it waits. */
  public <T> List<ShardReply<T>> askAll(
      InstanceRecord instance, Collection<Integer> slots, Question<T> question, Deadline deadline) {
    return askAll(instance, slots, Replica.BEST_OF_EACH, question, deadline);
  }

  /** As above; {@code replicaOf}: which replica of each slot. */
  public <T> List<ShardReply<T>> askAll(
      InstanceRecord instance,
      Collection<Integer> slots,
      IntFunction<Replica> replicaOf,
      Question<T> question,
      Deadline deadline) {
    return await(begin(instance, slots, replicaOf, question, deadline), deadline);
  }

  <T> Future<List<ShardReply<T>>> begin(
      InstanceRecord instance,
      Collection<Integer> slots,
      IntFunction<Replica> replicaOf,
      Question<T> question,
      Deadline deadline) {
    List<SlotAsk<T>> asks = new ArrayList<>();
    List<Future<ShardReply<T>>> replies = new ArrayList<>();
    for (SlotReplicas replicas : directory.replicas(instance.getUid(), slots)) {
      SlotAsk<T> ask =
          new SlotAsk<>(
              rules,
              new Live(instance.getUid(), replicas.slot()),
              replicaOf.apply(replicas.slot()),
              question,
              deadline);
      asks.add(ask);
      replies.add(ask.begin(replicas));
    }
    Runnable timer =
        rules.timers().after(deadline.remaining(), () -> asks.forEach(SlotAsk::expire));
    return Future.join(replies)
        .map(joined -> joined.<ShardReply<T>>list())
        .onComplete(done -> timer.run());
  }

  /**
   * The replies of all replicas of a slot that serve; those that say nothing are waited for no
   * longer than {@code patience} once another has answered, and are left out then.
   */
  public <T> List<ShardReply<T>> askEveryReplica(
      InstanceRecord instance,
      int slot,
      Question<T> question,
      Duration patience,
      Deadline deadline) {
    return await(beginEvery(instance, slot, question, patience, deadline), deadline);
  }

  <T> Future<List<ShardReply<T>>> beginEvery(
      InstanceRecord instance,
      int slot,
      Question<T> question,
      Duration patience,
      Deadline deadline) {
    SlotReplicas replicas = directory.replicas(instance.getUid(), List.of(slot)).getFirst();
    ReplicaAsks<T> asks = new ReplicaAsks<>(question, deadline);
    Future<List<ShardReply<T>>> all = asks.begin(replicas.serving());
    Runnable enough = rules.timers().after(patience, asks::enough);
    Runnable end = rules.timers().after(deadline.remaining(), asks::end);
    return all.onComplete(
        done -> {
          enough.run();
          end.run();
        });
  }

  private static <T> T await(Future<T> all, Deadline deadline) {
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

  /** A slot's replicas as the directory knows them. */
  private final class Live implements SlotAsk.Places {
    private final String instanceUid;
    private final int slot;

    Live(String instanceUid, int slot) {
      this.instanceUid = instanceUid;
      this.slot = slot;
    }

    @Override
    public SlotReplicas now() {
      return directory.replicas(instanceUid, List.of(slot)).getFirst();
    }

    @Override
    public Future<?> refreshed() {
      return vertx.executeBlocking(
          () -> {
            directory.refresh();
            return true;
          },
          false);
    }
  }
}
