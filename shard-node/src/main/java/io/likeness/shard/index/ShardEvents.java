package io.likeness.shard.index;

import java.time.Duration;

/**
 * What a shard tells whoever runs it, and asks of them. Called on the shard's working threads; must
 * not block.
 */
public interface ShardEvents {

  /** Whether somebody waits for news of this image: then the shard asks for a refresh at once. */
  boolean isAwaited(String imageId);

  /** The shard has changes no view shows; {@code urgent}: somebody waits for them. */
  void dirty(Shard shard, boolean urgent);

  /** Searches see this state from now on; the oldest event behind it was accepted then. */
  void visible(String imageId, ImageState state, long acceptedAtMillis);

  /** A refresh is done, all of its news told. */
  void refreshed(Shard shard);

  /** There is something to build: call {@link Shard#build} on a thread that has time. */
  void buildWanted(Shard shard);

  void built(int rows, Duration took);

  /** A graph of another replica's took the place of rows without one. */
  default void adopted(int rows, long bytes, Duration took) {}

  /** What may be held in memory, and is. */
  default MemoryLedger memory() {
    return MemoryLedger.unbounded();
  }

  /** How a build shares the machine; asked once for each. */
  default BuildPace pace() {
    return BuildPace.FULL;
  }

  /**
   * Something failed that was done with the shard. True: it is taken care of, and whoever told need
   * do no more. False: it is not the shard's or the disk's fault.
   */
  default boolean failed(Shard shard, Throwable cause) {
    return false;
  }
}
