package io.likeness.proto.vector;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Which of an instance's slots holds an image. Every role must agree for ever, so the hash is fixed
 * here.
 */
public final class Slots {

  private Slots() {}

  /** The slot of this image among the instance's; their count is a power of two. */
  public static int slotOf(List<Integer> slots, String imageId) {
    if (Integer.bitCount(slots.size()) != 1) {
      throw new IllegalArgumentException(
          "an instance has a power of two of slots, not " + slots.size());
    }
    return slots.get(hash(imageId) & (slots.size() - 1));
  }

  /**
   * CRC-32C of the id's UTF-8 bytes, stirred by MurmurHash3's finaliser so that every low bit
   * depends on all of it.
   */
  static int hash(String imageId) {
    byte[] bytes = imageId.getBytes(StandardCharsets.UTF_8);
    return hash(bytes, 0, bytes.length);
  }

  /** The same of an id that is UTF-8 already. */
  static int hash(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    int h = (int) crc.getValue();
    h = (h ^ (h >>> 16)) * 0x85ebca6b;
    h = (h ^ (h >>> 13)) * 0xc2b2ae35;
    return h ^ (h >>> 16);
  }
}
