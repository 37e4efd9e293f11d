package io.likeness.gateway.auth;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a query or a form of {@code application/x-www-form-urlencoded} says, decoded and in order of
 * name. Values are bytes: one of them may be a picture of many MiB, and a signature covers the
 * bytes whatever they mean.
 *
 * <p>Clients differ in what they leave bare and whether a blank is {@code +} or {@code %20}; after
 * decoding they agree. A name that comes twice is refused: which of the two was meant is anybody's
 * guess.
 */
public final class Parameters {

  public static final Parameters NONE = new Parameters(new TreeMap<>());

  /** No operation has near as many. */
  static final int COUNT_MAX = 64;

  static final int NAME_BYTES_MAX = 128;

  private final Map<String, ByteString> values;

  /** {@code values} are in order of name. */
  private Parameters(Map<String, ByteString> values) {
    this.values = values;
  }

  public static Parameters ofQuery(String rawQuery) {
    return ofForm(ByteString.copyFromUtf8(rawQuery));
  }

  /** Throws {@link IllegalArgumentException} with the reason where this is no form. */
  public static Parameters ofForm(ByteString encoded) {
    TreeMap<String, ByteString> values = new TreeMap<>();
    int start = 0;
    while (start < encoded.size()) {
      int end = indexOf(encoded, '&', start, encoded.size());
      if (end > start) {
        int equals = indexOf(encoded, '=', start, end);
        String name = name(encoded, start, equals);
        if (values.size() == COUNT_MAX) {
          throw new IllegalArgumentException("more than " + COUNT_MAX + " parameters");
        }
        if (values.put(name, decoded(encoded, Math.min(equals + 1, end), end)) != null) {
          throw twice(name);
        }
      }
      start = end + 1;
    }
    return new Parameters(values);
  }

  private static String name(ByteString encoded, int start, int end) {
    if (end - start > NAME_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a parameter name of " + (end - start) + " bytes, at most " + NAME_BYTES_MAX);
    }
    ByteString name = decoded(encoded, start, end);
    return text(name)
        .orElseThrow(
            () ->
                new IllegalArgumentException("a parameter name at byte " + start + " is no text"));
  }

  private static int indexOf(ByteString bytes, char wanted, int from, int to) {
    int at = from;
    while (at < to && bytes.byteAt(at) != wanted) {
      at++;
    }
    return at;
  }

  private static ByteString decoded(ByteString encoded, int start, int end) {
    byte[] decoded = new byte[end - start];
    int size = 0;
    for (int i = start; i < end; i++) {
      byte b = encoded.byteAt(i);
      if (b == '+') {
        b = ' ';
      } else if (b == '%') {
        int high = i + 2 < end ? Character.digit(encoded.byteAt(i + 1), 16) : -1;
        int low = i + 2 < end ? Character.digit(encoded.byteAt(i + 2), 16) : -1;
        if (high < 0 || low < 0) {
          throw new IllegalArgumentException("broken percent escape at byte " + i);
        }
        b = (byte) (high << 4 | low);
        i += 2;
      }
      decoded[size++] = b;
    }
    return ByteString.copyFrom(decoded, 0, size);
  }

  /** Both together; throws where a name is in both. */
  public Parameters and(Parameters more) {
    TreeMap<String, ByteString> all = new TreeMap<>(values);
    more.values.forEach(
        (name, value) -> {
          if (all.put(name, value) != null) {
            throw twice(name);
          }
        });
    return new Parameters(all);
  }

  Parameters without(String name) {
    TreeMap<String, ByteString> rest = new TreeMap<>(values);
    rest.remove(name);
    return new Parameters(rest);
  }

  private static IllegalArgumentException twice(String name) {
    return new IllegalArgumentException(
        "parameter " + Authenticator.shown(name) + " is given more than once");
  }

  /** In order of name. */
  Map<String, ByteString> all() {
    return values;
  }

  public Optional<ByteString> bytes(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /** The value as text; throws {@link IllegalArgumentException} where its bytes are no UTF-8. */
  public Optional<String> text(String name) {
    return bytes(name)
        .map(
            value ->
                text(value)
                    .orElseThrow(
                        () ->
                            new IllegalArgumentException(
                                "parameter " + name + " is not UTF-8 text")));
  }

  private static Optional<String> text(ByteString bytes) {
    try {
      ByteBuffer in = bytes.asReadOnlyByteBuffer();
      return Optional.of(StandardCharsets.UTF_8.newDecoder().decode(in).toString());
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  /** As a query or form again, encoded as RFC 3986 has it: what signatures are made of. */
  String canonical() {
    Function<Map.Entry<String, ByteString>, String> pair =
        each ->
            PercentCoding.encode(each.getKey().getBytes(StandardCharsets.UTF_8))
                + '='
                + PercentCoding.encode(each.getValue().toByteArray());
    return values.entrySet().stream().map(pair).collect(Collectors.joining("&"));
  }
}
