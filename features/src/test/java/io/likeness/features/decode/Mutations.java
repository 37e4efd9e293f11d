package io.likeness.features.decode;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Changes to a file that decoders have stumbled over: small ones, lies in numbers, cuts, splices.
 */
public final class Mutations {

  private static final int CHANGES_MAX = 6;
  private static final int BYTES_MAX = 1 << 18;

  private static final int[] LIES = {
    0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, -1
  };

  private Mutations() {}

  /** Another file, made of one of the corpus and perhaps a piece of a second. */
  public static byte[] of(List<byte[]> corpus, Random random) {
    byte[] file = corpus.get(random.nextInt(corpus.size())).clone();
    int changes = 1 + random.nextInt(CHANGES_MAX);
    for (int i = 0; i < changes && file.length > 0; i++) {
      file =
          switch (random.nextInt(8)) {
            case 0, 1, 2 -> flipped(file, random);
            case 3, 4 -> lied(file, random);
            case 5 -> without(file, random);
            case 6 -> repeated(file, random);
            default -> spliced(file, corpus.get(random.nextInt(corpus.size())), random);
          };
    }
    return file.length <= BYTES_MAX ? file : Arrays.copyOf(file, BYTES_MAX);
  }

  /** Headers decide most, so they are hit most. */
  private static int place(byte[] file, Random random) {
    int reach = random.nextInt(3) < 2 ? Math.min(128, file.length) : file.length;
    return random.nextInt(reach);
  }

  private static byte[] flipped(byte[] file, Random random) {
    int at = place(file, random);
    file[at] = (byte) (random.nextBoolean() ? random.nextInt() : file[at] ^ 1 << random.nextInt(8));
    return file;
  }

  private static byte[] lied(byte[] file, Random random) {
    int lie = LIES[random.nextInt(LIES.length)];
    int width = 1 << random.nextInt(3);
    boolean big = random.nextBoolean();
    int at = place(file, random);
    for (int i = 0; i < width && at + i < file.length; i++) {
      file[at + i] = (byte) (lie >>> 8 * (big ? width - 1 - i : i));
    }
    return file;
  }

  private static byte[] without(byte[] file, Random random) {
    int from = place(file, random);
    if (random.nextBoolean()) {
      return Arrays.copyOf(file, from);
    }
    int to = Math.min(file.length, from + 1 + random.nextInt(64));
    return joined(file, from, file, to, file.length);
  }

  private static byte[] repeated(byte[] file, Random random) {
    int from = place(file, random);
    int to = Math.min(file.length, from + 1 + random.nextInt(256));
    return joined(file, to, file, from, file.length);
  }

  private static byte[] spliced(byte[] file, byte[] other, Random random) {
    if (other.length == 0) {
      return file;
    }
    return joined(file, place(file, random), other, random.nextInt(other.length), other.length);
  }

  private static byte[] joined(byte[] head, int headEnd, byte[] tail, int from, int to) {
    byte[] joined = Arrays.copyOf(head, headEnd + to - from);
    System.arraycopy(tail, from, joined, headEnd, to - from);
    return joined;
  }
}
