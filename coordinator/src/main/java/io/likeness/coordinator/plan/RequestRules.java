package io.likeness.coordinator.plan;

import io.likeness.proto.image.ImageIds;
import io.likeness.wire.Filter;
import io.likeness.wire.FloatVector;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.WordQuery;
import java.util.List;
import java.util.Optional;

/** What may be asked. Each method says why something may not; empty where it may. */
public final class RequestRules {

  public static final int LIMIT_MAX = 1_000;
  public static final int REACH_MAX = 10_000;

  /** Hits a cursor gives of a search by vector. */
  public static final int CURSOR_DEPTH_MAX = 100_000;

  public static final int GROUP_SIZE_MAX = 10;

  public static final int KEYWORDS_MAX = 10;
  public static final int KEYWORD_CHARS_MAX = 64;

  /** Parts of a filter: each kind and each value it names counts. */
  static final int FILTER_PARTS_MAX = 4_096;

  static final int FILTER_DEPTH_MAX = 16;

  private RequestRules() {}

  public static Optional<String> fault(SearchRequest request, InstanceRecord instance) {
    int offset = request.getOffset();
    int limit = request.getLimit();
    if (offset < 0 || limit < 0 || limit > LIMIT_MAX) {
      return Optional.of(
          "offset is " + offset + " and limit " + limit + ", not at least 0 and 0 to " + LIMIT_MAX);
    }
    if ((long) offset + limit > REACH_MAX) {
      return Optional.of(
          "offset and limit reach to "
              + ((long) offset + limit)
              + ", at most "
              + REACH_MAX
              + "; a cursor reaches further");
    }
    if (request.getOpenCursor() && (offset != 0 || limit == 0)) {
      return Optional.of(
          "offset is " + offset + " and limit " + limit + ", a cursor begins at 0 with at least 1");
    }
    if (request.getOpenCursor() && request.hasWords()) {
      return Optional.of(
          "a search by words has no cursor; it goes on behind the score and id of its last hit");
    }
    Optional<String> groups = groupFault(request);
    if (groups.isPresent()) {
      return groups;
    }
    if (request.hasMinScore() && !(request.getMinScore() >= 0 && request.getMinScore() <= 1)) {
      return Optional.of("min_score is " + request.getMinScore() + ", not 0 to 1");
    }
    if (request.getMaxLagMillis() < 0) {
      return Optional.of("max_lag_millis is " + request.getMaxLagMillis() + ", not at least 0");
    }
    Optional<String> query =
        switch (request.getQueryCase()) {
          case CONTENT ->
              request.getContent().isEmpty()
                  ? Optional.of("the picture has no bytes")
                  : Optional.empty();
          case URL ->
              request.getUrl().isBlank()
                  ? Optional.of("the picture's url is empty")
                  : Optional.empty();
          case IMAGE_ID -> ImageIds.fault(request.getImageId());
          case VECTOR -> fault(request.getVector(), instance.getDimensions());
          case WORDS -> fault(request.getWords());
          case QUERY_NOT_SET -> Optional.empty();
        };
    return query.or(() -> fault(request.getFilter()));
  }

  private static Optional<String> groupFault(SearchRequest request) {
    int size = request.getGroupSize();
    if (request.getGroupBy().isEmpty()) {
      return size == 0
          ? Optional.empty()
          : Optional.of("group_size is " + size + ", but there is nothing to group by");
    }
    if (size < 0 || size > GROUP_SIZE_MAX) {
      return Optional.of("group_size is " + size + ", not 1 to " + GROUP_SIZE_MAX);
    }
    return switch (request.getQueryCase()) {
      case CONTENT, URL, IMAGE_ID, VECTOR -> Optional.empty();
      case WORDS, QUERY_NOT_SET ->
          Optional.of(
              "group_by tells the most alike of each group, and so needs a picture, an id or a vector; with a filter"
                  + " alone or with words leave it out");
    };
  }

  private static Optional<String> fault(WordQuery words) {
    if (words.getAnyOfCount() < 1 || words.getAnyOfCount() > KEYWORDS_MAX) {
      return Optional.of(
          "there are " + words.getAnyOfCount() + " keywords, not 1 to " + KEYWORDS_MAX);
    }
    for (String keyword : words.getAnyOfList()) {
      if (keyword.isEmpty() || keyword.length() > KEYWORD_CHARS_MAX) {
        return Optional.of(
            "a keyword has " + keyword.length() + " characters, not 1 to " + KEYWORD_CHARS_MAX);
      }
    }
    return words.hasAfter() ? ImageIds.fault(words.getAfter().getImageId()) : Optional.empty();
  }

  private static Optional<String> fault(FloatVector vector, int dimensions) {
    if (vector.getValuesCount() != dimensions) {
      return Optional.of(
          "the vector has "
              + vector.getValuesCount()
              + " values, the instance's model makes "
              + dimensions);
    }
    double squares = 0;
    for (float value : vector.getValuesList()) {
      squares += (double) value * value;
    }
    if (!Double.isFinite(squares)) {
      return Optional.of("the vector holds what is no number");
    }
    return squares > 1e-24
        ? Optional.empty()
        : Optional.of("the vector has length 0 and so no direction");
  }

  /** A filter is walked by recursion on every shard, so its depth is bounded here. */
  public static Optional<String> fault(Filter filter) {
    if (depth(filter, 1) > FILTER_DEPTH_MAX) {
      return Optional.of("the filter is nested deeper than " + FILTER_DEPTH_MAX);
    }
    long parts = parts(filter);
    return parts > FILTER_PARTS_MAX
        ? Optional.of("the filter has " + parts + " parts, at most " + FILTER_PARTS_MAX)
        : Optional.empty();
  }

  private static int depth(Filter filter, int above) {
    if (above > FILTER_DEPTH_MAX) {
      return above;
    }
    return inner(filter).stream().mapToInt(each -> depth(each, above + 1)).max().orElse(above);
  }

  private static long parts(Filter filter) {
    return 1
        + filter.getTagIn().getValuesCount()
        + inner(filter).stream().mapToLong(RequestRules::parts).sum();
  }

  private static List<Filter> inner(Filter filter) {
    return switch (filter.getKindCase()) {
      case ALL_OF -> filter.getAllOf().getFiltersList();
      case ANY_OF -> filter.getAnyOf().getFiltersList();
      case NONE_OF -> List.of(filter.getNoneOf());
      case TAG_IN, TAG_PRESENT, NUMBER_RANGE, ID_PREFIX, KIND_NOT_SET -> List.of();
    };
  }
}
