package io.likeness.shard.intake;

import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardClosedException;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.View;
import io.likeness.wire.Filter;
import java.io.IOException;
import java.time.Duration;

/**
 * A slot's first searches, which nobody waits for: with some of its own rows, so that codes, graphs
 * and rows are in memory and the loops compiled before anybody asks.
 */
final class WarmUp {

  private static final int SEARCHES = 32;
  private static final int HITS = 50;
  private static final Duration SHARD_MAX = Duration.ofMillis(300);
  private static final Duration SLOT_MAX = Duration.ofSeconds(2);

  private WarmUp() {}

  /** Returns how many searches it came to; a slot with many shards gets some for the first. */
  static int search(HeldSlot slot) throws IOException {
    Deadline end = Deadline.in(SLOT_MAX);
    int searches = 0;
    for (Shard shard : slot.shards().values()) {
      if (end.hasPassed()) {
        break;
      }
      try {
        searches += search(shard);
      } catch (ShardClosedException closed) {
        continue;
      } catch (IOException | RuntimeException | InternalError e) {
        if (!shard.failed(e)) {
          throw e;
        }
      }
    }
    return searches;
  }

  private static int search(Shard shard) throws IOException {
    Deadline end = Deadline.in(SHARD_MAX);
    FilterCache nothing = new FilterCache(0);
    int searches = 0;
    try (View view = shard.view()) {
      for (float[] vector : view.someVectors(SEARCHES)) {
        if (end.hasPassed()) {
          break;
        }
        var unused =
            view.search(
                new ShardSearch(
                    vector,
                    Filter.getDefaultInstance(),
                    HITS,
                    Float.NEGATIVE_INFINITY,
                    0,
                    false,
                    false,
                    end,
                    ""),
                nothing);
        searches++;
      }
    }
    return searches;
  }
}
