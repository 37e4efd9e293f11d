package io.likeness.features.decode;

import io.likeness.wire.Rejection;

/** What became of a file. */
public sealed interface DecodeOutcome {

  /**
   * Pixels of the part asked for, perhaps fewer than the file holds, never fewer than wanted where
   * the file has them.
   */
  record Decoded(Bitmap bitmap, PictureFacts facts) implements DecodeOutcome {

    /** Pixels of the whole picture as it is shown. */
    public int width() {
      return facts.width();
    }

    public int height() {
      return facts.height();
    }
  }

  /** The file cannot be used. */
  record Undecodable(Rejection rejection) implements DecodeOutcome {}
}
