package io.likeness.coordinator;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.node.process.SearchLimit;
import io.likeness.wire.RefusalKind;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Who may search now. As many as the limit allows go on at once; the others wait in a queue of
 * their tenant, and the tenants take turns, so that one that floods waits behind itself. A tenant
 * may have as many waiting as there is room left for all others; whoever waits too long is refused:
 * work that comes too late is worse than none.
 */
final class SearchGate {

  /**
   * How many may wait.
   *
   * @param queueMax of all tenants together
   * @param patience one waits at most this long
   */
  record Waiting(int queueMax, Duration patience) {
    Waiting {
      if (queueMax < 1 || !patience.isPositive()) {
        throw new IllegalArgumentException(
            "queue of " + queueMax + " with patience " + patience + " is none");
      }
    }
  }

  /** A place; closing gives it to the next. */
  final class Place implements AutoCloseable {
    private SearchLimit.Rush rush = SearchLimit.Rush.NONE;

    /** What the search met behind this gate. */
    void met(SearchLimit.Rush met) {
      rush = met;
    }

    @Override
    public void close() {
      leave(rush);
    }
  }

  private final SearchLimit limit;
  private final Waiting settings;
  private final Map<String, Deque<CompletableFuture<Place>>> queues = new HashMap<>();
  // Tenants with somebody waiting, in order of their turns.
  private final Deque<String> turns = new ArrayDeque<>();
  private int underWay;
  private int waiting;

  SearchGate(SearchLimit limit, Waiting settings, MeterRegistry metrics) {
    this.limit = limit;
    this.settings = settings;
    Gauge.builder("likeness.search.limit", this, SearchGate::limit).register(metrics);
    Gauge.builder("likeness.search.under.way", this, SearchGate::underWay).register(metrics);
    Gauge.builder("likeness.search.waiting", this, SearchGate::waiting).register(metrics);
  }

  synchronized int limit() {
    return limit.now();
  }

  synchronized int underWay() {
    return underWay;
  }

  synchronized int waiting() {
    return waiting;
  }

  /** Waits for a place. */
  Place enter(String tenant, Deadline deadline) throws No {
    CompletableFuture<Place> wait = new CompletableFuture<>();
    synchronized (this) {
      if (waiting == 0 && underWay < limit.now()) {
        underWay++;
        return new Place();
      }
      @Nullable Deque<CompletableFuture<Place>> queue = queues.get(tenant);
      int own = queue == null ? 0 : queue.size();
      if (own >= settings.queueMax() - waiting) {
        throw busy(
            "%d searches wait, %d of them of this account, at most %d"
                .formatted(waiting, own, settings.queueMax()));
      }
      if (queue == null) {
        queue = new ArrayDeque<>();
        queues.put(tenant, queue);
        turns.add(tenant);
      }
      queue.add(wait);
      waiting++;
      admit();
    }
    Duration patience =
        deadline.remaining().compareTo(settings.patience()) < 0
            ? deadline.remaining()
            : settings.patience();
    try {
      return wait.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return giveUp(tenant, wait, patience);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      giveUp(tenant, wait, patience).close();
      throw new CancellationException("interrupted while waiting to search");
    } catch (ExecutionException e) {
      throw new IllegalStateException("a place that cannot fail has failed", e);
    }
  }

  /** Unless it has been let in in this very moment. */
  private Place giveUp(String tenant, CompletableFuture<Place> wait, Duration patience) throws No {
    synchronized (this) {
      @Nullable Deque<CompletableFuture<Place>> queue = queues.get(tenant);
      if (queue == null || !queue.remove(wait)) {
        return wait.join();
      }
      waiting--;
      if (queue.isEmpty()) {
        queues.remove(tenant);
        turns.remove(tenant);
      }
    }
    throw busy("no place to search came free in " + patience.toMillis() + " ms");
  }

  private static No busy(String detail) {
    return new No(Refusals.of(RefusalKind.BUSY, detail));
  }

  private synchronized void leave(SearchLimit.Rush rush) {
    limit.told(rush, underWay);
    underWay--;
    admit();
  }

  /** The next of each tenant in turn, while there are places. */
  private void admit() {
    while (underWay < limit.now() && !turns.isEmpty()) {
      String tenant = turns.remove();
      Deque<CompletableFuture<Place>> queue = queues.getOrDefault(tenant, new ArrayDeque<>());
      CompletableFuture<Place> next = queue.remove();
      if (queue.isEmpty()) {
        queues.remove(tenant);
      } else {
        turns.add(tenant);
      }
      waiting--;
      underWay++;
      next.complete(new Place());
    }
  }
}
