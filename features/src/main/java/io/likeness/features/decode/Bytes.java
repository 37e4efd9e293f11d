package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;

/** Numbers out of bytes; each throws {@link IndexOutOfBoundsException} beyond the end. */
final class Bytes {

  private Bytes() {}

  static int byteAt(ByteString bytes, int at) {
    return bytes.byteAt(at) & 0xFF;
  }

  static int big16(ByteString bytes, int at) {
    return (bytes.byteAt(at) & 0xFF) << 8 | (bytes.byteAt(at + 1) & 0xFF);
  }

  static long big32(ByteString bytes, int at) {
    return (long) big16(bytes, at) << 16 | big16(bytes, at + 2);
  }

  static int little16(ByteString bytes, int at) {
    return (bytes.byteAt(at) & 0xFF) | (bytes.byteAt(at + 1) & 0xFF) << 8;
  }

  static int little24(ByteString bytes, int at) {
    return little16(bytes, at) | (bytes.byteAt(at + 2) & 0xFF) << 16;
  }

  static int little32(ByteString bytes, int at) {
    return little16(bytes, at) | little16(bytes, at + 2) << 16;
  }

  /** As an unsigned number. */
  static long littleLong32(ByteString bytes, int at) {
    return little32(bytes, at) & 0xFFFF_FFFFL;
  }

  /** Four letters. */
  static String name(ByteString bytes, int at) {
    return bytes.substring(at, at + 4).toString(StandardCharsets.ISO_8859_1);
  }
}
