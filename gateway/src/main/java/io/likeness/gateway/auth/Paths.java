package io.likeness.gateway.auth;

import java.util.ArrayList;
import java.util.List;

/** Paths as routes see them, which is not how they are signed. */
public final class Paths {

  private Paths() {}

  /**
   * The decoded segments. A doubled leading slash counts once (an endpoint with a trailing slash
   * makes one) and one at the end not at all; a segment that cannot be decoded stays as it is, and
   * fits no route.
   */
  public static List<String> segments(String rawPath) {
    int start = 0;
    while (start < rawPath.length() && rawPath.charAt(start) == '/') {
      start++;
    }
    int end =
        rawPath.endsWith("/") && rawPath.length() > start ? rawPath.length() - 1 : rawPath.length();
    if (start >= end) {
      return List.of();
    }
    List<String> segments = new ArrayList<>();
    for (String raw : rawPath.substring(start, end).split("/", -1)) {
      String decoded;
      try {
        decoded = PercentCoding.decodeText(raw);
      } catch (IllegalArgumentException e) {
        decoded = raw;
      }
      segments.add(decoded);
    }
    return List.copyOf(segments);
  }
}
