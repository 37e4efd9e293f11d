package io.likeness.shard.index;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * Names a condition by the SHA-256 of its canonical form: equal conditions have equal keys, a key
 * takes 32 bytes however many values the condition lists, and no caller can make two of them
 * collide.
 */
record FilterKey(long a, long b, long c, long d) implements Comparable<FilterKey> {

  /** What is digested; the order of writing is the form. */
  static final class Writer {
    private final MessageDigest digest;

    Writer(char kind) {
      try {
        digest = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("this JDK lacks SHA-256", e);
      }
      digest.update((byte) kind);
    }

    Writer text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      digest.update(bytes);
      return this;
    }

    Writer number(double number) {
      digest.update(ByteBuffer.allocate(Double.BYTES).putDouble(number).flip());
      return this;
    }

    Writer keys(List<FilterKey> keys) {
      for (FilterKey key : keys) {
        digest.update(
            ByteBuffer.allocate(4 * Long.BYTES)
                .putLong(key.a)
                .putLong(key.b)
                .putLong(key.c)
                .putLong(key.d)
                .flip());
      }
      return this;
    }

    FilterKey key() {
      ByteBuffer sum = ByteBuffer.wrap(digest.digest());
      return new FilterKey(sum.getLong(), sum.getLong(), sum.getLong(), sum.getLong());
    }
  }

  @Override
  public int compareTo(FilterKey other) {
    int order = Long.compare(a, other.a);
    order = order != 0 ? order : Long.compare(b, other.b);
    order = order != 0 ? order : Long.compare(c, other.c);
    return order != 0 ? order : Long.compare(d, other.d);
  }
}
