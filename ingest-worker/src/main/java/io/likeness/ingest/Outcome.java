package io.likeness.ingest;

/** What became of an event, as it is counted. */
enum Outcome {
  DONE,
  QUARANTINED,
  OUTLIVED
}
