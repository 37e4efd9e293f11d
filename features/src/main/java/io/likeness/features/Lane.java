package io.likeness.features;

/** Why pictures are embedded, which decides whose go first. */
public enum Lane {
  /** Somebody waits for the answer. */
  QUERY,
  /** A log that can wait. */
  INGEST
}
