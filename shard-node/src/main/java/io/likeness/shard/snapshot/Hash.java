package io.likeness.shard.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, as text. */
final class Hash {

  private static final int STEP = 1 << 16;

  private Hash() {}

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  static String text(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  static String of(byte[] bytes) {
    MessageDigest digest = sha256();
    digest.update(bytes);
    return text(digest);
  }

  /** Reads to the end. */
  static String of(InputStream in) throws IOException {
    MessageDigest digest = sha256();
    byte[] step = new byte[STEP];
    for (int count = in.read(step); count >= 0; count = in.read(step)) {
      digest.update(step, 0, count);
    }
    return text(digest);
  }
}
