package io.likeness.standalone.sizing;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers as people write them. */
public final class Numbers {

  private static final Pattern COUNT = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)([kMB]?)");

  private Numbers() {}

  /** Reads {@code 250k}, {@code 300M}, {@code 1.5B}. */
  public static long count(String option, String text) {
    Matcher matcher = COUNT.matcher(text);
    if (!matcher.matches()) {
      throw new CannotPlan(
          option + " is \"" + text + "\", not a number such as 250k, 300M or 1.5B");
    }
    double unit =
        switch (matcher.group(2)) {
          case "k" -> 1e3;
          case "M" -> 1e6;
          case "B" -> 1e9;
          default -> 1;
        };
    return Math.round(Double.parseDouble(matcher.group(1)) * unit);
  }

  /** With commas, and decimals only where they tell something. */
  static String plain(double value) {
    if (value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,d", (long) value);
    }
    return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%,.2f" : "%,.1f", value);
  }

  static String gib(double bytes) {
    return plain(Math.round(bytes / (1L << 30))) + " GiB";
  }
}
