package io.likeness.shard.index;

import io.likeness.wire.Filter;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.ConstantScoreQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermInSetQuery;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;

/**
 * What filters may be, and their leaves as Lucene queries; how leaves make a whole is {@link
 * Condition}'s. Only images that exist carry the fields asked for, so a filter never has to exclude
 * tombstones; its complement does, by starting from {@link #EXISTING}. {@code all_of} nothing
 * matches everything, {@code any_of} nothing matches nothing.
 */
public final class Filters {

  static final String EXISTS = "exists";
  static final Query EXISTING = new ConstantScoreQuery(new TermQuery(new Term(EXISTS, "1")));

  /** Parts a filter has at most: each costs a look at every Lucene segment. */
  public static final int PARTS_MAX = 500;

  /** Filters within filters at most. */
  public static final int DEPTH_MAX = 20;

  /** Values of one {@code tag_in} at most. */
  public static final int VALUES_MAX = 10_000;

  private Filters() {}

  static String tagField(String key) {
    return "tag:" + key;
  }

  /** The tag's values as a column; the field of its terms cannot also be one. */
  static String groupField(String key) {
    return "value:" + key;
  }

  static String numberField(String key) {
    return "number:" + key;
  }

  /** Minus zero and zero are one number to callers, but two to Lucene. */
  static double plain(double number) {
    return number + 0.0;
  }

  /** Why this filter is not taken; empty where it is. */
  public static Optional<String> fault(Filter filter) {
    int parts = parts(filter, 1);
    if (parts < 0) {
      return Optional.of("filter is nested deeper than " + DEPTH_MAX);
    }
    return parts > PARTS_MAX
        ? Optional.of("filter has " + parts + " parts, at most " + PARTS_MAX)
        : largestTagIn(filter) > VALUES_MAX
            ? Optional.of("tag_in has " + largestTagIn(filter) + " values, at most " + VALUES_MAX)
            : Optional.empty();
  }

  /** -1 where it is nested too deep. */
  private static int parts(Filter filter, int depth) {
    if (depth > DEPTH_MAX) {
      return -1;
    }
    int sum = 1;
    for (Filter inner : inner(filter)) {
      int parts = parts(inner, depth + 1);
      if (parts < 0) {
        return -1;
      }
      sum += parts;
    }
    return sum;
  }

  private static int largestTagIn(Filter filter) {
    int largest = filter.hasTagIn() ? filter.getTagIn().getValuesCount() : 0;
    for (Filter inner : inner(filter)) {
      largest = Math.max(largest, largestTagIn(inner));
    }
    return largest;
  }

  private static List<Filter> inner(Filter filter) {
    return switch (filter.getKindCase()) {
      case ALL_OF -> filter.getAllOf().getFiltersList();
      case ANY_OF -> filter.getAnyOf().getFiltersList();
      case NONE_OF -> List.of(filter.getNoneOf());
      case TAG_IN, TAG_PRESENT, NUMBER_RANGE, ID_PREFIX, KIND_NOT_SET -> List.of();
    };
  }

  static Query tagIn(String key, List<String> values) {
    String field = tagField(key);
    return values.size() == 1
        ? new TermQuery(new Term(field, values.getFirst()))
        : new TermInSetQuery(field, values.stream().map(BytesRef::new).toList());
  }

  static Query tagPresent(String key) {
    return new ConstantScoreQuery(new PrefixQuery(new Term(tagField(key), "")));
  }

  static Query numberRange(String key, double from, double to) {
    return DoublePoint.newRangeQuery(numberField(key), from, to);
  }

  /** Ids are the one field that tombstones have, too. */
  static Query idPrefix(String prefix) {
    return new BooleanQuery.Builder()
        .add(EXISTING, Occur.FILTER)
        .add(new PrefixQuery(new Term(ImageDocs.ID, prefix)), Occur.FILTER)
        .build();
  }
}
