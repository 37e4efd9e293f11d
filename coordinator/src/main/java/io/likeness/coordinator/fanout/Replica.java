package io.likeness.coordinator.fanout;

import java.util.function.IntFunction;

/**
 * Which of a slot's replicas is wanted.
 *
 * @param node that has it; empty: whichever is best, or nobody where one is demanded
 * @param isDemanded no other will do: it holds what is asked about
 */
public record Replica(String node, boolean isDemanded) {

  public static final Replica BEST = new Replica("", false);

  /** Of every slot the best. */
  public static final IntFunction<Replica> BEST_OF_EACH = slot -> BEST;

  /** First this one, since another knows another moment; where it is gone, any. */
  public static Replica preferred(String node) {
    return new Replica(node, false);
  }

  /** The one that holds a lease. */
  public static Replica holder(String node) {
    return new Replica(node, true);
  }
}
