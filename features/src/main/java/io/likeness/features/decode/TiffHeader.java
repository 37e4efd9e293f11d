package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import io.likeness.wire.RejectionKind;
import java.util.HashSet;
import java.util.Set;

/**
 * Walks a TIFF's directories: size, pages, orientation, and whether the data of the first page lies
 * within the file. Numbers that size a decoder's buffers (samples, tiles) are bounded here too.
 */
final class TiffHeader {

  /** Pages beyond this are not counted; only the first is used. */
  private static final int PAGES_MAX = 10_000;

  private static final int ENTRY_BYTES = 12;
  private static final int SAMPLES_MAX = 16;
  private static final int TILE_PIXELS_MAX = 1 << 24;

  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int STRIP_OFFSETS = 273;
  private static final int ORIENTATION = 274;
  private static final int SAMPLES = 277;
  private static final int STRIP_BYTES = 279;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTES = 325;

  private final ByteString content;
  private final boolean big;

  private TiffHeader(ByteString content) {
    this.content = content;
    this.big = content.byteAt(0) == 'M';
  }

  static PictureHeader read(ByteString content) throws RefusedPicture {
    return new TiffHeader(content).walk();
  }

  private PictureHeader walk() throws RefusedPicture {
    int directory = place(long32(4));
    long width = value(directory, WIDTH, 0);
    long height = value(directory, HEIGHT, 0);
    if (width > Integer.MAX_VALUE || height > Integer.MAX_VALUE) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_LARGE,
          "the TIFF says it is %d x %d pixels, at most %d a side"
              .formatted(width, height, Integer.MAX_VALUE));
    }
    checkBuffers(directory);
    checkData(directory);
    return new PictureHeader(
        PictureFormat.TIFF,
        (int) width,
        (int) height,
        pages(directory),
        Orientation.ofExifValue((int) value(directory, ORIENTATION, 1)));
  }

  private void checkBuffers(int directory) throws RefusedPicture {
    long samples = value(directory, SAMPLES, 1);
    long bits = value(directory, BITS, 1);
    if (samples < 1 || samples > SAMPLES_MAX || bits < 1 || bits > 64) {
      throw RefusedPicture.broken(
          "the TIFF has %d samples of %d bits a pixel, at most %d of 64"
              .formatted(samples, bits, SAMPLES_MAX));
    }
    long tileWidth = value(directory, TILE_WIDTH, 1);
    long tileHeight = value(directory, TILE_HEIGHT, 1);
    boolean unusable =
        tileWidth < 1
            || tileHeight < 1
            || tileWidth > TILE_PIXELS_MAX
            || tileHeight > TILE_PIXELS_MAX
            || tileWidth * tileHeight > TILE_PIXELS_MAX;
    if (unusable) {
      throw RefusedPicture.broken(
          "the TIFF has tiles of %d x %d pixels, at most %d"
              .formatted(tileWidth, tileHeight, TILE_PIXELS_MAX));
    }
  }

  /** Every strip or tile of the page must lie within the file. */
  private void checkData(int directory) throws RefusedPicture {
    int offsets = entry(directory, TILE_OFFSETS);
    int lengths = entry(directory, TILE_BYTES);
    if (offsets < 0) {
      offsets = entry(directory, STRIP_OFFSETS);
      lengths = entry(directory, STRIP_BYTES);
    }
    if (offsets < 0) {
      throw RefusedPicture.broken("the TIFF's first page has no picture data");
    }
    long parts = long32(offsets + 4);
    if (lengths >= 0) {
      parts = Math.min(parts, long32(lengths + 4));
    }
    for (int i = 0; i < parts; i++) {
      long from = element(offsets, i);
      long length = lengths < 0 ? 1 : element(lengths, i);
      if (from + length > content.size()) {
        throw RefusedPicture.broken(
            "the TIFF is cut off: %d bytes of picture at byte %d, %d bytes in all"
                .formatted(length, from, content.size()));
      }
    }
  }

  private int pages(int firstDirectory) {
    Set<Integer> seen = new HashSet<>();
    int directory = firstDirectory;
    try {
      while (seen.size() < PAGES_MAX && seen.add(directory)) {
        long next = long32(directory + 2 + short16(directory) * ENTRY_BYTES);
        if (next < 8 || next > content.size() - 2) {
          break;
        }
        directory = (int) next;
      }
    } catch (IndexOutOfBoundsException cutOff) {
      // A page after the first that lies beyond the end: nobody will look at it.
      return seen.size();
    }
    return seen.size();
  }

  /** The first element of an entry, or what holds where there is no such entry. */
  private long value(int directory, int tag, long otherwise) throws RefusedPicture {
    int entry = entry(directory, tag);
    return entry < 0 || long32(entry + 4) == 0 ? otherwise : element(entry, 0);
  }

  private int entry(int directory, int tag) {
    int entries = short16(directory);
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + i * ENTRY_BYTES;
      if (short16(entry) == tag) {
        return entry;
      }
    }
    return -1;
  }

  private long element(int entry, int index) throws RefusedPicture {
    int type = short16(entry + 2);
    int bytes =
        switch (type) {
          case 1 -> 1;
          case 3 -> 2;
          case 4 -> 4;
          default ->
              throw RefusedPicture.broken(
                  "the TIFF's entry %d is of type %d, which no number of pixels has"
                      .formatted(short16(entry), type));
        };
    long count = long32(entry + 4);
    long from = count * bytes <= 4 ? entry + 8 : long32(entry + 8);
    int at = place(from + (long) index * bytes);
    return switch (bytes) {
      case 1 -> Bytes.byteAt(content, at);
      case 2 -> short16(at);
      default -> long32(at);
    };
  }

  private int place(long at) {
    if (at > content.size()) {
      throw new IndexOutOfBoundsException("byte " + at + " of " + content.size());
    }
    return (int) at;
  }

  private int short16(int at) {
    return big ? Bytes.big16(content, at) : Bytes.little16(content, at);
  }

  private long long32(int at) {
    return big ? Bytes.big32(content, at) : Bytes.littleLong32(content, at);
  }
}
