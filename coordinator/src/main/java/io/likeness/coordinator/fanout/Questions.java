package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.Target;
import io.likeness.node.config.HostPort;
import io.likeness.node.process.Trace;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.Refusal;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardListRequest;
import io.likeness.wire.ShardQuery;
import io.vertx.core.Future;
import java.util.Optional;

/** The questions a coordinator has for shards; the shard's address is put in for each. */
public final class Questions {

  private static final Refusal SAID_NOTHING =
      Refusal.newBuilder().setDetail("the answer holds nothing this version can read").build();

  private final ShardNodes nodes;

  public Questions(ShardNodes nodes) {
    this.nodes = nodes;
  }

  /** The deadline is put in, too. */
  public FanOut.Question<ShardAnswer> query(ShardQuery query, Trace trace) {
    return new FanOut.Question<>() {
      @Override
      public Future<ShardAnswer> ask(HostPort where, Target target, Deadline deadline) {
        ShardQuery addressed =
            query.toBuilder()
                .setShard(target.shard())
                .setDeadlineMillis(deadline.remainingMillis())
                .build();
        return nodes.query(where, addressed, trace);
      }

      @Override
      public Optional<Refusal> refusal(ShardAnswer answer) {
        return switch (answer.getOutcomeCase()) {
          case HITS -> Optional.empty();
          case REFUSAL -> Optional.of(answer.getRefusal());
          case OUTCOME_NOT_SET -> Optional.of(SAID_NOTHING);
        };
      }
    };
  }

  public FanOut.Question<ImageAnswer> show(ShardImageRequest request, Trace trace) {
    return new FanOut.Question<>() {
      @Override
      public Future<ImageAnswer> ask(HostPort where, Target target, Deadline deadline) {
        return nodes.show(where, request.toBuilder().setShard(target.shard()).build(), trace);
      }

      @Override
      public Optional<Refusal> refusal(ImageAnswer answer) {
        return switch (answer.getOutcomeCase()) {
          case IMAGE -> Optional.empty();
          case REFUSAL -> Optional.of(answer.getRefusal());
          case OUTCOME_NOT_SET -> Optional.of(SAID_NOTHING);
        };
      }
    };
  }

  public FanOut.Question<ListImagesAnswer> page(ShardListRequest request, Trace trace) {
    return new FanOut.Question<>() {
      @Override
      public Future<ListImagesAnswer> ask(HostPort where, Target target, Deadline deadline) {
        return nodes.page(where, request.toBuilder().setShard(target.shard()).build(), trace);
      }

      @Override
      public Optional<Refusal> refusal(ListImagesAnswer answer) {
        return switch (answer.getOutcomeCase()) {
          case IMAGES -> Optional.empty();
          case REFUSAL -> Optional.of(answer.getRefusal());
          case OUTCOME_NOT_SET -> Optional.of(SAID_NOTHING);
        };
      }
    };
  }
}
