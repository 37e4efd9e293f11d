package io.likeness.gateway.alibaba;

import io.likeness.wire.Filter;
import io.likeness.wire.FilterList;
import io.likeness.wire.NumberRange;
import io.likeness.wire.TagIn;
import io.likeness.wire.TagPresent;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads a filter clause, {@code int_attr>=100 AND str_attr in ("a","b")}, by recursive descent:
 *
 * <pre>
 * or        = and { OR and }
 * and       = primary { AND primary }
 * primary   = condition | "(" or ")"
 * condition = int_field  int_op integer | int_field [NOT] IN "(" integer {"," integer} ")"
 *           | str_field  str_op string  | str_field [NOT] IN "(" string {"," string} ")"
 * </pre>
 *
 * Keywords are taken in any case, fields in both documented spellings.
 *
 * <p><b>What was never set</b> is, as measured on the original, the greatest integer or the empty
 * string. Nothing of that is stored: a condition that such a value fulfils is asked as what the
 * others may not be, {@code int_attr>5} as "not up to 5", which holds for images without the
 * attribute too.
 */
final class FilterClause {

  static final int CHARS_MAX = 4096;

  /** Parentheses in parentheses; a bound for this parser's own recursion. */
  static final int NESTING_MAX = 64;

  /** Levels of the filter that comes out, as coordinators take them. */
  static final int DEPTH_MAX = 16;

  /** Each is looked up on every shard; so is each integer of a list. */
  static final int CONDITIONS_MAX = 200;

  private static final int UNSET = Integer.MAX_VALUE;

  private final String text;
  private int at;
  private int nesting;
  private int conditions;

  /** A part of the filter with its height. */
  private record Part(Filter filter, int depth) {}

  private FilterClause(String text) {
    this.text = text;
  }

  static Filter read(String text) throws FilterFault {
    if (text.length() > CHARS_MAX) {
      throw new FilterFault(
          CHARS_MAX + 1, "the filter has " + text.length() + " characters, at most " + CHARS_MAX);
    }
    FilterClause clause = new FilterClause(text);
    Part whole = clause.or();
    clause.skipBlanks();
    if (clause.at < text.length()) {
      throw clause.unexpected("AND, OR or the end");
    }
    return whole.filter();
  }

  private Part or() throws FilterFault {
    return joined("OR", FilterClause::anyOf, Filter::getAnyOf, true);
  }

  private Part and() throws FilterFault {
    return joined("AND", FilterClause::allOf, Filter::getAllOf, false);
  }

  /** Parts with one word between them; a part that is such a list itself is taken apart. */
  private Part joined(
      String word,
      Function<List<Filter>, Filter> list,
      Function<Filter, FilterList> partsOf,
      boolean isOr)
      throws FilterFault {
    skipBlanks();
    int start = at;
    List<Filter> parts = new ArrayList<>();
    int depth = 0;
    do {
      Part part = isOr ? and() : primary();
      List<Filter> inner = partsOf.apply(part.filter()).getFiltersList();
      if (inner.isEmpty()) {
        parts.add(part.filter());
        depth = Math.max(depth, part.depth());
      } else {
        parts.addAll(inner);
        depth = Math.max(depth, part.depth() - 1);
      }
    } while (takeWord(word));
    if (parts.size() == 1) {
      return new Part(parts.getFirst(), depth);
    }
    if (depth + 1 > DEPTH_MAX) {
      throw new FilterFault(
          start + 1, "conditions are nested more than " + DEPTH_MAX + " levels deep");
    }
    return new Part(list.apply(parts), depth + 1);
  }

  private Part primary() throws FilterFault {
    skipBlanks();
    if (!takeSign('(')) {
      return condition();
    }
    nesting++;
    if (nesting > NESTING_MAX) {
      throw new FilterFault(at, "more than " + NESTING_MAX + " parentheses are open");
    }
    Part inner = or();
    if (!takeSign(')')) {
      throw unexpected("AND, OR or a closing parenthesis");
    }
    nesting--;
    return inner;
  }

  private Part condition() throws FilterFault {
    int start = at;
    String name = word();
    String key = Fields.keyOf(name);
    if (key.isEmpty()) {
      at = start;
      throw unexpected(
          "an opening parenthesis, or a field: int_attr to int_attr4, str_attr to str_attr4");
    }
    boolean isInteger = Fields.isInteger(key);
    count(start);
    skipBlanks();
    Filter filter;
    if (takeWord("NOT")) {
      if (!takeWord("IN")) {
        throw unexpected("IN after NOT");
      }
      filter = noneOf(isInteger ? integers(key) : strings(key));
    } else if (takeWord("IN")) {
      filter = isInteger ? integers(key) : strings(key);
    } else {
      filter = isInteger ? compared(key, operator(true), integer()) : compared(key);
    }
    return new Part(filter, depth(filter));
  }

  private void count(int start) throws FilterFault {
    if (++conditions > CONDITIONS_MAX) {
      throw new FilterFault(
          start + 1, "more than " + CONDITIONS_MAX + " conditions and listed integers");
    }
  }

  // ---- integers ----

  private static Filter compared(String key, String operator, int value) {
    double number = value;
    return switch (operator) {
      case "=" -> equal(key, value);
      case "!=" -> noneOf(equal(key, value));
      case "<" -> upTo(key, Math.nextDown(number));
      case "<=" -> value == UNSET ? noneOf(from(key, Math.nextUp(number))) : upTo(key, number);
      case ">" -> value == UNSET ? from(key, Math.nextUp(number)) : noneOf(upTo(key, number));
      case ">=" -> noneOf(upTo(key, Math.nextDown(number)));
      default -> throw new IllegalStateException("no operator: " + operator);
    };
  }

  private static Filter equal(String key, int value) {
    return value == UNSET
        ? noneOf(upTo(key, Math.nextDown((double) value)))
        : range(NumberRange.newBuilder().setKey(key).setFrom(value).setTo(value));
  }

  private static Filter upTo(String key, double to) {
    return range(NumberRange.newBuilder().setKey(key).setTo(to));
  }

  private static Filter from(String key, double from) {
    return range(NumberRange.newBuilder().setKey(key).setFrom(from));
  }

  private static Filter range(NumberRange.Builder range) {
    return Filter.newBuilder().setNumberRange(range).build();
  }

  private Filter integers(String key) throws FilterFault {
    List<Filter> any = new ArrayList<>();
    open();
    do {
      skipBlanks();
      count(at);
      any.add(equal(key, integer()));
    } while (takeSign(','));
    close();
    return any.size() == 1 ? any.getFirst() : anyOf(any);
  }

  private int integer() throws FilterFault {
    skipBlanks();
    int start = at;
    if (at < text.length() && text.charAt(at) == '-') {
      at++;
    }
    int digits = at;
    while (at < text.length() && isDigit(text.charAt(at))) {
      at++;
    }
    if (at == digits) {
      at = start;
      throw unexpected("an integer");
    }
    try {
      return Integer.parseInt(text.substring(start, at));
    } catch (NumberFormatException e) {
      throw new FilterFault(
          start + 1, "an integer is at least " + Integer.MIN_VALUE + " and at most " + UNSET);
    }
  }

  // ---- strings ----

  private Filter compared(String key) throws FilterFault {
    boolean equal = operator(false).equals("=");
    Filter same = in(key, List.of(string()));
    return equal ? same : noneOf(same);
  }

  private Filter strings(String key) throws FilterFault {
    List<String> values = new ArrayList<>();
    open();
    do {
      values.add(string());
    } while (takeSign(','));
    close();
    return in(key, values);
  }

  private static Filter in(String key, List<String> values) {
    List<String> set = values.stream().filter(value -> !value.isEmpty()).toList();
    List<Filter> any = new ArrayList<>();
    if (!set.isEmpty()) {
      any.add(
          Filter.newBuilder().setTagIn(TagIn.newBuilder().setKey(key).addAllValues(set)).build());
    }
    if (set.size() < values.size()) {
      any.add(
          noneOf(Filter.newBuilder().setTagPresent(TagPresent.newBuilder().setKey(key)).build()));
    }
    return any.size() == 1 ? any.getFirst() : anyOf(any);
  }

  private String string() throws FilterFault {
    skipBlanks();
    if (at == text.length() || text.charAt(at) != '"') {
      throw unexpected("a string in double quotes");
    }
    int end = text.indexOf('"', at + 1);
    if (end < 0) {
      throw new FilterFault(at + 1, "this string has no closing double quote");
    }
    String value = text.substring(at + 1, end);
    at = end + 1;
    return value;
  }

  // ---- what clauses are made of ----

  private String operator(boolean ordered) throws FilterFault {
    skipBlanks();
    List<String> known = ordered ? List.of(">=", "<=", "!=", ">", "<", "=") : List.of("!=", "=");
    for (String each : known) {
      if (text.startsWith(each, at)) {
        at += each.length();
        return each;
      }
    }
    throw unexpected(
        ordered ? "one of > >= < <= = != in, not in" : "one of = != in, not in, for strings");
  }

  private void open() throws FilterFault {
    if (!takeSign('(')) {
      throw unexpected("an opening parenthesis before the list");
    }
  }

  private void close() throws FilterFault {
    if (!takeSign(')')) {
      throw unexpected("a comma or a closing parenthesis in the list");
    }
  }

  private boolean takeSign(char sign) {
    skipBlanks();
    if (at == text.length() || text.charAt(at) != sign) {
      return false;
    }
    at++;
    return true;
  }

  private boolean takeWord(String wanted) {
    skipBlanks();
    int start = at;
    if (word().equalsIgnoreCase(wanted)) {
      return true;
    }
    at = start;
    return false;
  }

  private String word() {
    int start = at;
    while (at < text.length() && isWord(text.charAt(at))) {
      at++;
    }
    return text.substring(start, at);
  }

  private static boolean isWord(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || isDigit(c);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private void skipBlanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
  }

  private FilterFault unexpected(String expected) {
    skipBlanks();
    String found =
        at == text.length()
            ? "the end"
            : "\"" + text.substring(at, Math.min(text.length(), at + 16)) + "\"";
    return new FilterFault(at + 1, "expected " + expected + ", found " + found);
  }

  private static Filter anyOf(List<Filter> parts) {
    return Filter.newBuilder().setAnyOf(FilterList.newBuilder().addAllFilters(parts)).build();
  }

  private static Filter allOf(List<Filter> parts) {
    return Filter.newBuilder().setAllOf(FilterList.newBuilder().addAllFilters(parts)).build();
  }

  private static Filter noneOf(Filter part) {
    return part.hasNoneOf() ? part.getNoneOf() : Filter.newBuilder().setNoneOf(part).build();
  }

  private static int depth(Filter filter) {
    return switch (filter.getKindCase()) {
      case ALL_OF -> 1 + depth(filter.getAllOf().getFiltersList());
      case ANY_OF -> 1 + depth(filter.getAnyOf().getFiltersList());
      case NONE_OF -> 1 + depth(filter.getNoneOf());
      case TAG_IN, NUMBER_RANGE, ID_PREFIX, TAG_PRESENT, KIND_NOT_SET -> 1;
    };
  }

  private static int depth(List<Filter> parts) {
    return parts.stream().mapToInt(FilterClause::depth).max().orElse(0);
  }
}
