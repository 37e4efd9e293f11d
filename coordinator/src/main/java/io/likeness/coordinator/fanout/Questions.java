package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.Target;
import io.likeness.node.config.HostPort;
import io.likeness.node.process.Trace;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.Refusal;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardGroupsAnswer;
import io.likeness.wire.ShardGroupsRequest;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardImagesRequest;
import io.likeness.wire.ShardLeaseEnd;
import io.likeness.wire.ShardListRequest;
import io.likeness.wire.ShardQuery;
import java.util.Optional;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The questions a coordinator has for shards; the shard's address is put in for each. */
public final class Questions {

  private static final Logger log = LoggerFactory.getLogger(Questions.class);

  /** Hits that take about as long as the first one. */
  private static final int NEAR_THE_TOP = 200;

  private static final Refusal SAID_NOTHING =
      Refusal.newBuilder().setDetail("the answer holds nothing this version can read").build();

  private final ShardNodes nodes;

  public Questions(ShardNodes nodes) {
    this.nodes = nodes;
  }

  /** The deadline is put in, too. */
  public FanOut.Question<ShardAnswer> query(ShardQuery query, Trace trace) {
    return query(slot -> query, kind(query), !query.hasCursor(), trace);
  }

  /** What each slot's lease has next. */
  public FanOut.Question<ShardAnswer> leased(IntFunction<ShardQuery> querySlot, Trace trace) {
    return query(querySlot, QuestionKind.DEEP_SEARCH, false, trace);
  }

  private static QuestionKind kind(ShardQuery query) {
    if (query.getCountOnly()) {
      return QuestionKind.COUNT;
    }
    return query.getLimit() <= NEAR_THE_TOP && !query.hasCursor()
        ? QuestionKind.SEARCH
        : QuestionKind.DEEP_SEARCH;
  }

  private FanOut.Question<ShardAnswer> query(
      IntFunction<ShardQuery> querySlot, QuestionKind kind, boolean isRepeatable, Trace trace) {
    return new FanOut.Question<>() {
      @Override
      public QuestionKind kind() {
        return kind;
      }

      @Override
      public boolean mayBeAskedTwice() {
        return isRepeatable;
      }

      @Override
      public ShardCall<ShardAnswer> ask(HostPort where, Target target, Deadline deadline) {
        ShardQuery addressed =
            querySlot.apply(target.slot()).toBuilder()
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
      public QuestionKind kind() {
        return QuestionKind.IMAGE;
      }

      @Override
      public boolean mayBeAskedTwice() {
        return true;
      }

      @Override
      public ShardCall<ImageAnswer> ask(HostPort where, Target target, Deadline deadline) {
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

  /** Other images for each slot. */
  public FanOut.Question<ListImagesAnswer> images(
      IntFunction<ShardImagesRequest> askSlot, Trace trace) {
    return new FanOut.Question<>() {
      @Override
      public QuestionKind kind() {
        return QuestionKind.DETAILS;
      }

      @Override
      public boolean mayBeAskedTwice() {
        return true;
      }

      @Override
      public ShardCall<ListImagesAnswer> ask(HostPort where, Target target, Deadline deadline) {
        ShardImagesRequest request = askSlot.apply(target.slot());
        return nodes.images(where, request.toBuilder().setShard(target.shard()).build(), trace);
      }

      @Override
      public Optional<Refusal> refusal(ListImagesAnswer answer) {
        return refusalOf(answer);
      }
    };
  }

  /** The same groups of each slot, which may differ in what was taken; the deadline is put in. */
  public FanOut.Question<ShardGroupsAnswer> groups(
      IntFunction<ShardGroupsRequest> askSlot, Trace trace) {
    return new FanOut.Question<>() {
      @Override
      public QuestionKind kind() {
        return QuestionKind.DETAILS;
      }

      @Override
      public boolean mayBeAskedTwice() {
        return true;
      }

      @Override
      public ShardCall<ShardGroupsAnswer> ask(HostPort where, Target target, Deadline deadline) {
        ShardGroupsRequest addressed =
            askSlot.apply(target.slot()).toBuilder()
                .setShard(target.shard())
                .setDeadlineMillis(deadline.remainingMillis())
                .build();
        return nodes.groups(where, addressed, trace);
      }

      @Override
      public Optional<Refusal> refusal(ShardGroupsAnswer answer) {
        return switch (answer.getOutcomeCase()) {
          case GROUPS -> Optional.empty();
          case REFUSAL -> Optional.of(answer.getRefusal());
          case OUTCOME_NOT_SET -> Optional.of(SAID_NOTHING);
        };
      }
    };
  }

  /** Tells a shard that nobody goes on with a lease; if it does not hear, the lease idles out. */
  public void endLease(Target target, ShardLeaseEnd end, Trace trace) {
    target
        .where()
        .ifPresent(
            where ->
                nodes
                    .endLease(where, end.toBuilder().setShard(target.shard()).build(), trace)
                    .onFailure(ignored -> log.debug("a lease was not ended", ignored)));
  }

  private static Optional<Refusal> refusalOf(ListImagesAnswer answer) {
    return switch (answer.getOutcomeCase()) {
      case IMAGES -> Optional.empty();
      case REFUSAL -> Optional.of(answer.getRefusal());
      case OUTCOME_NOT_SET -> Optional.of(SAID_NOTHING);
    };
  }

  public FanOut.Question<ListImagesAnswer> page(ShardListRequest request, Trace trace) {
    return new FanOut.Question<>() {
      @Override
      public QuestionKind kind() {
        return QuestionKind.LIST;
      }

      @Override
      public boolean mayBeAskedTwice() {
        return true;
      }

      @Override
      public ShardCall<ListImagesAnswer> ask(HostPort where, Target target, Deadline deadline) {
        return nodes.page(where, request.toBuilder().setShard(target.shard()).build(), trace);
      }

      @Override
      public Optional<Refusal> refusal(ListImagesAnswer answer) {
        return refusalOf(answer);
      }
    };
  }
}
