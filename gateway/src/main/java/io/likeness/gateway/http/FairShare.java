package io.likeness.gateway.http;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How much of the room for requests one account takes: at most as much as is left for all others.
 * So one that floods gets half of it, two get a third each, and there is always room for one more.
 */
public final class FairShare {

  private final int requestsMax;
  private final Map<String, Integer> underWay = new HashMap<>();
  private int all;

  public FairShare(int requestsMax) {
    this.requestsMax = requestsMax;
  }

  /** A place that is given back by closing. */
  public interface Place extends AutoCloseable {
    @Override
    void close();
  }

  /** Empty where the account has its share under way. */
  public synchronized Optional<Place> take(String account) {
    int own = underWay.getOrDefault(account, 0);
    if (own >= requestsMax - all) {
      return Optional.empty();
    }
    underWay.put(account, own + 1);
    all++;
    return Optional.of(() -> give(account));
  }

  private synchronized void give(String account) {
    int own = underWay.getOrDefault(account, 0) - 1;
    if (own <= 0) {
      underWay.remove(account);
    } else {
      underWay.put(account, own);
    }
    all--;
  }
}
