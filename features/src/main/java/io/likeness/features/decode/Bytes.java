package io.likeness.features.decode;

import com.google.protobuf.ByteString;

/** Numbers out of bytes; each throws {@link IndexOutOfBoundsException} beyond the end. */
final class Bytes {

  private Bytes() {}

  static int big16(ByteString bytes, int at) {
    return (bytes.byteAt(at) & 0xFF) << 8 | (bytes.byteAt(at + 1) & 0xFF);
  }

  static long big32(ByteString bytes, int at) {
    return (long) big16(bytes, at) << 16 | big16(bytes, at + 2);
  }

  static int little16(ByteString bytes, int at) {
    return (bytes.byteAt(at) & 0xFF) | (bytes.byteAt(at + 1) & 0xFF) << 8;
  }

  static int little32(ByteString bytes, int at) {
    return little16(bytes, at) | little16(bytes, at + 2) << 16;
  }
}
