package io.likeness.coordinator.merge;

import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.wire.Coverage;
import io.likeness.wire.ShardAnswer;
import java.util.List;
import java.util.Map;

/** How much of what was asked has answered. */
public final class Coverages {

  private Coverages() {}

  public static Coverage of(List<ShardReply<ShardAnswer>> replies) {
    Coverage.Builder coverage = Coverage.newBuilder().setShardsAsked(replies.size());
    int answered = 0;
    for (ShardReply<ShardAnswer> reply : replies) {
      switch (reply) {
        case ShardReply.Answered<ShardAnswer> hits -> {
          answered++;
          coverage.addPositions(
              hits.answer().getHits().getPosition().toBuilder().setSlot(hits.target().slot()));
        }
        case ShardReply.Refused<ShardAnswer> refused -> coverage.addReasons(refused.reason());
        case ShardReply.Late<ShardAnswer> late -> coverage.addReasons(late.reason());
        case ShardReply.Broken<ShardAnswer> broken -> coverage.addReasons(broken.reason());
      }
    }
    return coverage.setShardsAnswered(answered).build();
  }

  /** Those that answered first and not when they were asked for more do not count. */
  public static Coverage without(Coverage coverage, Map<Integer, ShardReply<?>> missing) {
    if (missing.isEmpty()) {
      return coverage;
    }
    Coverage.Builder less = coverage.toBuilder();
    missing.forEach(
        (slot, reply) -> less.addReasons("not all is known of its hits: " + reply.reason()));
    return less.setShardsAnswered(coverage.getShardsAnswered() - missing.size()).build();
  }
}
