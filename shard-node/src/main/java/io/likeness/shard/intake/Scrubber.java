package io.likeness.shard.intake;

import io.likeness.shard.index.Scrub;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardClosedException;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One thread that reads all shards against their checksums, at a bounded rate: soon after opening
 * what nobody has read yet, and everything again now and then. What it finds goes the way of any
 * other damage.
 */
final class Scrubber implements AutoCloseable {

  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final long bytesPerSecond;
  private final ByteRate rate;
  private final Duration interval;
  private final HeldSlots slots;
  private final ShardMeters meters;
  private final Consumer<Throwable> failed;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  // When each was last read whole. Only the thread uses it.
  private final Map<Shard, Long> readWhole = new WeakHashMap<>();

  /**
   * @param bytesPerSecond 0: never
   * @param interval of reading everything again
   */
  Scrubber(
      long bytesPerSecond,
      Duration interval,
      HeldSlots slots,
      ShardMeters meters,
      Consumer<Throwable> failed) {
    this.bytesPerSecond = bytesPerSecond;
    this.rate = new ByteRate(bytesPerSecond);
    this.interval = interval;
    this.slots = slots;
    this.meters = meters;
    this.failed = failed;
    this.thread = Thread.ofPlatform().name("shard-scrub").daemon(true).unstarted(this::run);
  }

  void start() {
    if (bytesPerSecond > 0) {
      thread.start();
    }
  }

  private void run() {
    try {
      while (!stopping.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
        for (HeldSlot slot : slots.all()) {
          for (Shard shard : slot.shards().values()) {
            scrub(shard);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException | Error e) {
      failed.accept(e);
    }
  }

  private void scrub(Shard shard) throws IOException, InterruptedException {
    Scrub scrub = new Scrub(shard, this::mayRead);
    long now = System.nanoTime();
    long last = readWhole.computeIfAbsent(shard, first -> now);
    try {
      if (!scrub.unread()) {
        return;
      }
      if (now - last >= interval.toNanos() && scrub.everything()) {
        readWhole.put(shard, System.nanoTime());
      }
    } catch (ShardClosedException closed) {
      // no longer this node's
      return;
    } catch (IOException | RuntimeException | InternalError e) {
      meters.scrubFailed();
      if (!shard.failed(e)) {
        throw e;
      }
    }
  }

  private boolean mayRead(long bytes) throws InterruptedException {
    long wait = rate.take(bytes);
    meters.scrubbed(bytes);
    return wait == 0 ? stopping.getCount() > 0 : !stopping.await(wait, TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    stopping.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
