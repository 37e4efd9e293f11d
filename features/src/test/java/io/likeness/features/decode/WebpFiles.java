package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** WebP files made without an encoder: the JDK has none. */
final class WebpFiles {

  static final int WITH_ALPHA = 0x10;
  static final int WITH_PROFILE = 0x20;
  static final int WITH_EXIF = 0x08;
  static final int WITH_ANIMATION = 0x02;

  private WebpFiles() {}

  static ByteString lossless(BufferedImage picture) {
    return riff(chunk("VP8L", losslessStream(picture)));
  }

  /** Grey: a stream of zeros says of every block that it is like its neighbours. */
  static ByteString lossy(int width, int height) {
    return riff(chunk("VP8 ", lossyStream(width, height)));
  }

  static ByteString lossyStream(int width, int height) {
    int first = 64 + width * height / 8;
    int head = 1 << 4 | first << 5;
    byte[] stream = new byte[10 + 2 * first];
    put(stream, 0, head, 3);
    put(stream, 3, 0x2A019D, 3);
    put(stream, 6, width, 2);
    put(stream, 8, height, 2);
    return ByteString.copyFrom(stream);
  }

  /** With a canvas and chunks before and after the picture. */
  static ByteString extended(int flags, int width, int height, ByteString chunks) {
    byte[] head = new byte[10];
    put(head, 0, flags, 1);
    put(head, 4, width - 1, 3);
    put(head, 7, height - 1, 3);
    return riff(chunk("VP8X", ByteString.copyFrom(head)).concat(chunks));
  }

  /** One frame of an animation at an even place. */
  static ByteString frame(int x, int y, BufferedImage picture) {
    byte[] head = new byte[16];
    put(head, 0, x / 2, 3);
    put(head, 3, y / 2, 3);
    put(head, 6, picture.getWidth() - 1, 3);
    put(head, 9, picture.getHeight() - 1, 3);
    return chunk("ANMF", ByteString.copyFrom(head).concat(chunk("VP8L", losslessStream(picture))));
  }

  static ByteString animationHead() {
    return chunk("ANIM", ByteString.copyFrom(new byte[6]));
  }

  static ByteString riff(ByteString chunks) {
    byte[] size = new byte[4];
    put(size, 0, 4 + chunks.size(), 4);
    return text("RIFF").concat(ByteString.copyFrom(size)).concat(text("WEBP")).concat(chunks);
  }

  static ByteString chunk(String name, ByteString payload) {
    byte[] size = new byte[4];
    put(size, 0, payload.size(), 4);
    ByteString chunk = text(name).concat(ByteString.copyFrom(size)).concat(payload);
    return payload.size() % 2 == 0 ? chunk : chunk.concat(ByteString.copyFrom(new byte[1]));
  }

  /** No transforms, no references: each sample a code of eight bits. */
  static ByteString losslessStream(BufferedImage picture) {
    boolean alpha = picture.getColorModel().hasAlpha();
    Bits bits = new Bits();
    bits.put(0x2F, 8);
    bits.put(picture.getWidth() - 1, 14);
    bits.put(picture.getHeight() - 1, 14);
    bits.put(alpha ? 1 : 0, 1);
    // Version 0, no transform, no colour cache, one set of codes.
    bits.put(0, 6);
    literals(bits, 256 + 24);
    literals(bits, 256);
    literals(bits, 256);
    literals(bits, 256);
    // Distances are never used: a code with one symbol, which takes no bits.
    bits.put(1, 1);
    bits.put(0, 3);
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int argb = picture.getRGB(x, y);
        for (int shift : new int[] {8, 16, 0, 24}) {
          bits.put(Integer.reverse(argb >> shift & 0xFF) >>> 24, 8);
        }
      }
    }
    return bits.bytes();
  }

  /** 256 codes of eight bits, the rest of the alphabet unused. */
  private static void literals(Bits bits, int alphabet) {
    bits.put(0, 1);
    // Lengths of the codes that say lengths, in the order of the format: 0 and 8 take one bit.
    bits.put(12 - 4, 4);
    int[] order = {17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8};
    for (int length : order) {
      bits.put(length == 0 || length == 8 ? 1 : 0, 3);
    }
    bits.put(0, 1);
    for (int symbol = 0; symbol < alphabet; symbol++) {
      bits.put(symbol < 256 ? 1 : 0, 1);
    }
  }

  private static ByteString text(String text) {
    return ByteString.copyFrom(text, StandardCharsets.ISO_8859_1);
  }

  private static void put(byte[] bytes, int at, int value, int count) {
    for (int i = 0; i < count; i++) {
      bytes[at + i] = (byte) (value >>> 8 * i);
    }
  }

  /** Lowest bit first. */
  private static final class Bits {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private int held;
    private int count;

    void put(int value, int bits) {
      for (int i = 0; i < bits; i++) {
        held |= (value >>> i & 1) << count++;
        if (count == 8) {
          out.write(held);
          held = 0;
          count = 0;
        }
      }
    }

    ByteString bytes() {
      // A byte more than needed: readers look ahead.
      out.write(held);
      out.write(0);
      return ByteString.copyFrom(out.toByteArray());
    }
  }
}
