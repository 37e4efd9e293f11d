package io.likeness.gateway.api;

import io.likeness.gateway.auth.PercentCoding;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The query string, read strictly: every parameter must be asked for by somebody, and only {@code
 * tags.KEY} may come more than once.
 */
final class Query {

  private static final int PARAMETERS_MAX = 200;
  private static final String TAGS = "tags.";
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m)");

  private final Map<String, List<String>> values = new LinkedHashMap<>();
  private final Set<String> asked = new HashSet<>();

  private Query() {}

  static Query parse(String raw) {
    Query query = new Query();
    if (raw.isEmpty()) {
      return query;
    }
    String[] pairs = raw.split("&", PARAMETERS_MAX + 1);
    if (pairs.length > PARAMETERS_MAX) {
      throw ApiFault.invalid("the query has more than " + PARAMETERS_MAX + " parameters");
    }
    for (String pair : pairs) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals), "a parameter's name");
      String value =
          equals < 0 ? "" : decode(pair.substring(equals + 1), "parameter " + ApiFault.shown(name));
      List<String> all = query.values.computeIfAbsent(name, any -> new ArrayList<>(1));
      if (!all.isEmpty() && !name.startsWith(TAGS)) {
        throw ApiFault.invalid("parameter " + ApiFault.shown(name) + " is there twice");
      }
      all.add(value);
    }
    return query;
  }

  /** In a query, as forms write it, a plus is a blank. */
  private static String decode(String raw, String what) {
    return utf8(raw.replace("+", "%20"), what);
  }

  /** Percent-decoded strictly: what is no UTF-8 is refused, not mended. */
  static String utf8(String raw, String what) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(PercentCoding.decode(raw)))
          .toString();
    } catch (IllegalArgumentException e) {
      throw ApiFault.invalid(what + " has a " + e.getMessage());
    } catch (CharacterCodingException e) {
      throw ApiFault.invalid(what + " is not UTF-8");
    }
  }

  Optional<String> text(String name) {
    asked.add(name);
    List<String> all = values.get(name);
    return all == null ? Optional.empty() : Optional.of(all.getFirst());
  }

  int number(String name, int fallback, int min, int max) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return fallback;
    }
    try {
      int number = Integer.parseInt(text.get());
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below, with the text
    }
    throw ApiFault.invalid(
        name
            + " is \""
            + ApiFault.shown(text.get())
            + "\", not a whole number from "
            + min
            + " to "
            + max);
  }

  /** {@code 0}, {@code 500ms}, {@code 2s} or {@code 1m}, at most {@code max}. */
  Duration duration(String name, Duration fallback, Duration max) {
    return text(name).map(text -> duration(name, text, max)).orElse(fallback);
  }

  static Duration duration(String name, String text, Duration max) {
    Matcher matcher = DURATION.matcher(text);
    Duration duration = null;
    if (text.equals("0")) {
      duration = Duration.ZERO;
    } else if (matcher.matches()) {
      long amount = Long.parseLong(matcher.group(1));
      duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            default -> Duration.ofMinutes(amount);
          };
    }
    if (duration == null || duration.compareTo(max) > 0) {
      throw ApiFault.invalid(
          name
              + " is \""
              + ApiFault.shown(text)
              + "\", not a duration such as 500ms or 2s, at most "
              + max.toSeconds()
              + "s");
    }
    return duration;
  }

  /** The values of {@code tags.KEY=VALUE}, by key. */
  Map<String, List<String>> tags() {
    Map<String, List<String>> tags = new LinkedHashMap<>();
    values.forEach(
        (name, all) -> {
          if (name.startsWith(TAGS)) {
            asked.add(name);
            tags.put(name.substring(TAGS.length()), all);
          }
        });
    return tags;
  }

  /** Refuses what nobody asked for: a misspelt parameter must not be silently without effect. */
  void done() {
    for (String name : values.keySet()) {
      if (!asked.contains(name)) {
        throw ApiFault.invalid("parameter " + ApiFault.shown(name) + " is not known here");
      }
    }
  }
}
