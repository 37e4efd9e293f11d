package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.SlotReplicas;
import io.likeness.coordinator.plan.Target;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * One question to one slot, until one of its replicas has answered.
 *
 * <p>The best replica is asked first. One that cannot answer is followed by the next at once. One
 * that has said nothing for as long as nineteen of twenty take is left to go on, and the next is
 * asked as well, as far as the budget allows; who answers first wins and the other is cancelled.
 * After a quarter of the time a node that has answered nobody meanwhile is taken for stopped, and
 * the next is asked whatever the budget says: a node that is only busy answers others. Where all
 * have said no and one of them because it knows a newer term, the assignments are read to their end
 * and the replicas asked once more.
 *
 * <p>Answers come on any thread; one lock orders them.
 */
final class SlotAsk<T> {

  /** Whom to ask, and what the asking is measured by. */
  record Rules(NodeLoads loads, HedgeBudget budget, FanOutMetrics metrics, Timers timers) {}

  /** Where the replicas are, again and again. */
  interface Places {
    SlotReplicas now();

    /** Succeeds when the newest assignments are known. */
    Future<?> refreshed();
  }

  private final class Run {
    private final Target target;
    private final NodeLoads.Asked asked;
    private final boolean isHedge;
    private @Nullable ShardCall<T> call;

    Run(Target target, NodeLoads.Asked asked, boolean isHedge) {
      this.target = target;
      this.asked = asked;
      this.isHedge = isHedge;
    }
  }

  /** Of the time there is, after which a silent node is taken for stopped. */
  private static final int PATIENCE = 4;

  private final Rules rules;
  private final Places places;
  private final Replica wanted;
  private final FanOut.Question<T> question;
  private final Deadline deadline;
  private final Promise<ShardReply<T>> promise = Promise.promise();
  private final Deque<Target> untried = new ArrayDeque<>();
  private final List<Run> running = new ArrayList<>();
  private @Nullable ShardReply<T> lastNo;
  private @Nullable Runnable hedgeTimer;
  private @Nullable Runnable rescueTimer;
  private boolean stale;
  private boolean askedAgain;
  private boolean over;

  SlotAsk(
      Rules rules, Places places, Replica wanted, FanOut.Question<T> question, Deadline deadline) {
    this.rules = rules;
    this.places = places;
    this.wanted = wanted;
    this.question = question;
    this.deadline = deadline;
  }

  Future<ShardReply<T>> begin(SlotReplicas replicas) {
    synchronized (this) {
      plan(replicas);
    }
    return promise.future();
  }

  /** Nobody waits any more. */
  synchronized void expire() {
    if (over) {
      return;
    }
    List<Run> unanswered = stop();
    Target late = unanswered.isEmpty() ? places.now().nobody() : unanswered.getFirst().target;
    for (Run run : unanswered) {
      rules.loads().failed(run.asked);
      cancel(run);
    }
    finish(lastNo != null && unanswered.isEmpty() ? lastNo : new ShardReply.Late<>(late));
  }

  private void plan(SlotReplicas replicas) {
    Optional<ShardReply<T>> gone = choose(replicas);
    if (gone.isPresent()) {
      finish(gone.get());
      return;
    }
    rules.budget().earn();
    rules.metrics().asked();
    start(untried.remove(), false);
    if (!over && question.mayBeAskedTwice() && !wanted.isDemanded()) {
      hedgeLater();
      rescueLater();
      probe(replicas);
    }
  }

  /** Fills in whom to ask; the reply where that is nobody. */
  private Optional<ShardReply<T>> choose(SlotReplicas replicas) {
    untried.clear();
    if (wanted.isDemanded()) {
      Optional<Target> holder = replicas.on(wanted.node()).filter(on -> on.where().isPresent());
      if (holder.isEmpty()) {
        return Optional.of(
            new ShardReply.Refused<>(
                replicas.nobody(),
                Refusal.newBuilder()
                    .setKind(RefusalKind.CURSOR_EXPIRED)
                    .setDetail(
                        "node %s, which held slot %d for this cursor, is gone; search anew"
                            .formatted(wanted.node(), replicas.slot()))
                    .build()));
      }
      untried.add(holder.get());
      return Optional.empty();
    }
    untried.addAll(rules.loads().inOrder(question.kind(), replicas.serving()));
    untried.addAll(rules.loads().inOrder(question.kind(), replicas.leaving()));
    untried.stream()
        .filter(each -> each.node().equals(wanted.node()))
        .findFirst()
        .ifPresent(
            preferred -> {
              untried.remove(preferred);
              untried.addFirst(preferred);
            });
    return untried.isEmpty()
        ? Optional.of(new ShardReply.Broken<>(replicas.nobody(), replicas.absence()))
        : Optional.empty();
  }

  private void start(Target target, boolean isHedge) {
    Run run = new Run(target, rules.loads().ask(target, question.kind(), false), isHedge);
    running.add(run);
    run.call = question.ask(target.where().orElseThrow(), target, deadline);
    run.call.answer().onComplete(done -> came(run, done.result(), done.cause()));
  }

  private void hedgeLater() {
    OptionalLong usual = rules.loads().hedgeAfterNanos(question.kind());
    if (!untried.isEmpty() && usual.isPresent()) {
      hedgeTimer = rules.timers().after(Duration.ofNanos(usual.getAsLong()), this::hedge);
    }
  }

  private synchronized void hedge() {
    hedgeTimer = null;
    if (over || untried.isEmpty() || running.size() != 1 || deadline.isOver()) {
      return;
    }
    if (rules.budget().take()) {
      rules.metrics().hedged();
      start(untried.remove(), true);
    }
  }

  private void rescueLater() {
    if (!untried.isEmpty()) {
      rescueTimer = rules.timers().after(deadline.remaining().dividedBy(PATIENCE), this::rescue);
    }
  }

  private synchronized void rescue() {
    rescueTimer = null;
    if (!over
        && !untried.isEmpty()
        && !running.isEmpty()
        && running.stream().allMatch(run -> rules.loads().isSilent(run.asked))) {
      rules.metrics().triedNext();
      start(untried.remove(), true);
    }
  }

  /** Asks a node that was left out, too; its answer only tells how it does. */
  private void probe(SlotReplicas replicas) {
    Optional<Target> due =
        untried.isEmpty() ? Optional.empty() : rules.loads().probe(replicas.serving());
    if (due.isEmpty()) {
      return;
    }
    NodeLoads.Asked asked = rules.loads().ask(due.get(), question.kind(), true);
    if (!rules.budget().take()) {
      rules.loads().abandoned(asked);
      return;
    }
    rules.metrics().probed();
    ShardCall<T> call = question.ask(due.get().where().orElseThrow(), due.get(), deadline);
    Runnable timer =
        rules
            .timers()
            .after(
                deadline.remaining(),
                () -> {
                  rules.loads().failed(asked);
                  call.cancel().run();
                });
    call.answer()
        .onComplete(
            done -> {
              timer.run();
              if (done.failed()) {
                rules.loads().failed(asked);
              } else if (question.refusal(done.result()).isPresent()) {
                rules.loads().refused(asked);
              } else {
                rules.loads().answered(asked);
              }
            });
  }

  private synchronized void came(Run run, @Nullable T answer, @Nullable Throwable cause) {
    if (over) {
      return;
    }
    running.remove(run);
    if (cause != null || answer == null) {
      rules.loads().failed(run.asked);
      saidNo(
          ShardReply.broken(
              run.target, cause == null ? new IOException("an answer without a message") : cause));
      return;
    }
    Optional<Refusal> refusal = question.refusal(answer);
    if (refusal.isEmpty()) {
      rules.loads().answered(run.asked);
      won(run, answer);
      return;
    }
    ShardReply<T> no = new ShardReply.Refused<>(run.target, refusal.get());
    switch (refusal.get().getKind()) {
      case BUSY -> {
        rules.loads().pushedBack(run.asked);
        full(no);
      }
      case STALE_TERM -> {
        rules.loads().refused(run.asked);
        stale = true;
        saidNo(no);
      }
      case UNAVAILABLE -> {
        rules.loads().refused(run.asked);
        saidNo(no);
      }
      // The next one would say the same.
      case NO_SUCH_INSTANCE,
          NO_SUCH_IMAGE,
          BAD_PICTURE,
          BAD_REQUEST,
          CURSOR_EXPIRED,
          REFUSAL_KIND_UNSPECIFIED,
          UNRECOGNIZED -> {
        rules.loads().refused(run.asked);
        end(no);
      }
    }
  }

  private void won(Run winner, T answer) {
    if (winner.isHedge) {
      rules.metrics().hedgeWon();
    }
    for (Run loser : stop()) {
      if (winner.isHedge) {
        rules.loads().lost(loser.asked);
      } else {
        rules.loads().abandoned(loser.asked);
      }
      cancel(loser);
    }
    finish(new ShardReply.Answered<>(winner.target, answer));
  }

  /** Others may have room; but where all are full, asking all of them makes it worse. */
  private void full(ShardReply<T> no) {
    if (untried.isEmpty() || deadline.isOver() || !running.isEmpty() || !rules.budget().take()) {
      lastNo = no;
      if (running.isEmpty()) {
        finish(no);
      }
      return;
    }
    lastNo = no;
    rules.metrics().triedNext();
    start(untried.remove(), false);
  }

  private void saidNo(ShardReply<T> no) {
    lastNo = no;
    if (deadline.isOver()) {
      if (running.isEmpty()) {
        finish(no);
      }
      return;
    }
    if (!untried.isEmpty()) {
      rules.metrics().triedNext();
      start(untried.remove(), false);
    } else if (running.isEmpty()) {
      if (stale && !askedAgain) {
        askAgain(no);
      } else {
        finish(no);
      }
    }
  }

  private void askAgain(ShardReply<T> no) {
    askedAgain = true;
    places
        .refreshed()
        .onComplete(
            done -> {
              synchronized (this) {
                if (over) {
                  return;
                }
                Optional<ShardReply<T>> gone =
                    done.failed() || deadline.isOver() ? Optional.of(no) : choose(places.now());
                if (gone.isPresent()) {
                  finish(gone.get());
                } else {
                  start(untried.remove(), false);
                }
              }
            });
  }

  private void end(ShardReply<T> no) {
    for (Run other : stop()) {
      rules.loads().abandoned(other.asked);
      cancel(other);
    }
    finish(no);
  }

  /**
   * Nothing that comes counts any more; returns who was still asked. Before anybody is cancelled: a
   * cancelled call fails before the cancelling returns.
   */
  private List<Run> stop() {
    over = true;
    List<Run> left = List.copyOf(running);
    running.clear();
    return left;
  }

  private void cancel(Run run) {
    if (run.call != null) {
      run.call.cancel().run();
    }
  }

  private void finish(ShardReply<T> reply) {
    var unused = stop();
    end(hedgeTimer);
    end(rescueTimer);
    hedgeTimer = null;
    rescueTimer = null;
    promise.complete(reply);
  }

  private static void end(@Nullable Runnable timer) {
    if (timer != null) {
      timer.run();
    }
  }
}
