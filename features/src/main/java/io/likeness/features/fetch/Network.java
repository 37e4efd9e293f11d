package io.likeness.features.fetch;

import java.net.InetAddress;
import java.util.Arrays;

/** A range of addresses, as {@code 10.0.0.0/8} or {@code fc00::/7}. */
final class Network {

  private final byte[] base;
  private final int bits;

  private Network(byte[] base, int bits) {
    this.base = base;
    this.bits = bits;
  }

  static boolean looksLike(String text) {
    return text.indexOf('/') >= 0;
  }

  /** Throws {@link IllegalArgumentException} where the text is none. */
  static Network parse(String text) {
    try {
      int slash = text.indexOf('/');
      // Only literals: a name would be looked up, at start, in somebody's directory.
      byte[] base = InetAddress.ofLiteral(text.substring(0, slash)).getAddress();
      int bits = Integer.parseInt(text.substring(slash + 1));
      if (bits >= 0 && bits <= base.length * 8) {
        return new Network(base, bits);
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException malformed) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no network such as 10.1.0.0/16 or fd00::/8", malformed);
    }
    throw new IllegalArgumentException(
        "\"" + text + "\" is no network: there are 32 bits in IPv4 and 128 in IPv6");
  }

  boolean contains(byte[] address) {
    if (address.length != base.length) {
      return false;
    }
    int whole = bits / 8;
    if (!Arrays.equals(base, 0, whole, address, 0, whole)) {
      return false;
    }
    int rest = bits % 8;
    return rest == 0 || (base[whole] & 0xFF) >> (8 - rest) == (address[whole] & 0xFF) >> (8 - rest);
  }
}
