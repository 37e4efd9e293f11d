package io.likeness.proto.image;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.Optional;

/**
 * What an image id may be: the caller's own text, 1 to {@value #BYTES_MAX} bytes of UTF-8, no
 * control characters.
 */
public final class ImageIds {

  public static final int BYTES_MAX = 512;

  /**
   * The order of ids wherever one is promised (ties, lists, cursors): by their UTF-8 bytes, which
   * is by code point. {@link String#compareTo} differs from it where surrogates meet the characters
   * above them.
   */
  public static final Comparator<String> ORDER = ImageIds::compare;

  private ImageIds() {}

  private static int compare(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean bothPlain = !Character.isSurrogate(x) && !Character.isSurrogate(y);
        boolean bothSurrogates = Character.isSurrogate(x) && Character.isSurrogate(y);
        if (bothPlain || bothSurrogates) {
          return Character.compare(x, y);
        }
        return Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** Why this is no image id; empty where it is one. */
  public static Optional<String> fault(String id) {
    if (id.isEmpty()) {
      return Optional.of("image id is empty");
    }
    int bytes = id.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > BYTES_MAX) {
      return Optional.of("image id is " + bytes + " bytes of UTF-8, at most " + BYTES_MAX);
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (Character.isISOControl(c)) {
        return Optional.of("image id holds a control character at position " + i);
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < id.length()
                && Character.isLowSurrogate(id.charAt(i + 1));
        if (!pair) {
          return Optional.of("image id holds half a surrogate pair at position " + i);
        }
        i++;
      }
    }
    return Optional.empty();
  }
}
