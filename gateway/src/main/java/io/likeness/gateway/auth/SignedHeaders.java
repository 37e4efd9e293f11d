package io.likeness.gateway.auth;

import io.likeness.gateway.http.ApiRequest;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The headers a signature says it covers: the same for every scheme that lists them. */
final class SignedHeaders {

  /** No SDK signs near as many; a bound for the parser. */
  private static final int MAX = 64;

  private SignedHeaders() {}

  /** Reads {@code a;b;c}, in the order given; throws with the reason where it is no such list. */
  static List<String> read(String list) {
    List<String> signed = List.of(list.toLowerCase(Locale.ROOT).split(";", MAX + 1));
    if (signed.size() > MAX) {
      throw new IllegalArgumentException("more than " + MAX + " signed headers");
    }
    Set<String> distinct = new HashSet<>(signed);
    if (distinct.size() != signed.size() || distinct.contains("")) {
      throw new IllegalArgumentException("SignedHeaders names a header twice, or none");
    }
    return signed;
  }

  /**
   * A signed header must be there once: of two values nobody knows which one was signed, or which
   * one is read.
   */
  static String onlyValue(ApiRequest request, String name) {
    List<String> values = request.headers().all(name);
    if (values.size() != 1) {
      throw new IllegalArgumentException(
          "signed header " + name + (values.isEmpty() ? " is missing" : " is sent more than once"));
    }
    return values.getFirst().strip();
  }
}
