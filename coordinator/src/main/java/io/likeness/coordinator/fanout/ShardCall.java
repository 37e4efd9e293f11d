package io.likeness.coordinator.fanout;

import io.vertx.core.Future;

/**
 * A question that is under way.
 *
 * @param cancel tells the node that nobody waits any more; harmless when it has answered
 */
public record ShardCall<T>(Future<T> answer, Runnable cancel) {

  /** For what is answered at once, or cannot be cancelled. */
  public static <T> ShardCall<T> of(Future<T> answer) {
    return new ShardCall<>(answer, () -> {});
  }
}
