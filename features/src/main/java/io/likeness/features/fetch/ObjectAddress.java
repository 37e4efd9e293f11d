package io.likeness.features.fetch;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An object in a store, as {@code s3://bucket/key}. Everything behind the bucket's slash is the
 * key, as it stands: blanks, percent signs and question marks are letters of it.
 */
public record ObjectAddress(String scheme, String bucket, String key) {

  public static final Set<String> SCHEMES = Set.of("s3", "obs");

  private static final Pattern BUCKET = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
  private static final int KEY_BYTES_MAX = 1024;

  static boolean isBucket(String text) {
    return BUCKET.matcher(text).matches();
  }

  /** Whether an address begins like one of an object store, be the rest as it may. */
  public static boolean isOne(String address) {
    return scheme(address).isPresent();
  }

  private static Optional<String> scheme(String address) {
    int colon = address.indexOf("://");
    return Optional.of(address.substring(0, Math.max(0, colon)).toLowerCase(Locale.ROOT))
        .filter(SCHEMES::contains);
  }

  /** Throws {@link IllegalArgumentException} saying what is wrong. */
  public static ObjectAddress parse(String address) {
    String scheme =
        scheme(address)
            .orElseThrow(
                () -> new IllegalArgumentException("the address begins with none of " + SCHEMES));
    String rest = address.substring(scheme.length() + "://".length());
    int slash = rest.indexOf('/');
    String bucket = slash < 0 ? rest : rest.substring(0, slash);
    if (!isBucket(bucket)) {
      throw new IllegalArgumentException(
          "the address names no bucket: 3 to 63 of lower-case letters, digits, dots, dashes");
    }
    String key = slash < 0 ? "" : rest.substring(slash + 1);
    int bytes = key.getBytes(StandardCharsets.UTF_8).length;
    if (bytes < 1 || bytes > KEY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "the object's key has %d bytes, must have 1 to %d".formatted(bytes, KEY_BYTES_MAX));
    }
    return new ObjectAddress(scheme, bucket, key);
  }
}
