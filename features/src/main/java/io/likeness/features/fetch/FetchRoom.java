package io.likeness.features.fetch;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The places there are for fetches: so many for one host, so many for all. A place of the host's is
 * taken first: while a slow host's fetches wait for each other they hold none of the others'.
 */
final class FetchRoom {

  private final FetchConfig.Room bounds;
  private final Semaphore all;
  private final Map<String, Host> hosts = new HashMap<>();

  /** Kept while somebody holds or awaits a place of it. */
  private static final class Host {

    private final Semaphore places;
    private int askers;

    private Host(int places) {
      this.places = new Semaphore(places, true);
    }
  }

  /** Given back when closed. */
  final class Place implements AutoCloseable {

    private final String name;
    private final Host host;

    private Place(String name, Host host) {
      this.name = name;
      this.host = host;
    }

    @Override
    public void close() {
      all.release();
      host.places.release();
      leave(name, host);
    }
  }

  FetchRoom(FetchConfig.Room bounds) {
    this.bounds = bounds;
    this.all = new Semaphore(bounds.all(), true);
  }

  /** Empty where no place became free in time. */
  Optional<Place> enter(String hostName, long waitNanos) {
    long end = System.nanoTime() + waitNanos;
    String name = hostName.toLowerCase(Locale.ROOT);
    Host host = join(name);
    boolean entered = false;
    try {
      if (!host.places.tryAcquire(waitNanos, TimeUnit.NANOSECONDS)) {
        return Optional.empty();
      }
      try {
        entered = all.tryAcquire(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      } finally {
        if (!entered) {
          host.places.release();
        }
      }
      return entered ? Optional.of(new Place(name, host)) : Optional.empty();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting to fetch");
    } finally {
      if (!entered) {
        leave(name, host);
      }
    }
  }

  private synchronized Host join(String name) {
    Host host = hosts.computeIfAbsent(name, any -> new Host(bounds.perHost()));
    host.askers++;
    return host;
  }

  private synchronized void leave(String name, Host host) {
    host.askers--;
    if (host.askers == 0) {
      hosts.remove(name);
    }
  }

  /** Hosts somebody fetches from or waits for. */
  synchronized int hosts() {
    return hosts.size();
  }
}
