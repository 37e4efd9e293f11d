package io.likeness.coordinator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.Filter;
import io.likeness.wire.FilterList;
import io.likeness.wire.FloatVector;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.TagIn;
import io.likeness.wire.WordQuery;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestRulesTest {

  private static final InstanceRecord PETS = InstanceRecord.newBuilder().setDimensions(3).build();

  @Test
  void takesPagesUpToTheBoundsAndNoFurther() {
    assertThat(fault(0, 0)).isEmpty();
    assertThat(fault(9_000, 1_000)).isEmpty();
    assertThat(fault(9_001, 1_000)).contains("offset and limit reach to 10001, at most 10000");
    assertThat(fault(0, 1_001)).contains("limit 1001");
    assertThat(fault(-1, 10)).contains("offset is -1");
    assertThat(fault(0, -1)).contains("limit -1");
    assertThat(fault(Integer.MAX_VALUE, 1_000)).contains("at most 10000");
  }

  @Test
  void takesScoresFromZeroToOne() {
    assertThat(fault(SearchRequest.newBuilder().setMinScore(1))).isEmpty();
    assertThat(fault(SearchRequest.newBuilder().setMinScore(1.01))).contains("min_score is 1.01");
    assertThat(fault(SearchRequest.newBuilder().setMinScore(Double.NaN))).contains("NaN");
  }

  @Test
  void takesVectorsTheModelCanHaveMade() {
    assertThat(fault(vector(1f, 2f, 3f))).isEmpty();
    assertThat(fault(vector(1f, 2f))).contains("2 values");
    assertThat(fault(vector(0f, 0f, 0f))).contains("length 0");
    assertThat(fault(vector(1f, Float.NaN, 0f))).contains("no number");
    assertThat(fault(vector(1f, Float.POSITIVE_INFINITY, 0f))).contains("no number");
  }

  @Test
  void takesNoFilterThatIsDeeperOrLargerThanItsBounds() {
    assertThat(fault(nested(RequestRules.FILTER_DEPTH_MAX))).isEmpty();
    assertThat(fault(nested(RequestRules.FILTER_DEPTH_MAX + 1))).contains("deeper than");
    assertThat(fault(nested(2_000))).contains("deeper than");
    TagIn many =
        TagIn.newBuilder()
            .addAllValues(Collections.nCopies(RequestRules.FILTER_PARTS_MAX, "x"))
            .build();
    assertThat(fault(Filter.newBuilder().setTagIn(many).build())).contains("parts, at most");
    Filter list =
        Filter.newBuilder()
            .setAnyOf(
                FilterList.newBuilder()
                    .addAllFilters(Collections.nCopies(5_000, Filter.getDefaultInstance())))
            .build();
    assertThat(fault(list)).contains("parts, at most");
  }

  @Test
  void takesNoEmptyQuery() {
    assertThat(fault(SearchRequest.newBuilder().setContent(com.google.protobuf.ByteString.EMPTY)))
        .contains("no bytes");
    assertThat(fault(SearchRequest.newBuilder().setImageId(""))).contains("image id is empty");
    assertThat(fault(SearchRequest.newBuilder().setUrl(" "))).contains("url is empty");
  }

  @Test
  void takesOneToTenKeywordsAndNoCursorOrGroupBesideThem() {
    assertThat(fault(words("phone"))).isEmpty();
    assertThat(fault(words(Collections.nCopies(10, "k").toArray(String[]::new)))).isEmpty();
    assertThat(fault(words("k".repeat(64)))).isEmpty();
    assertThat(fault(words())).contains("0 keywords");
    assertThat(fault(words(Collections.nCopies(11, "k").toArray(String[]::new))))
        .contains("11 keywords, not 1 to 10");
    assertThat(fault(words(""))).contains("0 characters");
    assertThat(fault(words("k".repeat(65)))).contains("65 characters, not 1 to 64");
    assertThat(fault(words("phone").setOpenCursor(true).setLimit(1))).contains("no cursor");
    assertThat(fault(words("phone").setGroupBy("kind"))).contains("with words");
  }

  private static SearchRequest.Builder words(String... words) {
    return SearchRequest.newBuilder().setWords(WordQuery.newBuilder().addAllAnyOf(List.of(words)));
  }

  @Test
  void groupsNothingByAFilterAlone() {
    assertThat(fault(SearchRequest.newBuilder().setGroupBy("kind")))
        .contains("group_by", "needs a picture, an id or a vector");
    assertThat(fault(vector(1f, 0f, 0f).setGroupBy("kind"))).isEmpty();
  }

  private static Filter nested(int depth) {
    Filter filter = Filter.getDefaultInstance();
    for (int i = 1; i < depth; i++) {
      filter = Filter.newBuilder().setNoneOf(filter).build();
    }
    return filter;
  }

  private static SearchRequest.Builder vector(Float... values) {
    return SearchRequest.newBuilder()
        .setVector(FloatVector.newBuilder().addAllValues(List.of(values)));
  }

  private static String fault(int offset, int limit) {
    return fault(SearchRequest.newBuilder().setOffset(offset).setLimit(limit));
  }

  private static String fault(Filter filter) {
    return RequestRules.fault(filter).orElse("");
  }

  private static String fault(SearchRequest.Builder request) {
    return RequestRules.fault(request.build(), PETS).orElse("");
  }
}
