package io.likeness.gateway.alibaba;

import io.likeness.wire.Hit;
import io.likeness.wire.Page;
import java.util.List;
import java.util.Optional;

/**
 * Which of the hits a call wants. With a threshold or one result per product nobody but the search
 * itself can say how many there are, so all that can be asked for is searched and the page is cut
 * out here.
 */
record Window(int start, int num, double threshold, boolean distinct) {

  /** The deepest hit that can be asked for. */
  static final int REACH = 500;

  private static final int NUM_DEFAULT = 10;
  private static final int NUM_MAX = 100;

  static Window read(Arguments arguments) throws RpcFault {
    int num = arguments.integer("Num", "InvalidNumParameter").orElse(NUM_DEFAULT);
    int start = arguments.integer("Start", "InvalidStartParameter").orElse(0);
    if (num < 1) {
      throw RpcFault.of("InvalidNumParameter", "Num is " + num + ", at least 1");
    }
    if (num > NUM_MAX) {
      throw RpcFault.of("OverflowMaxReturnNum", "Num is " + num + ", at most " + NUM_MAX);
    }
    if (start < 0 || start >= REACH) {
      throw RpcFault.of("InvalidStartParameter", "Start is " + start + ", not 0 to " + (REACH - 1));
    }
    if (start + num > REACH) {
      throw RpcFault.of(
          "OverflowMaxResultNum",
          "Start and Num together are " + (start + num) + ", at most " + REACH);
    }
    Optional<Double> threshold = arguments.share("ScoreThreshold");
    return new Window(
        start, num, threshold.orElse(0.0), arguments.flag("DistinctProductId", false));
  }

  private boolean isCutHere() {
    return threshold > 0 || distinct;
  }

  int offset() {
    return isCutHere() ? 0 : start;
  }

  int limit() {
    return isCutHere() ? REACH : num;
  }

  /** What the call wanted, of a page that was asked for with {@link #offset} and {@link #limit}. */
  Hits of(Page page) {
    List<Hit> hits = page.getHitsList();
    return isCutHere()
        ? new Hits(
            hits.subList(Math.min(start, hits.size()), Math.min(start + num, hits.size())),
            hits.size(),
            page)
        : new Hits(hits, page.getTotal(), page);
  }

  /** Some hits of so many, and the page they came with. */
  record Hits(List<Hit> hits, long found, Page page) {

    Hits {
      hits = List.copyOf(hits);
    }
  }
}
