package io.likeness.proto.wire;

import java.io.IOException;

/**
 * A newer release wrote this, and here nobody knows what it means. It is neither damaged nor to be
 * passed over: whoever meets it leaves it as it is, goes no further, and says so.
 */
public final class NewerFormatException extends IOException {

  private static final long serialVersionUID = 1L;

  /**
   * @param thing the file, or the topic with partition and offset
   */
  public NewerFormatException(String thing, long found, long highest) {
    super(words(thing, found, highest));
  }

  /** The same in words, for those who do not throw. */
  public static String words(String thing, long found, long highest) {
    return thing
        + " has format "
        + found
        + ", and this release understands up to "
        + highest
        + ": a newer release is needed";
  }

  /** Throws where what was found is newer than what is understood. */
  public static void check(String thing, long found, long highest) throws NewerFormatException {
    if (found > highest) {
      throw new NewerFormatException(thing, found, highest);
    }
  }
}
