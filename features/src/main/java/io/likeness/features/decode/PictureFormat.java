package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import java.util.Optional;

/** The file formats taken, told by their first bytes: names and content types are not believed. */
public enum PictureFormat {
  JPEG("JPEG"),
  PNG("PNG"),
  BMP("BMP");

  private static final ByteString JPEG_START = bytes(0xFF, 0xD8, 0xFF);
  private static final ByteString PNG_START = bytes(0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A);
  private static final ByteString BMP_START = bytes('B', 'M');

  private final String text;

  PictureFormat(String text) {
    this.text = text;
  }

  public static Optional<PictureFormat> sniff(ByteString content) {
    if (content.startsWith(JPEG_START)) {
      return Optional.of(JPEG);
    }
    if (content.startsWith(PNG_START)) {
      return Optional.of(PNG);
    }
    if (content.startsWith(BMP_START)) {
      return Optional.of(BMP);
    }
    return Optional.empty();
  }

  /** What bytes that are none of ours look like, for the words of a refusal. */
  static String describe(ByteString content) {
    if (content.isEmpty()) {
      return "there are no bytes";
    }
    if (content.startsWith(ByteString.copyFromUtf8("GIF8"))) {
      return "GIF";
    }
    if (content.size() >= 12
        && content.startsWith(ByteString.copyFromUtf8("RIFF"))
        && content.substring(8, 12).equals(ByteString.copyFromUtf8("WEBP"))) {
      return "WebP";
    }
    if (content.startsWith(bytes('I', 'I', 42, 0)) || content.startsWith(bytes('M', 'M', 0, 42))) {
      return "TIFF";
    }
    if (content.size() >= 12 && content.substring(4, 8).equals(ByteString.copyFromUtf8("ftyp"))) {
      return "HEIF, AVIF or a film";
    }
    if (content.startsWith(ByteString.copyFromUtf8("%PDF"))) {
      return "PDF";
    }
    if (content.startsWith(ByteString.copyFromUtf8("<"))) {
      return "a page or SVG";
    }
    return "an unknown format";
  }

  private static ByteString bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return ByteString.copyFrom(bytes);
  }

  @Override
  public String toString() {
    return text;
  }
}
