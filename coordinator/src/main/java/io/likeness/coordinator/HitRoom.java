package io.likeness.coordinator;

import io.likeness.wire.RefusalKind;
import java.util.concurrent.Semaphore;

/**
 * How many hits may be on their way from shards at once. A page at offset 9,990 of an instance in
 * 64 slots is 640,000 of them, and what bounds the number of requests does not bound their sum.
 */
final class HitRoom {

  /** What a hit without attributes takes here, about. */
  static final int BYTES_PER_HIT = 256;

  private final int hitsMax;
  private final Semaphore free;

  HitRoom(int hitsMax) {
    if (hitsMax < 1) {
      throw new IllegalArgumentException("hitsMax " + hitsMax + " is below 1");
    }
    this.hitsMax = hitsMax;
    this.free = new Semaphore(hitsMax);
  }

  /** A quarter of the heap. */
  static int usual() {
    return (int) Math.min(Integer.MAX_VALUE, Runtime.getRuntime().maxMemory() / 4 / BYTES_PER_HIT);
  }

  /** Room that is given back by closing. */
  interface Taken extends AutoCloseable {
    @Override
    void close();
  }

  /** What is more than all of it takes all of it: alone it may pass. */
  Taken take(long hits) throws No {
    int wanted = (int) Math.clamp(hits, 1, hitsMax);
    if (!free.tryAcquire(wanted)) {
      throw new No(
          Refusals.of(
              RefusalKind.BUSY,
              "%d hits are to be looked through, there is room for %d of %d now"
                  .formatted(hits, free.availablePermits(), hitsMax)));
    }
    return () -> free.release(wanted);
  }
}
