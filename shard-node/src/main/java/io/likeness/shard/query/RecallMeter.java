package io.likeness.shard.query;

import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.SearchOutcome;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.View;
import io.likeness.shard.intake.ShardMeters;
import java.io.IOException;
import java.util.OptionalDouble;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much of the truth real searches find: a small share of them is done again, exactly, over the
 * same view, behind the back of whoever asked. One thread, which rests ninety-nine times as long as
 * it works, so however large the shard is, it takes a hundredth of a core; what comes meanwhile is
 * passed over.
 */
final class RecallMeter implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RecallMeter.class);

  private static final int WAITING_MAX = 4;
  private static final int OF = 10_000;
  private static final int REST = 99;
  private static final long REST_MAX_NANOS = TimeUnit.MINUTES.toNanos(1);

  private record Sample(View view, ShardSearch search, SearchOutcome.Found found, String uid) {}

  private final int share;
  private final ShardMeters meters;
  private final FilterCache filters;
  private final BlockingQueue<Sample> samples = new ArrayBlockingQueue<>(WAITING_MAX);
  private final Thread thread;

  /** {@code share}: of ten thousand searches. */
  RecallMeter(int share, ShardMeters meters, FilterCache filters) {
    this.share = share;
    this.meters = meters;
    this.filters = filters;
    this.thread = Thread.ofPlatform().name("shard-recall").daemon(true).start(this::run);
  }

  /** Perhaps looks at this answer, later. */
  void offer(View view, ShardSearch search, SearchOutcome outcome, String uid) {
    if (share == 0
        || ThreadLocalRandom.current().nextInt(OF) >= share
        || !(outcome instanceof SearchOutcome.Found found)
        || !view.canBeChecked(search)
        || samples.remainingCapacity() == 0
        || !view.tryRetain()) {
      return;
    }
    if (!samples.offer(new Sample(view, search, found, uid))) {
      close(view);
    }
  }

  private void run() {
    try {
      while (true) {
        Sample sample = samples.take();
        long start = System.nanoTime();
        measure(sample);
        long rest = REST * (System.nanoTime() - start);
        TimeUnit.NANOSECONDS.sleep(Math.min(rest, REST_MAX_NANOS));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      @Nullable Sample left;
      while ((left = samples.poll()) != null) {
        close(left.view());
      }
    }
  }

  private void measure(Sample sample) {
    try {
      OptionalDouble recall =
          sample.view().recallOf(sample.search(), sample.found().hits(), filters);
      recall.ifPresent(share -> meters.recall(sample.uid(), share));
    } catch (IOException | RuntimeException e) {
      // The search itself was answered; a damaged shard shows itself to its next reader.
      log.warn("the recall of a search could not be measured", e);
    } finally {
      close(sample.view());
    }
  }

  private static void close(View view) {
    try {
      view.close();
    } catch (IOException e) {
      log.warn("a view could not be closed", e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
