package io.likeness.shard.index;

/** What came of taking over another replica's graphs. */
public enum Adoption {
  /** None of them could stand for rows that wait for a graph, as far as one can see. */
  NOTHING,
  TAKEN,
  /** One came and is not of the rows that are here under its ids: the histories differ. */
  MISFIT
}
