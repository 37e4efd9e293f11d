package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.Target;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/** One question to every replica of a slot. Answers come on any thread; one lock orders them. */
final class ReplicaAsks<T> {

  private final FanOut.Question<T> question;
  private final Deadline deadline;
  private final Promise<List<ShardReply<T>>> promise = Promise.promise();
  private final List<ShardReply<T>> replies = new ArrayList<>();
  private final List<ShardCall<T>> calls = new ArrayList<>();
  private int open;
  private boolean patient = true;
  private boolean over;

  ReplicaAsks(FanOut.Question<T> question, Deadline deadline) {
    this.question = question;
    this.deadline = deadline;
  }

  synchronized Future<List<ShardReply<T>>> begin(List<Target> replicas) {
    open = replicas.size();
    for (Target replica : replicas) {
      ShardCall<T> call = question.ask(replica.where().orElseThrow(), replica, deadline);
      calls.add(call);
      call.answer()
          .onComplete(
              done ->
                  came(
                      done.succeeded()
                          ? ShardReply.of(replica, done.result(), question)
                          : ShardReply.broken(replica, done.cause())));
    }
    look();
    return promise.future();
  }

  /** From now on one answer is enough. */
  synchronized void enough() {
    patient = false;
    look();
  }

  synchronized void end() {
    if (!over) {
      finish();
    }
  }

  private synchronized void came(ShardReply<T> reply) {
    if (over) {
      return;
    }
    open--;
    replies.add(reply);
    look();
  }

  private void look() {
    boolean answered = replies.stream().anyMatch(ShardReply.Answered.class::isInstance);
    if (!over && (open == 0 || (!patient && answered))) {
      finish();
    }
  }

  private void finish() {
    over = true;
    calls.stream().filter(call -> !call.answer().isComplete()).forEach(call -> call.cancel().run());
    promise.complete(List.copyOf(replies));
  }
}
