package io.likeness.node.process;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A fixed number of platform threads for heavy work, behind a queue that refuses when full. */
public final class BoundedPool implements AutoCloseable {

  private final ThreadPoolExecutor threads;
  private final String name;
  private final int queueMax;

  public BoundedPool(String name, int threadCount, int queueMax, MeterRegistry metrics) {
    this.name = name;
    this.queueMax = queueMax;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        new ThreadPoolExecutor(
            threadCount,
            threadCount,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(queueMax),
            task ->
                Thread.ofPlatform()
                    .name(name + "-" + number.incrementAndGet())
                    .daemon(true)
                    .unstarted(task));
    Gauge.builder("likeness.pool.queued", threads, pool -> pool.getQueue().size())
        .tag("pool", name)
        .register(metrics);
    Gauge.builder("likeness.pool.active", threads, ThreadPoolExecutor::getActiveCount)
        .tag("pool", name)
        .register(metrics);
  }

  /**
   * Runs the work; fails with {@link RejectedExecutionException} at once where the queue is full.
   */
  public <T> Future<T> submit(Callable<T> work) {
    Promise<T> promise = Promise.promise();
    try {
      threads.execute(
          () -> {
            try {
              promise.complete(work.call());
            } catch (Throwable e) {
              promise.tryFail(e);
            }
          });
    } catch (RejectedExecutionException e) {
      promise.fail(
          new RejectedExecutionException(
              threads.isShutdown()
                  ? name + " is stopping"
                  : name + " has " + queueMax + " tasks waiting, its most"));
    }
    return promise.future();
  }

  /** Ends what waits, lets finish what runs. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(Duration.ofSeconds(5).toMillis(), TimeUnit.MILLISECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
