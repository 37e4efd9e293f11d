package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import io.likeness.wire.FileFormat;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The file formats taken, told by their first bytes: names and content types are not believed. */
public enum PictureFormat {
  JPEG("JPEG", FileFormat.JPEG),
  PNG("PNG", FileFormat.PNG),
  BMP("BMP", FileFormat.BMP),
  GIF("GIF", FileFormat.GIF),
  WEBP("WebP", FileFormat.WEBP),
  TIFF("TIFF", FileFormat.TIFF),
  /** Portable pixmaps and greymaps, as text or as bytes. */
  PPM("PPM", FileFormat.PPM);

  private static final ByteString JPEG_START = bytes(0xFF, 0xD8, 0xFF);
  private static final ByteString PNG_START = bytes(0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A);
  private static final ByteString BMP_START = bytes('B', 'M');
  private static final ByteString GIF_87 = ByteString.copyFromUtf8("GIF87a");
  private static final ByteString GIF_89 = ByteString.copyFromUtf8("GIF89a");
  private static final ByteString RIFF = ByteString.copyFromUtf8("RIFF");
  private static final ByteString WEBP_NAME = ByteString.copyFromUtf8("WEBP");
  private static final ByteString TIFF_LITTLE = bytes('I', 'I', 42, 0);
  private static final ByteString TIFF_BIG = bytes('M', 'M', 0, 42);

  private final String text;
  private final FileFormat wire;

  PictureFormat(String text, FileFormat wire) {
    this.text = text;
    this.wire = wire;
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
    if (content.startsWith(GIF_87) || content.startsWith(GIF_89)) {
      return Optional.of(GIF);
    }
    if (isWebp(content)) {
      return Optional.of(WEBP);
    }
    if (content.startsWith(TIFF_LITTLE) || content.startsWith(TIFF_BIG)) {
      return Optional.of(TIFF);
    }
    if (isPpm(content)) {
      return Optional.of(PPM);
    }
    return Optional.empty();
  }

  private static boolean isWebp(ByteString content) {
    return content.size() >= 12
        && content.startsWith(RIFF)
        && content.substring(8, 12).equals(WEBP_NAME);
  }

  private static boolean isPpm(ByteString content) {
    if (content.size() < 3 || content.byteAt(0) != 'P') {
      return false;
    }
    byte kind = content.byteAt(1);
    byte after = content.byteAt(2);
    return (kind == '2' || kind == '3' || kind == '5' || kind == '6')
        && (after == ' ' || after == '\t' || after == '\n' || after == '\r' || after == '#');
  }

  /** The formats a rule names; all of them where it names none. */
  static List<PictureFormat> of(Collection<FileFormat> named) {
    return Arrays.stream(values())
        .filter(format -> named.isEmpty() || named.contains(format.wire))
        .toList();
  }

  /** {@code JPEG, PNG or BMP}. */
  static String list(List<PictureFormat> formats) {
    if (formats.size() < 2) {
      return formats.stream().map(PictureFormat::toString).collect(Collectors.joining());
    }
    return formats.stream()
            .limit(formats.size() - 1L)
            .map(PictureFormat::toString)
            .collect(Collectors.joining(", "))
        + " or "
        + formats.getLast();
  }

  /** What bytes that are none of ours look like, for the words of a refusal. */
  static String describe(ByteString content) {
    if (content.isEmpty()) {
      return "there are no bytes";
    }
    if (content.startsWith(bytes('I', 'I', 43, 0)) || content.startsWith(bytes('M', 'M', 0, 43))) {
      return "BigTIFF";
    }
    if (content.startsWith(bytes(0, 0, 1, 0))) {
      return "an icon";
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
