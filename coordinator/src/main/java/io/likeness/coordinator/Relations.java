package io.likeness.coordinator;

import com.google.protobuf.ByteString;
import io.likeness.proto.image.Fingerprint;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.Relation;
import java.util.OptionalLong;

/**
 * What an image is to the picture that is searched with. The same bytes are the same file. Where
 * only the fingerprints are near each other the likeness must not deny it: pictures of little but
 * background have near fingerprints too. Copies that were cropped or turned have far fingerprints;
 * their likeness tells.
 *
 * @param contentSha256 of the picture; empty where a vector is searched with
 */
record Relations(ByteString contentSha256, OptionalLong fingerprint) {

  /** Of a vector nobody knows the picture of. */
  static final Relations UNKNOWN = new Relations(ByteString.EMPTY, OptionalLong.empty());

  /** Calibrations give unrelated pictures less than 0.7, one pair in a thousand apart. */
  static final double EDITED_LIKENESS = 0.9;

  /** Calibrations give half of what is not related less than 0.1. */
  static final double SIMILAR_LIKENESS = 0.5;

  Relation of(double likeness, ImageInfo image) {
    if (!contentSha256.isEmpty() && contentSha256.equals(image.getContentSha256())) {
      return Relation.IDENTICAL;
    }
    if (likeness < SIMILAR_LIKENESS) {
      return Relation.RELATION_UNSPECIFIED;
    }
    boolean near =
        fingerprint.isPresent()
            && image.hasFingerprint()
            && Fingerprint.distance(fingerprint.getAsLong(), image.getFingerprint())
                <= Fingerprint.NEAR;
    return near || likeness >= EDITED_LIKENESS ? Relation.EDITED_COPY : Relation.SIMILAR;
  }
}
