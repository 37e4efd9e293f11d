package io.likeness.features.fetch;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** A range of addresses, as {@code 10.0.0.0/8} or {@code fc00::/7}. */
record Network(byte[] base, int bits) {

  static boolean looksLike(String text) {
    return text.indexOf('/') >= 0;
  }

  /** Throws {@link IllegalArgumentException} where the text is none. */
  static Network parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    // Only literals: a name here would be looked up, at start, in somebody's directory.
    if (!address.matches("[0-9a-fA-F:.]+") || !address.matches(".*[.:].*")) {
      throw new IllegalArgumentException("\"" + text + "\" is no network such as 10.1.0.0/16");
    }
    try {
      byte[] base = InetAddress.getByName(address).getAddress();
      int bits = Integer.parseInt(text.substring(slash + 1));
      if (slash < 0 || bits < 0 || bits > base.length * 8) {
        throw new IllegalArgumentException(
            "\"%s\" has %d bits, must be 0 to %d".formatted(text, bits, base.length * 8));
      }
      return new Network(base, bits);
    } catch (UnknownHostException | NumberFormatException malformed) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no network such as 10.1.0.0/16", malformed);
    }
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
    return rest == 0 || (base[whole] ^ address[whole]) >> (8 - rest) == 0;
  }
}
