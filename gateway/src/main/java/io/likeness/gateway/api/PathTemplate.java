package io.likeness.gateway.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A path with variables, as OpenAPI writes it. Segments are split before they are decoded, so an
 * encoded slash stays inside its segment.
 */
record PathTemplate(String text, List<String> segments) {

  static PathTemplate of(String text) {
    return new PathTemplate(text, split(text));
  }

  static List<String> split(String path) {
    return List.of(path.substring(1).split("/", -1));
  }

  boolean fits(List<String> rawSegments) {
    if (rawSegments.size() != segments.size()) {
      return false;
    }
    for (int i = 0; i < segments.size(); i++) {
      boolean fits =
          isVariable(segments.get(i))
              ? !rawSegments.get(i).isEmpty()
              : segments.get(i).equals(rawSegments.get(i));
      if (!fits) {
        return false;
      }
    }
    return true;
  }

  /** The variables' values, decoded, of a path that fits. */
  Map<String, String> values(List<String> rawSegments) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      if (isVariable(segment)) {
        String name = segment.substring(1, segment.length() - 1);
        values.put(name, Query.utf8(rawSegments.get(i), "the path's " + name));
      }
    }
    return values;
  }

  private static boolean isVariable(String segment) {
    return segment.startsWith("{");
  }
}
