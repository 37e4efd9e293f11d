package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import java.util.Optional;

/** Bytes to pixels, here or in another process. Safe for many threads. */
public interface Decoder extends AutoCloseable {

  /**
   * Checks and decodes a file.
   *
   * @param crop in pixels of the picture as it is shown
   * @param sideWanted more pixels than this on a side are of no use to the caller
   */
  DecodeOutcome decode(ByteString content, Optional<Box> crop, PictureRule rule, int sideWanted);

  @Override
  default void close() {}
}
