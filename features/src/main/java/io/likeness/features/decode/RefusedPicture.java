package io.likeness.features.decode;

import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;

/**
 * Leaves the depths of a parser with the reason a picture cannot be taken. Never crosses {@link
 * PictureDecoder}, whose answers are values.
 */
final class RefusedPicture extends Exception {

  private static final long serialVersionUID = 1;

  private final transient Rejection rejection;

  RefusedPicture(RejectionKind kind, String detail) {
    super(detail, null, false, false);
    this.rejection = Rejection.newBuilder().setKind(kind).setDetail(detail).build();
  }

  static RefusedPicture broken(String detail) {
    return new RefusedPicture(RejectionKind.BROKEN_PICTURE, detail);
  }

  Rejection rejection() {
    return rejection;
  }
}
