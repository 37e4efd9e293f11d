package io.likeness.proto.vector;

/**
 * The part of an instance's images that one of its slots holds: those whose hash, modulo the number
 * of slots, is the slot's index among them.
 *
 * @param count a power of two
 */
public record Share(int index, int count) {

  /** Every image. */
  public static final Share ALL = new Share(0, 1);

  public Share {
    if (Integer.bitCount(count) != 1 || index < 0 || index >= count) {
      throw new IllegalArgumentException(
          "share " + index + " of " + count + " is not within 0 and a power of two");
    }
  }

  public boolean isAll() {
    return count == 1;
  }

  public boolean holds(String imageId) {
    return isAll() || (Slots.hash(imageId) & (count - 1)) == index;
  }

  /** The same of an id that is UTF-8 already. */
  public boolean holds(byte[] bytes, int offset, int length) {
    return isAll() || (Slots.hash(bytes, offset, length) & (count - 1)) == index;
  }
}
