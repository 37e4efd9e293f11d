package io.likeness.shard.query;

import io.likeness.node.process.BoundedPool;
import io.likeness.node.process.Closing;
import io.likeness.node.process.NodeContext;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.shard.intake.LogEnds;
import io.likeness.shard.intake.ShardMeters;

/** The gRPC side of a shard node: the service and the pool behind it. */
public final class ShardAnswers implements AutoCloseable {

  private final BoundedPool searches;
  private final LogEnds ends;

  private ShardAnswers(BoundedPool searches, LogEnds ends) {
    this.searches = searches;
    this.ends = ends;
  }

  /**
   * @param threads searches at a time
   * @param queue searches waiting at most
   * @param requestsMax requests inside at most, waiting ones included
   */
  public static ShardAnswers start(
      NodeContext context,
      HeldSlots slots,
      ShardMeters meters,
      int threads,
      int queue,
      int requestsMax) {
    BoundedPool searches = new BoundedPool("shard-search", threads, queue, context.metrics());
    LogEnds ends = new LogEnds(context.kafka());
    context
        .grpc()
        .add(
            new ShardService(
                context.nodeName(),
                slots,
                searches,
                ends,
                meters,
                new RequestThreads(context.vertx(), requestsMax)));
    return new ShardAnswers(searches, ends);
  }

  @Override
  public void close() {
    Closing.quietly(searches);
    Closing.quietly(ends);
  }
}
