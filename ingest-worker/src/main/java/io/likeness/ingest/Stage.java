package io.likeness.ingest;

/** A part of a batch's work that is measured. */
enum Stage {
  FETCH,
  DECODE,
  EMBED,
  PUBLISH
}
