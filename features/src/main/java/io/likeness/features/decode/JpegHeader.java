package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import io.likeness.wire.RejectionKind;

/**
 * Walks a JPEG's segments to its end. The JDK's reader answers a file cut in its middle with a
 * partly grey picture and no error, so whether the picture has its end is found out here; and a
 * progressive file may repeat scans over the whole picture thousands of times, so they are counted.
 */
final class JpegHeader {

  /** Encoders write about ten; each costs the decoder a walk over all pixels. */
  static final int SCANS_MAX = 64;

  /** The walks over all pixels in sum: twelve scans of the largest picture usually allowed. */
  private static final long SCANNED_PIXELS_MAX = 720_000_000;

  private static final int APP1 = 0xE1;
  private static final int START_OF_SCAN = 0xDA;
  private static final int END = 0xD9;

  private static final ByteString EXIF = ByteString.copyFromUtf8("Exif\0\0");

  private JpegHeader() {}

  static PictureHeader read(ByteString content) throws RefusedPicture {
    Orientation orientation = Orientation.UPRIGHT;
    boolean exifSeen = false;
    int width = 0;
    int height = 0;
    boolean sized = false;
    int scans = 0;
    int at = 2;
    while (true) {
      // A decoder looks for the next marker and skips what lies before it; so does this.
      at = nextMarker(content, at);
      if (at < 0) {
        throw RefusedPicture.broken(
            scans == 0
                ? "the JPEG ends after %d bytes, before its picture".formatted(content.size())
                : "the JPEG is cut off: no end marker in its %d bytes".formatted(content.size()));
      }
      int marker = content.byteAt(at + 1) & 0xFF;
      at += 2;
      if (marker == END) {
        break;
      }
      if (standsAlone(marker)) {
        continue;
      }
      int length = Bytes.big16(content, at);
      if (length < 2) {
        throw RefusedPicture.broken(
            "the JPEG has a segment of length %d at byte %d".formatted(length, at));
      }
      if (at + length > content.size()) {
        throw RefusedPicture.broken(
            "the JPEG is cut off within a segment at byte %d".formatted(at));
      }
      if (isFrameStart(marker) && !sized) {
        int precision = content.byteAt(at + 2) & 0xFF;
        if (precision != 8) {
          throw RefusedPicture.broken(
              "the JPEG has %d bits a sample, only 8 can be read".formatted(precision));
        }
        height = Bytes.big16(content, at + 3);
        width = Bytes.big16(content, at + 5);
        sized = true;
      } else if (marker == APP1 && !exifSeen) {
        ByteString payload = content.substring(at + 2, at + length);
        if (payload.startsWith(EXIF)) {
          exifSeen = true;
          orientation = Orientation.ofJpegSegment(payload);
        }
      } else if (marker == START_OF_SCAN) {
        scans++;
        if (scans > SCANS_MAX) {
          throw RefusedPicture.broken("the JPEG has over %d scans".formatted(SCANS_MAX));
        }
      }
      at += length;
    }
    if (!sized || scans == 0) {
      throw RefusedPicture.broken("the JPEG ends without a picture in it");
    }
    long scanned = (long) width * height * scans;
    if (scans > 1 && scanned > SCANNED_PIXELS_MAX) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_LARGE,
          "the JPEG has %d scans of %d x %d = %d pixels, at most %d"
              .formatted(scans, width, height, scanned, SCANNED_PIXELS_MAX));
    }
    return new PictureHeader(PictureFormat.JPEG, width, height, 1, orientation);
  }

  /** The place of the next 0xFF that begins a marker, or -1; stuffed zeros are picture data. */
  private static int nextMarker(ByteString content, int from) {
    int last = content.size() - 1;
    for (int at = from; at < last; at++) {
      if (content.byteAt(at) == (byte) 0xFF) {
        byte follower = content.byteAt(at + 1);
        if (follower != 0 && follower != (byte) 0xFF) {
          return at;
        }
      }
    }
    return -1;
  }

  private static boolean standsAlone(int marker) {
    return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8);
  }

  private static boolean isFrameStart(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }
}
