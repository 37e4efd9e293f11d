package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import io.likeness.wire.RejectionKind;

/** Walks a PNG's chunks: size, frames of an animation, orientation. Inflates nothing. */
final class PngHeader {

  private static final int SIGNATURE_BYTES = 8;
  private static final int CHUNK_FRAME_BYTES = 12;

  private PngHeader() {}

  static PictureHeader read(ByteString content) throws RefusedPicture {
    long headerLength = Bytes.big32(content, SIGNATURE_BYTES);
    if (!Bytes.name(content, SIGNATURE_BYTES + 4).equals("IHDR") || headerLength != 13) {
      throw RefusedPicture.broken("the PNG does not begin with a header chunk of 13 bytes");
    }
    int data = SIGNATURE_BYTES + 8;
    long width = Bytes.big32(content, data);
    long height = Bytes.big32(content, data + 4);
    if (width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_LARGE,
          "the PNG says it is %d x %d pixels, at most %d a side"
              .formatted(width, height, Integer.MAX_VALUE));
    }
    int frames = 1;
    Orientation orientation = Orientation.UPRIGHT;
    boolean pixelsSeen = false;
    long at = SIGNATURE_BYTES;
    while (at + CHUNK_FRAME_BYTES <= content.size()) {
      long length = Bytes.big32(content, (int) at);
      long next = at + CHUNK_FRAME_BYTES + length;
      if (next > content.size()) {
        throw RefusedPicture.broken(
            "the PNG is cut off: a chunk of %d bytes at byte %d, %d bytes in all"
                .formatted(length, at, content.size()));
      }
      int payload = (int) at + 8;
      switch (Bytes.name(content, (int) at + 4)) {
        case "acTL" -> frames = (int) Math.min(Integer.MAX_VALUE, Bytes.big32(content, payload));
        case "eXIf" ->
            orientation = Orientation.ofTiff(content.substring(payload, payload + (int) length));
        case "IDAT" -> pixelsSeen = true;
        case "IEND" -> at = content.size();
        default -> {}
      }
      at = Math.max(next, at);
    }
    if (!pixelsSeen) {
      throw RefusedPicture.broken(
          "the PNG has no picture data in its %d bytes".formatted(content.size()));
    }
    return new PictureHeader(
        PictureFormat.PNG, (int) width, (int) height, Math.max(1, frames), orientation);
  }
}
