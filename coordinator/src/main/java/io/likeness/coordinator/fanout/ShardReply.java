package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Target;
import io.likeness.wire.Refusal;

/**
 * What came of asking one shard.
 *
 * @param <T> the answer asked for
 */
public sealed interface ShardReply<T> {

  Target target();

  /** What its answer comes to. */
  static <T> ShardReply<T> of(Target target, T answer, FanOut.Question<T> question) {
    return question
        .refusal(answer)
        .<ShardReply<T>>map(refusal -> new Refused<>(target, refusal))
        .orElseGet(() -> new Answered<>(target, answer));
  }

  static <T> ShardReply<T> broken(Target target, Throwable cause) {
    return new Broken<>(
        target, "slot " + target.slot() + " on node " + target.node() + ": " + cause);
  }

  record Answered<T>(Target target, T answer) implements ShardReply<T> {}

  /** It said no. */
  record Refused<T>(Target target, Refusal refusal) implements ShardReply<T> {}

  /** It said nothing before the deadline. */
  record Late<T>(Target target) implements ShardReply<T> {}

  /** It could not be reached, or what it said could not be read. */
  record Broken<T>(Target target, String reason) implements ShardReply<T> {}

  /** Why there is no answer, in words; not asked of an answered one. */
  default String reason() {
    return switch (this) {
      case Answered<T> answered ->
          throw new IllegalStateException("slot " + answered.target.slot() + " has answered");
      case Refused<T> refused ->
          "slot "
              + refused.target.slot()
              + " refused: "
              + refused.refusal.getKind()
              + " "
              + refused.refusal.getDetail();
      case Late<T> late ->
          "slot " + late.target.slot() + " on node " + late.target.node() + " was late";
      case Broken<T> broken -> broken.reason;
    };
  }
}
