package io.likeness.shard.index;

import io.likeness.wire.Filter;
import io.likeness.wire.NumberRange;
import io.likeness.wire.TagIn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.search.Query;

/**
 * A filter in one canonical form, over the images that exist: the same wish written in another
 * order, with repetitions or with needless nesting is the same condition with the same key. So what
 * was found out for one filter serves every other that has a part in common with it.
 */
sealed interface Condition {

  FilterKey key();

  /** Every image that exists. */
  record All() implements Condition {
    private static final FilterKey KEY = new FilterKey.Writer('*').key();

    @Override
    public FilterKey key() {
      return KEY;
    }
  }

  record Nothing() implements Condition {
    private static final FilterKey KEY = new FilterKey.Writer('0').key();

    @Override
    public FilterKey key() {
      return KEY;
    }
  }

  /** What Lucene answers by itself; only images that exist fulfil it. */
  record Leaf(Query query, FilterKey key) implements Condition {}

  /** At least two parts, none of them {@link AllOf}, in order of their keys. */
  record AllOf(List<Condition> parts, FilterKey key) implements Condition {}

  /** At least two parts, none of them {@link AnyOf}, in order of their keys. */
  record AnyOf(List<Condition> parts, FilterKey key) implements Condition {}

  record NoneOf(Condition part, FilterKey key) implements Condition {}

  Condition ALL = new All();
  Condition NOTHING = new Nothing();

  static Condition of(Filter filter) {
    return switch (filter.getKindCase()) {
      case KIND_NOT_SET -> ALL;
      case TAG_IN -> tagIn(filter.getTagIn());
      case TAG_PRESENT -> tagPresent(filter.getTagPresent().getKey());
      case NUMBER_RANGE -> numberRange(filter.getNumberRange());
      case ID_PREFIX -> idPrefix(filter.getIdPrefix().getPrefix());
      case ALL_OF -> allOf(each(filter.getAllOf().getFiltersList()));
      case ANY_OF -> anyOf(each(filter.getAnyOf().getFiltersList()));
      case NONE_OF -> noneOf(of(filter.getNoneOf()));
    };
  }

  private static List<Condition> each(List<Filter> filters) {
    return filters.stream().map(Condition::of).toList();
  }

  private static Condition tagIn(TagIn tag) {
    return tagIn(tag.getKey(), tag.getValuesList());
  }

  static Condition tagIn(String tag, List<String> anyOf) {
    List<String> values = anyOf.stream().distinct().sorted().toList();
    if (values.isEmpty()) {
      return NOTHING;
    }
    FilterKey.Writer key = new FilterKey.Writer('t').text(tag);
    values.forEach(key::text);
    return new Leaf(Filters.tagIn(tag, values), key.key());
  }

  private static Condition tagPresent(String tag) {
    return new Leaf(Filters.tagPresent(tag), new FilterKey.Writer('p').text(tag).key());
  }

  /** In the order of a {@link WordSearch}, which has none twice. */
  static Condition words(List<String> anyOf) {
    FilterKey.Writer key = new FilterKey.Writer('w');
    anyOf.forEach(key::text);
    return new Leaf(Words.anyOf(anyOf), key.key());
  }

  private static Condition numberRange(NumberRange range) {
    double from = range.hasFrom() ? Filters.plain(range.getFrom()) : Double.NEGATIVE_INFINITY;
    double to = range.hasTo() ? Filters.plain(range.getTo()) : Double.POSITIVE_INFINITY;
    // No number is comparable to NaN.
    if (Double.isNaN(from) || Double.isNaN(to) || from > to) {
      return NOTHING;
    }
    return new Leaf(
        Filters.numberRange(range.getKey(), from, to),
        new FilterKey.Writer('n').text(range.getKey()).number(from).number(to).key());
  }

  private static Condition idPrefix(String prefix) {
    return prefix.isEmpty()
        ? ALL
        : new Leaf(Filters.idPrefix(prefix), new FilterKey.Writer('i').text(prefix).key());
  }

  static Condition allOf(List<Condition> conditions) {
    Map<FilterKey, Condition> parts = new TreeMap<>(Comparator.naturalOrder());
    for (Condition condition : conditions) {
      switch (condition) {
        case All all -> {}
        case Nothing nothing -> {
          return NOTHING;
        }
        case AllOf inner -> inner.parts().forEach(part -> parts.put(part.key(), part));
        case Leaf other -> parts.put(other.key(), other);
        case AnyOf other -> parts.put(other.key(), other);
        case NoneOf other -> parts.put(other.key(), other);
      }
    }
    List<Condition> all = new ArrayList<>(parts.values());
    return switch (all.size()) {
      case 0 -> ALL;
      case 1 -> all.getFirst();
      default -> new AllOf(List.copyOf(all), keyOf('&', all));
    };
  }

  static Condition anyOf(List<Condition> conditions) {
    Map<FilterKey, Condition> parts = new TreeMap<>(Comparator.naturalOrder());
    for (Condition condition : conditions) {
      switch (condition) {
        case All all -> {
          return ALL;
        }
        case Nothing nothing -> {}
        case AnyOf inner -> inner.parts().forEach(part -> parts.put(part.key(), part));
        case Leaf other -> parts.put(other.key(), other);
        case AllOf other -> parts.put(other.key(), other);
        case NoneOf other -> parts.put(other.key(), other);
      }
    }
    List<Condition> any = new ArrayList<>(parts.values());
    return switch (any.size()) {
      case 0 -> NOTHING;
      case 1 -> any.getFirst();
      default -> new AnyOf(List.copyOf(any), keyOf('|', any));
    };
  }

  static Condition noneOf(Condition condition) {
    return switch (condition) {
      case All all -> NOTHING;
      case Nothing nothing -> ALL;
      case NoneOf none -> none.part();
      case Leaf other -> new NoneOf(other, keyOf('!', List.of(other)));
      case AllOf other -> new NoneOf(other, keyOf('!', List.of(other)));
      case AnyOf other -> new NoneOf(other, keyOf('!', List.of(other)));
    };
  }

  private static FilterKey keyOf(char kind, List<Condition> parts) {
    return new FilterKey.Writer(kind).keys(parts.stream().map(Condition::key).toList()).key();
  }
}
