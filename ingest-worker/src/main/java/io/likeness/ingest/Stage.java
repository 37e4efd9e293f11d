package io.likeness.ingest;

/** A part of a batch's work that is measured. */
enum Stage {
  /** Learning what is new about instances. */
  REFRESH,
  /** Waiting for pictures that came as addresses. */
  FETCH,
  DECODE,
  EMBED,
  /** Waiting until Kafka has everything. */
  PUBLISH
}
