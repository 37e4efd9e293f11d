package io.likeness.proto.image;

/**
 * 64 bits that say how a picture looks from afar, and hardly change when it is stored smaller, in
 * another format or a little brighter: bit n is the sign of the n-th lowest cosine frequency of its
 * brightness. They change with crops, turns and large texts; those a model's vector finds.
 *
 * <p>To mirror a picture is to change the sign of its odd horizontal frequencies, so a mirrored
 * copy is compared at the price of one exclusive or.
 */
public final class Fingerprint {

  /** Rows and columns of frequencies that are looked at, lowest first. */
  public static final int SIDE = 11;

  /** Copies that were only stored anew differ by fewer bits; others by about half. */
  public static final int NEAR = 7;

  private static final int BITS = 64;

  /** Bits of odd horizontal frequencies. */
  private static final long MIRRORED = mirrored();

  private Fingerprint() {}

  /** Bits that differ, as the pictures stand or with one of them mirrored, whichever are fewer. */
  public static int distance(long one, long other) {
    return Math.min(Long.bitCount(one ^ other), Long.bitCount(mirrored(one) ^ other));
  }

  /** The fingerprint of the mirrored picture, but for what rounding does. */
  public static long mirrored(long fingerprint) {
    return fingerprint ^ MIRRORED;
  }

  /**
   * From cosine frequencies, {@code frequencies[v * SIDE + u]} of u waves across and v waves down.
   */
  public static long of(float[] frequencies) {
    long bits = 0;
    int bit = 0;
    for (int sum = 1; bit < BITS; sum++) {
      for (int u = 0; u <= sum && bit < BITS; u++) {
        if (frequencies[(sum - u) * SIDE + u] > 0) {
          bits |= 1L << bit;
        }
        bit++;
      }
    }
    return bits;
  }

  private static long mirrored() {
    long odd = 0;
    int bit = 0;
    for (int sum = 1; bit < BITS; sum++) {
      for (int u = 0; u <= sum && bit < BITS; u++) {
        odd |= (long) (u & 1) << bit;
        bit++;
      }
    }
    return odd;
  }
}
