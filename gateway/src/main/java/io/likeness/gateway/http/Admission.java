package io.likeness.gateway.http;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How full the server is, over all its verticles. Taking never waits: what does not fit is refused.
 */
public final class Admission {

  private final HttpLimits limits;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger requests = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  public Admission(HttpLimits limits) {
    this.limits = limits;
  }

  boolean takeConnection() {
    return take(connections, limits.connectionsMax());
  }

  void giveConnection() {
    connections.decrementAndGet();
  }

  boolean takeRequest() {
    return take(requests, limits.requestsMax());
  }

  void giveRequest() {
    requests.decrementAndGet();
  }

  boolean takeBytes(long count) {
    if (bytes.addAndGet(count) > limits.bytesInFlightMax()) {
      bytes.addAndGet(-count);
      return false;
    }
    return true;
  }

  void giveBytes(long count) {
    bytes.addAndGet(-count);
  }

  public int connections() {
    return connections.get();
  }

  public int requests() {
    return requests.get();
  }

  public long bytes() {
    return bytes.get();
  }

  private static boolean take(AtomicInteger counter, int max) {
    if (counter.incrementAndGet() > max) {
      counter.decrementAndGet();
      return false;
    }
    return true;
  }
}
