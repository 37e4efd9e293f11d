package io.likeness.features.decode;

import com.google.protobuf.ByteString;

/**
 * Walks a GIF's blocks: the canvas, the place of the first frame on it, how many frames follow. A
 * file that ends within its first frame is cut off; what happens after that frame does not matter.
 */
final class GifHeader {

  private static final int SCREEN = 6;
  private static final int BLOCKS = 13;
  private static final int DESCRIPTOR_BYTES = 10;

  private static final int FRAME = 0x2C;
  private static final int EXTENSION = 0x21;

  private GifHeader() {}

  static PictureHeader read(ByteString content) throws RefusedPicture {
    int width = Bytes.little16(content, SCREEN);
    int height = Bytes.little16(content, SCREEN + 2);
    int at = BLOCKS + tableBytes(Bytes.byteAt(content, SCREEN + 4));
    Place first = new Place(0, 0, 0, 0);
    int frames = 0;
    while (at < content.size()) {
      int kind = Bytes.byteAt(content, at);
      if (kind == EXTENSION) {
        at = afterBlocks(content, at + 2);
      } else if (kind == FRAME && at + DESCRIPTOR_BYTES < content.size()) {
        if (frames == 0) {
          first =
              new Place(
                  Bytes.little16(content, at + 1),
                  Bytes.little16(content, at + 3),
                  Bytes.little16(content, at + 5),
                  Bytes.little16(content, at + 7));
        }
        // The colour table, one byte of code size, then the data.
        int data = at + DESCRIPTOR_BYTES + tableBytes(Bytes.byteAt(content, at + 9)) + 1;
        at = afterBlocks(content, data);
        if (at < 0 && frames == 0) {
          throw RefusedPicture.broken(
              "the GIF is cut off within its first frame, after %d bytes"
                  .formatted(content.size()));
        }
        frames++;
      } else {
        break;
      }
      if (at < 0) {
        break;
      }
    }
    if (frames == 0) {
      throw RefusedPicture.broken(
          "the GIF has no picture in its %d bytes".formatted(content.size()));
    }
    if (first.isEmpty()) {
      throw RefusedPicture.broken(
          "the GIF's first frame is %d x %d pixels".formatted(first.width(), first.height()));
    }
    // Viewers let a frame widen a canvas that is too small for it.
    return new PictureHeader(
        PictureFormat.GIF,
        Math.max(width, first.right()),
        Math.max(height, first.bottom()),
        frames,
        Orientation.UPRIGHT,
        first);
  }

  private static int tableBytes(int flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  /** The place after a chain of blocks, or -1 where the file ends before it. */
  private static int afterBlocks(ByteString content, int from) {
    int at = from;
    while (at < content.size()) {
      int length = Bytes.byteAt(content, at);
      at += 1 + length;
      if (length == 0) {
        return at;
      }
    }
    return -1;
  }
}
