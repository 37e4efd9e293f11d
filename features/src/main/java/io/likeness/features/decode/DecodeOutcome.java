package io.likeness.features.decode;

import io.likeness.wire.Rejection;

/** What became of a file. */
public sealed interface DecodeOutcome {

  /**
   * Pixels of the part asked for, perhaps fewer than the file holds, never fewer than wanted where
   * the file has them.
   *
   * @param width pixels of the whole picture as it is shown
   */
  record Decoded(Bitmap bitmap, int width, int height) implements DecodeOutcome {}

  /** The file cannot be used. */
  record Undecodable(Rejection rejection) implements DecodeOutcome {}
}
