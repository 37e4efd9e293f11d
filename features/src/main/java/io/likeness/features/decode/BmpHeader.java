package io.likeness.features.decode;

import com.google.protobuf.ByteString;

/** Reads a BMP's size from its information header, in the old and the newer form. */
final class BmpHeader {

  private static final int INFORMATION = 14;
  private static final int OS2_HEADER_BYTES = 12;

  private BmpHeader() {}

  static PictureHeader read(ByteString content) throws RefusedPicture {
    int headerBytes = Bytes.little32(content, INFORMATION);
    int width;
    int height;
    if (headerBytes == OS2_HEADER_BYTES) {
      width = Bytes.little16(content, INFORMATION + 4);
      height = Bytes.little16(content, INFORMATION + 6);
    } else {
      width = Bytes.little32(content, INFORMATION + 4);
      height = Bytes.little32(content, INFORMATION + 8);
    }
    // A negative height means that the rows stand from top to bottom.
    if (height == Integer.MIN_VALUE) {
      throw RefusedPicture.broken("the BMP says it is %d pixels high".formatted(height));
    }
    return new PictureHeader(PictureFormat.BMP, width, Math.abs(height), 1, Orientation.UPRIGHT);
  }
}
