package io.likeness.shard.query;

import io.likeness.node.process.BoundedPool;
import io.likeness.node.process.Closing;
import io.likeness.node.process.NodeContext;
import io.likeness.node.process.SearchLimit;
import io.likeness.shard.copy.CopyDesk;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.shard.intake.LogEnds;
import io.likeness.shard.intake.ShardMeters;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;

/** The gRPC side of a shard node: the service and the pool behind it. */
public final class ShardAnswers implements AutoCloseable {

  private static final long SWEEP_MILLIS = 1_000;

  /** Searches for each thread that are always let in. */
  private static final int LEAST_EACH = 4;

  private final RequestThreads requests;
  private final BoundedPool searches;
  private final LogEnds ends;
  private final Leases leases;
  private final CopyDesk copies;
  private final RecallMeter recall;
  private final Runnable stopSweeping;

  private ShardAnswers(
      RequestThreads requests,
      BoundedPool searches,
      LogEnds ends,
      Leases leases,
      CopyDesk copies,
      RecallMeter recall,
      Runnable stopSweeping) {
    this.requests = requests;
    this.recall = recall;
    this.searches = searches;
    this.ends = ends;
    this.leases = leases;
    this.copies = copies;
    this.stopSweeping = stopSweeping;
  }

  /**
   * @param threads searches at a time
   * @param queue searches waiting at most
   * @param requestsMax requests inside at most, waiting ones included
   * @param filterBytes what filters came to, kept at most
   * @param checkedPermyriad of ten thousand searches, those compared with exact search
   * @param cursors what may be held for cursors
   * @param copies the slots handed out; closed with this
   */
  public static ShardAnswers start(
      NodeContext context,
      HeldSlots slots,
      ShardMeters meters,
      int threads,
      int queue,
      int requestsMax,
      long filterBytes,
      int checkedPermyriad,
      CursorLimits cursors,
      CopyDesk copies) {
    int most = threads + queue;
    BoundedPool searches = new BoundedPool("shard-search", threads, queue, context.metrics());
    Admission admission =
        new Admission(
            new SearchLimit(Math.min(LEAST_EACH * threads, most), most, most, System::nanoTime),
            () -> slots.all().size(),
            context.metrics());
    LogEnds ends = new LogEnds(context.kafka());
    FilterCache filters = new FilterCache(filterBytes);
    Leases leases = new Leases(cursors, System::nanoTime);
    RequestThreads requests = new RequestThreads(context.vertx(), requestsMax);
    RecallMeter recall = new RecallMeter(checkedPermyriad, meters, filters);
    measure(filters, context.metrics());
    measure(leases, context.metrics());
    Vertx vertx = context.vertx();
    // Closing a view may unmap gigabytes: not on an event loop.
    long sweeping =
        vertx.setPeriodic(
            SWEEP_MILLIS,
            timer ->
                Thread.ofVirtual()
                    .name("leases")
                    .start(
                        () -> {
                          leases.sweep();
                          copies.sweep();
                        }));
    context
        .grpc()
        .add(
            new ShardService(
                context.nodeName(),
                slots,
                admission,
                searches,
                ends,
                meters,
                filters,
                leases,
                recall,
                copies,
                requests));
    return new ShardAnswers(
        requests, searches, ends, leases, copies, recall, () -> vertx.cancelTimer(sweeping));
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

  private static void measure(Leases leases, MeterRegistry registry) {
    Gauge.builder("likeness.shard.cursors", leases, Leases::count).register(registry);
    Gauge.builder("likeness.shard.cursors.bytes", leases, Leases::bytes).register(registry);
  }

  @Override
  public void close() {
    stopSweeping.run();
    Closing.quietly(requests);
    Closing.quietly(searches);
    Closing.quietly(recall);
    Closing.quietly(leases);
    Closing.quietly(copies);
    Closing.quietly(ends);
  }
}
