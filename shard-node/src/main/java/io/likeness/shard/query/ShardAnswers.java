package io.likeness.shard.query;

import io.likeness.node.process.BoundedPool;
import io.likeness.node.process.Closing;
import io.likeness.node.process.NodeContext;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.shard.intake.LogEnds;
import io.likeness.shard.intake.ShardMeters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

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
   * @param filterBytes what filters came to, kept at most
   */
  public static ShardAnswers start(
      NodeContext context,
      HeldSlots slots,
      ShardMeters meters,
      int threads,
      int queue,
      int requestsMax,
      long filterBytes) {
    BoundedPool searches = new BoundedPool("shard-search", threads, queue, context.metrics());
    LogEnds ends = new LogEnds(context.kafka());
    FilterCache filters = new FilterCache(filterBytes);
    measure(filters, context.metrics());
    context
        .grpc()
        .add(
            new ShardService(
                context.nodeName(),
                slots,
                searches,
                ends,
                meters,
                filters,
                new RequestThreads(context.vertx(), requestsMax)));
    return new ShardAnswers(searches, ends);
  }

  private static void measure(FilterCache filters, MeterRegistry registry) {
    Gauge.builder("likeness.shard.filter.cache.bytes", filters, FilterCache::bytes)
        .register(registry);
    FunctionCounter.builder("likeness.shard.filter.cache", filters, FilterCache::hits)
        .tag("outcome", "hit")
        .register(registry);
    FunctionCounter.builder("likeness.shard.filter.cache", filters, FilterCache::misses)
        .tag("outcome", "miss")
        .register(registry);
  }

  @Override
  public void close() {
    Closing.quietly(searches);
    Closing.quietly(ends);
  }
}
