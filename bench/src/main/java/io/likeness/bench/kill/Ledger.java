package io.likeness.bench.kill;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What one writer was promised: per image the last acknowledged change, and whether a later one
 * went out whose fate is unknown. An image has one writer, so its changes have an order.
 */
final class Ledger {

  private enum Last {
    ADDED,
    DELETED,
    UNKNOWN
  }

  private final Map<String, Last> images = new TreeMap<>();
  private long acknowledged;

  synchronized void acknowledgedAdd(String id) {
    images.put(id, Last.ADDED);
    acknowledged++;
  }

  synchronized void acknowledgedDelete(String id) {
    images.put(id, Last.DELETED);
    acknowledged++;
  }

  /** A change went out and no answer came back: both states are right until the next answer. */
  synchronized void unanswered(String id) {
    images.put(id, Last.UNKNOWN);
  }

  synchronized long acknowledged() {
    return acknowledged;
  }

  /** What the store breaks of the promises, in words; empty where it keeps them all. */
  synchronized List<String> broken(Set<String> stored) {
    List<String> broken = new ArrayList<>();
    images.forEach(
        (id, last) -> {
          if (last == Last.ADDED && !stored.contains(id)) {
            broken.add("image " + id + " was acknowledged and is lost");
          } else if (last == Last.DELETED && stored.contains(id)) {
            broken.add("image " + id + " was deleted and is back");
          }
        });
    return broken;
  }
}
