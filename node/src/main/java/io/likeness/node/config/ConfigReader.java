package io.likeness.node.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one role's configuration: keys with dots, values as text. Each reading names its default
 * and bounds; faults are gathered and told together by {@link #done}, with the keys nobody asked
 * for.
 */
public final class ConfigReader {

  private static final String ENV_PREFIX = "LIKENESS_";

  /** For the launcher, not for a role. */
  private static final String JVM_OPTIONS = "LIKENESS_JAVA_OPTS";

  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})(B|KiB|MiB|GiB|TiB)?");

  private final Map<String, String> values;
  private final Map<String, String> environment = new HashMap<>();
  private final Set<String> asked = new LinkedHashSet<>();
  private final List<String> faults = new ArrayList<>();

  private ConfigReader(Map<String, String> values, Map<String, String> environment) {
    this.values = Map.copyOf(values);
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(ENV_PREFIX) && !name.equals(JVM_OPTIONS)) {
            this.environment.put(name, value);
          }
        });
  }

  public static ConfigReader of(Map<String, String> values) {
    return new ConfigReader(values, Map.of());
  }

  /**
   * Reads a properties file; {@code LIKENESS_GATEWAY_HTTP_PORT} in the environment overrides {@code
   * gateway.http.port}.
   */
  public static ConfigReader load(Path file, Map<String, String> environment) {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigException(List.of("cannot read " + file + ": " + e.getMessage()));
    }
    Map<String, String> values = new HashMap<>();
    properties
        .stringPropertyNames()
        .forEach(key -> values.put(key, properties.getProperty(key).trim()));
    return new ConfigReader(values, environment);
  }

  /** Reads the environment alone. */
  public static ConfigReader environment(Map<String, String> environment) {
    return new ConfigReader(Map.of(), environment);
  }

  public String text(String key, String fallback) {
    return find(key, fallback, Function.identity());
  }

  public String required(String key) {
    String value = lookup(key);
    if (value == null || value.isBlank()) {
      faults.add(key + " is missing");
      return "";
    }
    return value;
  }

  public int number(String key, int fallback, int min, int max) {
    return find(
        key,
        fallback,
        text -> {
          int number = Integer.parseInt(text);
          if (number < min || number > max) {
            throw new IllegalArgumentException("is " + number + ", not " + min + " to " + max);
          }
          return number;
        });
  }

  /** Bytes, as {@code 1048576}, {@code 512KiB}, {@code 16MiB} or {@code 2GiB}. */
  public long size(String key, long fallback, long min, long max) {
    return find(
        key,
        fallback,
        text -> {
          Matcher matcher = SIZE.matcher(text);
          if (!matcher.matches()) {
            throw new IllegalArgumentException("is \"" + text + "\", not a size such as 16MiB");
          }
          String unit = matcher.group(2) == null ? "B" : matcher.group(2);
          int shift = 10 * List.of("B", "KiB", "MiB", "GiB", "TiB").indexOf(unit);
          long bytes = Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
          if (bytes < min || bytes > max) {
            throw new IllegalArgumentException("is " + bytes + " bytes, not " + min + " to " + max);
          }
          return bytes;
        });
  }

  /** As {@code 500ms}, {@code 2s}, {@code 5m}, {@code 24h} or {@code 7d}. */
  public Duration duration(String key, Duration fallback) {
    return find(
        key,
        fallback,
        text -> {
          Matcher matcher = DURATION.matcher(text);
          if (!matcher.matches()) {
            throw new IllegalArgumentException(
                "is \"" + text + "\", not a duration such as 500ms or 2s");
          }
          long amount = Long.parseLong(matcher.group(1));
          return switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
          };
        });
  }

  public boolean flag(String key, boolean fallback) {
    return find(
        key,
        fallback,
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default ->
                  throw new IllegalArgumentException("is \"" + text + "\", not true or false");
            });
  }

  public HostPort address(String key, HostPort fallback) {
    return find(key, fallback, HostPort::parse);
  }

  public List<HostPort> addresses(String key) {
    List<HostPort> addresses = new ArrayList<>();
    for (String text : list(key)) {
      try {
        addresses.add(HostPort.parse(text));
      } catch (IllegalArgumentException e) {
        faults.add(key + ": " + e.getMessage());
      }
    }
    return List.copyOf(addresses);
  }

  /** Separated by commas; empty where the key is absent. */
  /** Whole numbers with commas between; none where the key is absent. */
  public Set<Integer> numbers(String key, int min, int max) {
    Set<Integer> numbers = new TreeSet<>();
    for (String text : list(key)) {
      try {
        int number = Integer.parseInt(text);
        if (number < min || number > max) {
          faults.add(key + " holds " + number + ", not " + min + " to " + max);
        } else {
          numbers.add(number);
        }
      } catch (NumberFormatException e) {
        faults.add(key + " holds \"" + text + "\", which is no whole number");
      }
    }
    return Set.copyOf(numbers);
  }

  public List<String> list(String key) {
    String value = lookup(key);
    if (value == null || value.isBlank()) {
      return List.of();
    }
    List<String> parts = new ArrayList<>();
    for (String part : value.split(",", -1)) {
      if (!part.isBlank()) {
        parts.add(part.trim());
      }
    }
    return List.copyOf(parts);
  }

  public Path path(String key, Path fallback) {
    return find(key, fallback, Path::of);
  }

  /** A fault found outside, told with the others. */
  public void fault(String fault) {
    faults.add(fault);
  }

  /** Ends the reading; throws with every fault and every key nobody asked for. */
  public void done() {
    TreeSet<String> unknown = new TreeSet<>(values.keySet());
    unknown.removeAll(asked);
    unknown.forEach(key -> faults.add(key + " is not a known key"));
    TreeSet<String> unknownVariables = new TreeSet<>(environment.keySet());
    asked.forEach(key -> unknownVariables.remove(variable(key)));
    unknownVariables.forEach(
        name -> faults.add(name + " in the environment overrides no known key"));
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
  }

  private <T> T find(String key, T fallback, Function<String, T> parse) {
    String value = lookup(key);
    if (value == null) {
      return fallback;
    }
    try {
      return parse.apply(value.trim());
    } catch (NumberFormatException e) {
      faults.add(key + " is \"" + value + "\", not a whole number");
    } catch (IllegalArgumentException | ArithmeticException e) {
      faults.add(key + " " + e.getMessage());
    }
    return fallback;
  }

  private @Nullable String lookup(String key) {
    asked.add(key);
    String overriding = environment.get(variable(key));
    return overriding != null ? overriding : values.get(key);
  }

  private static String variable(String key) {
    return ENV_PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }
}
