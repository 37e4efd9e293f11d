package io.likeness.shard.query;

import io.likeness.node.process.SearchLimit;
import io.likeness.node.process.SearchLimit.Rush;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.IntSupplier;

/**
 * How much heavy work may be inside at once, run or waiting. A queue of so many places holds
 * searches of a millisecond for a moment, and searches of a tenth of a second for longer than
 * anybody waits: then every thread works on what nobody wants any more by the time it is done. So
 * what counts is the time the asker has: where most wait for more than a quarter of it, fewer are
 * let in, and whoever comes then hears it at once and can go elsewhere.
 *
 * <p>One search asks each slot of its instance, all of them at once and perhaps all of them here.
 * So a place for each of two searches is always given; a lower limit would only take shards out of
 * answers.
 */
final class Admission {

  private static final int SEARCHES_ALWAYS = 2;
  private static final int PART_OF_DEADLINE = 4;

  private final SearchLimit limit;
  private final IntSupplier slots;
  private int underWay;

  /**
   * @param slots how many this node holds
   */
  Admission(SearchLimit limit, IntSupplier slots, MeterRegistry metrics) {
    this.limit = limit;
    this.slots = slots;
    Gauge.builder("likeness.shard.search.limit", this, Admission::places).register(metrics);
    Gauge.builder("likeness.shard.search.under.way", this, Admission::underWay).register(metrics);
  }

  synchronized int places() {
    return Math.max(limit.now(), SEARCHES_ALWAYS * slots.getAsInt());
  }

  synchronized int underWay() {
    return underWay;
  }

  /** A place. */
  final class Place {
    private Rush rush = Rush.NONE;

    /** The work begins. */
    void begins(Duration waited, Duration had) {
      // Whoever had no time when it came tells nothing of a rush here.
      if (had.isPositive() && waited.compareTo(had.dividedBy(PART_OF_DEADLINE)) > 0) {
        rush = Rush.WAITED;
      }
    }

    void leave() {
      Admission.this.leave(rush);
    }
  }

  /**
   * @throws RejectedExecutionException where all places are taken
   */
  synchronized Place enter() {
    int places = places();
    if (underWay >= places) {
      throw new RejectedExecutionException(underWay + " searches are under way, the most for now");
    }
    underWay++;
    return new Place();
  }

  private synchronized void leave(Rush rush) {
    limit.told(rush, underWay);
    underWay--;
  }
}
