package io.likeness.features.decode;

import com.google.protobuf.ByteString;

/** Walks a WebP's chunks: size, frames of an animation, orientation. Decodes nothing. */
final class WebpHeader {

  private static final int FIRST_CHUNK = 12;
  private static final int CHUNK_HEAD = 8;
  private static final int FRAME_HEAD = 16;
  private static final int LOSSLESS_MARK = 0x2F;
  private static final ByteString EXIF = ByteString.copyFromUtf8("Exif\0\0");

  private final ByteString content;
  private int canvasWidth;
  private int canvasHeight;
  private int frames;
  private Place first = new Place(0, 0, 0, 0);
  private Orientation orientation = Orientation.UPRIGHT;

  private WebpHeader(ByteString content) {
    this.content = content;
  }

  static PictureHeader read(ByteString content) throws RefusedPicture {
    return new WebpHeader(content).walk();
  }

  private PictureHeader walk() throws RefusedPicture {
    long end = CHUNK_HEAD + Bytes.littleLong32(content, 4);
    if (end > content.size()) {
      throw RefusedPicture.broken(
          "the WebP is cut off: it says it has %d bytes, there are %d"
              .formatted(end, content.size()));
    }
    int at = FIRST_CHUNK;
    while (at + CHUNK_HEAD <= end) {
      long length = Bytes.littleLong32(content, at + 4);
      int payload = at + CHUNK_HEAD;
      if (payload + length > end) {
        throw RefusedPicture.broken(
            "the WebP is cut off: a chunk of %d bytes at byte %d, %d bytes in all"
                .formatted(length, at, end));
      }
      switch (Bytes.name(content, at)) {
        case "VP8X" -> {
          canvasWidth = 1 + Bytes.little24(content, payload + 4);
          canvasHeight = 1 + Bytes.little24(content, payload + 7);
        }
        case "VP8 ", "VP8L" -> {
          if (frames == 0) {
            first = stillAt(at);
          }
          frames++;
        }
        case "ANMF" -> {
          if (frames == 0) {
            first = frameAt(payload, (int) length);
          }
          frames++;
        }
        case "EXIF" -> {
          ByteString exif = content.substring(payload, payload + (int) length);
          orientation =
              exif.startsWith(EXIF) ? Orientation.ofJpegSegment(exif) : Orientation.ofTiff(exif);
        }
        default -> {}
      }
      at = (int) Math.min(Integer.MAX_VALUE - CHUNK_HEAD, payload + length + (length & 1));
    }
    if (frames == 0) {
      throw RefusedPicture.broken(
          "the WebP has no picture in its %d bytes".formatted(content.size()));
    }
    if (canvasWidth == 0) {
      canvasWidth = first.width();
      canvasHeight = first.height();
    }
    Place canvas = new Place(0, 0, canvasWidth, canvasHeight);
    if (!canvas.contains(first)) {
      throw RefusedPicture.broken(
          "the WebP's picture of %d x %d pixels at (%d, %d) is not within its canvas of %d x %d"
              .formatted(
                  first.width(), first.height(), first.x(), first.y(), canvasWidth, canvasHeight));
    }
    return new PictureHeader(
        PictureFormat.WEBP, canvasWidth, canvasHeight, frames, orientation, first);
  }

  /** The size in the bit stream itself. */
  private Place stillAt(int chunk) throws RefusedPicture {
    int payload = chunk + CHUNK_HEAD;
    if (Bytes.name(content, chunk).equals("VP8L")) {
      if (Bytes.byteAt(content, payload) != LOSSLESS_MARK) {
        throw RefusedPicture.broken("the WebP's lossless picture does not begin with its mark");
      }
      int bits = Bytes.little32(content, payload + 1);
      return new Place(0, 0, 1 + (bits & 0x3FFF), 1 + (bits >>> 14 & 0x3FFF));
    }
    boolean keyFrame = (Bytes.byteAt(content, payload) & 1) == 0;
    if (!keyFrame || Bytes.little24(content, payload + 3) != 0x2A019D) {
      throw RefusedPicture.broken("the WebP's picture does not begin with a key frame");
    }
    return new Place(
        0,
        0,
        Bytes.little16(content, payload + 6) & 0x3FFF,
        Bytes.little16(content, payload + 8) & 0x3FFF);
  }

  private Place frameAt(int payload, int length) throws RefusedPicture {
    Place place =
        new Place(
            2 * Bytes.little24(content, payload),
            2 * Bytes.little24(content, payload + 3),
            1 + Bytes.little24(content, payload + 6),
            1 + Bytes.little24(content, payload + 9));
    int at = payload + FRAME_HEAD;
    while (at + CHUNK_HEAD <= payload + length) {
      String name = Bytes.name(content, at);
      if (name.equals("VP8 ") || name.equals("VP8L")) {
        Place still = stillAt(at);
        if (still.width() != place.width() || still.height() != place.height()) {
          throw RefusedPicture.broken(
              "the WebP's first frame says it is %d x %d and also %d x %d pixels"
                  .formatted(place.width(), place.height(), still.width(), still.height()));
        }
        return place;
      }
      long next = at + CHUNK_HEAD + Bytes.littleLong32(content, at + 4);
      at = (int) Math.min(Integer.MAX_VALUE - CHUNK_HEAD, next + (next & 1));
    }
    throw RefusedPicture.broken("the WebP's first frame has no picture in it");
  }
}
