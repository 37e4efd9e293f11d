package io.likeness.features.decode;

import com.google.protobuf.ByteString;

/**
 * Portable pixmaps (colour) and greymaps, as text (P3, P2) or bytes (P6, P5), 8 or 16 bits a
 * sample. So simple that a reader of our own is shorter than making another's safe.
 */
final class PpmPicture {

  private static final int SAMPLE_MAX = 65_535;
  private static final int DIGITS_MAX = 10;

  private final ByteString content;
  private final boolean text;
  private final int channels;
  private int at = 2;

  private PpmPicture(ByteString content) {
    this.content = content;
    byte kind = content.byteAt(1);
    this.text = kind == '2' || kind == '3';
    this.channels = kind == '3' || kind == '6' ? 3 : 1;
  }

  static PictureHeader header(ByteString content) throws RefusedPicture {
    PpmPicture picture = new PpmPicture(content);
    int width = picture.number();
    int height = picture.number();
    int most = picture.most();
    long samples = (long) width * height * picture.channels;
    // As text a sample is a digit and a blank at least; the last needs no blank.
    long least = picture.text ? 2 * samples - 1 : samples * (most > 255 ? 2 : 1);
    long there = content.size() - picture.at;
    if (there < least) {
      throw RefusedPicture.broken(
          "the PPM is cut off: %d x %d pixels need at least %d bytes, there are %d"
              .formatted(width, height, least, there));
    }
    return new PictureHeader(PictureFormat.PPM, width, height, 1, Orientation.UPRIGHT);
  }

  /** Reads a part in steps; the header has been read and bounded before. */
  static Bitmap read(ByteString content, Place part, Sampling sampling) throws RefusedPicture {
    PpmPicture picture = new PpmPicture(content);
    int width = picture.number();
    picture.number();
    int most = picture.most();
    return picture.text
        ? picture.readText(width, most, part, sampling)
        : picture.readBytes(width, most, part, sampling);
  }

  private Bitmap readBytes(int width, int most, Place part, Sampling sampling) {
    int wide = most > 255 ? 2 : 1;
    int toWidth = sampling.width(part);
    int toHeight = sampling.height(part);
    int[] rgb = new int[toWidth * toHeight];
    for (int y = 0; y < toHeight; y++) {
      long row = (long) (part.y() + sampling.firstY() + y * sampling.stepY()) * width;
      for (int x = 0; x < toWidth; x++) {
        long pixel = row + part.x() + sampling.firstX() + (long) x * sampling.stepX();
        int from = (int) (at + pixel * channels * wide);
        int packed = 0;
        for (int channel = 0; channel < 3; channel++) {
          int place = from + (channels == 1 ? 0 : channel * wide);
          int value = wide == 2 ? Bytes.big16(content, place) : Bytes.byteAt(content, place);
          packed = packed << 8 | scaled(value, most);
        }
        rgb[y * toWidth + x] = packed;
      }
    }
    return new Bitmap(toWidth, toHeight, rgb);
  }

  /** Text has to be read from its beginning; it ends with the last row that is wanted. */
  private Bitmap readText(int width, int most, Place part, Sampling sampling)
      throws RefusedPicture {
    int toWidth = sampling.width(part);
    int toHeight = sampling.height(part);
    int[] rgb = new int[toWidth * toHeight];
    for (int y = 0; y < toHeight; y++) {
      int rowWanted = part.y() + sampling.firstY() + y * sampling.stepY();
      int rowBefore = y == 0 ? -1 : rowWanted - sampling.stepY();
      for (long skipped = (long) (rowWanted - rowBefore - 1) * width * channels;
          skipped > 0;
          skipped--) {
        number();
      }
      for (int x = 0; x < width; x++) {
        int packed = 0;
        for (int channel = 0; channel < channels; channel++) {
          packed = packed << 8 | scaled(number(), most);
        }
        if (channels == 1) {
          packed = packed * 0x010101;
        }
        int within = x - part.x() - sampling.firstX();
        if (within >= 0 && within % sampling.stepX() == 0 && within / sampling.stepX() < toWidth) {
          rgb[y * toWidth + within / sampling.stepX()] = packed;
        }
      }
    }
    return new Bitmap(toWidth, toHeight, rgb);
  }

  private static int scaled(int value, int most) {
    return most == 255 ? Math.min(value, 255) : (Math.min(value, most) * 255 + most / 2) / most;
  }

  private int most() throws RefusedPicture {
    int most = number();
    if (most < 1 || most > SAMPLE_MAX) {
      throw RefusedPicture.broken(
          "the PPM says its samples go up to %d, must be 1 to %d".formatted(most, SAMPLE_MAX));
    }
    // Exactly one blank stands before the data.
    at++;
    return most;
  }

  private int number() throws RefusedPicture {
    while (true) {
      int letter = Bytes.byteAt(content, at);
      if (letter == '#') {
        while (Bytes.byteAt(content, at) != '\n') {
          at++;
        }
      } else if (letter != ' ' && (letter < '\t' || letter > '\r')) {
        break;
      }
      at++;
    }
    long value = 0;
    int from = at;
    while (at < content.size() && isDigit(content.byteAt(at))) {
      value = value * 10 + (content.byteAt(at) - '0');
      at++;
      if (at - from > DIGITS_MAX || value > Integer.MAX_VALUE) {
        throw RefusedPicture.broken("the PPM has a number too long at byte %d".formatted(from));
      }
    }
    if (at == from) {
      throw RefusedPicture.broken("the PPM has no number at byte %d".formatted(from));
    }
    return (int) value;
  }

  private static boolean isDigit(byte letter) {
    return letter >= '0' && letter <= '9';
  }
}
