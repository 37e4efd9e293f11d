package io.likeness.gateway.auth;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Percent-encoding as RFC 3986 has it: a plus is a plus, never a blank. Works on bytes, so that
 * whatever a client encoded comes back as the same bytes, UTF-8 or not.
 */
public final class PercentCoding {

  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private PercentCoding() {}

  /**
   * The bytes behind an encoded text; throws {@link IllegalArgumentException} at a broken escape.
   */
  public static byte[] decode(String encoded) {
    ByteArrayOutputStream decoded = new ByteArrayOutputStream(encoded.length());
    byte[] bytes = encoded.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        decoded.write(bytes[i]);
        continue;
      }
      int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
      int low = i + 2 < bytes.length ? Character.digit(bytes[i + 2], 16) : -1;
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException("broken percent escape at position " + i);
      }
      decoded.write(high << 4 | low);
      i += 2;
    }
    return decoded.toByteArray();
  }

  /** The text behind an encoded text. */
  public static String decodeText(String encoded) {
    return new String(decode(encoded), StandardCharsets.UTF_8);
  }

  /** Everything but letters, digits and {@code -._~} as {@code %XX}, hex in capitals. */
  public static String encode(byte[] bytes) {
    StringBuilder encoded = new StringBuilder(bytes.length + 16);
    for (byte b : bytes) {
      if (isBare(b)) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(HEX[(b >> 4) & 0xf]).append(HEX[b & 0xf]);
      }
    }
    return encoded.toString();
  }

  /** Whether a byte stands for itself. */
  static boolean isBare(byte b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || b == '-'
        || b == '.'
        || b == '_'
        || b == '~';
  }
}
