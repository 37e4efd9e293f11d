package io.likeness.gateway.huawei;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.likeness.gateway.InMemoryLibrary;
import io.likeness.gateway.Library;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.Requests;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Version;
import io.likeness.wire.Box;
import io.likeness.wire.Coverage;
import io.likeness.wire.FoundSubject;
import io.likeness.wire.Page;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.RowFormat;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.StageTimings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Section 3 of the contract, and what docs/compatibility.md chose where it leaves something open.
 */
class HuaweiV2ApiTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String P = "0123456789abcdef0123456789abcdef";
  private static final Principal CALLER = new Principal(P, "acme", false, Principal.How.SIGNATURE);
  private static final InstanceKey KEY = new InstanceKey(P, "demo");
  private static final String LIB = "/v2/" + P + "/mms/demo";
  private static final String RED = base64("red shoe");
  private static final String IMAGE = "\"image_base64\":\"" + RED + "\"";

  private final InMemoryLibrary library = new InMemoryLibrary();
  private final HuaweiV2Api api =
      new HuaweiV2Api(
          library, new HuaweiV2Api.Settings(Duration.ofSeconds(2), Duration.ofSeconds(5)));

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private ApiResponse ask(String call, String body) {
    ApiResponse answer =
        api.handle(Requests.of("POST", LIB + "/" + call).body(body).build(), CALLER);
    // No client understands an answer without it.
    assertThat(answer.headers()).containsEntry("Content-Type", "application/json");
    return answer;
  }

  private static JsonNode json(ApiResponse answer) {
    try {
      return JSON.readTree(answer.body().toByteArray());
    } catch (IOException e) {
      throw new AssertionError(answer.body().toStringUtf8(), e);
    }
  }

  /** The {@code data} of a success. */
  private JsonNode good(String call, String body) {
    ApiResponse answer = ask(call, body);
    assertThat(answer.status()).as(answer.body().toStringUtf8()).isEqualTo(200);
    assertThat(json(answer).path("result").asText()).isEqualTo("success");
    return json(answer).path("data");
  }

  private JsonNode assertFails(String call, String body, int status, String code) {
    ApiResponse answer = ask(call, body);
    JsonNode error = json(answer);
    assertThat(error.path("error_code").asText()).as(error.toString()).isEqualTo(code);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(error.path("error_msg").isTextual()).isTrue();
    assertThat(error.size()).isEqualTo(2);
    return error.path("error_msg");
  }

  private void assertWrong(String call, String body, String parameter) {
    assertThat(assertFails(call, body, 400, "MMS.0003").asText())
        .startsWith("Invalid parameter: " + parameter + ". ");
  }

  private void add(String id, String picture, String more) {
    good(
        "data/add",
        "{\"item_id\":\"" + id + "\",\"image_base64\":\"" + base64(picture) + "\"" + more + "}");
  }

  private static List<String> ids(JsonNode items) {
    List<String> ids = new ArrayList<>();
    items.forEach(item -> ids.add(item.path("id").asText()));
    return ids;
  }

  @BeforeEach
  void createTheInstance() {
    Library.InstanceOutcome made =
        library.createInstance(
            new Library.NewInstance(
                KEY,
                "",
                "default",
                "default",
                0,
                List.of("brand", "shop"),
                List.of("year", "price"),
                RowFormat.ROW_FORMAT_FLOAT32,
                "eyes"));
    assertThat(made).isInstanceOf(Library.Created.class);
  }

  // ---- add ----

  @Test
  void addsAPictureWithAllThatGoesWithIt() {
    JsonNode data =
        good(
            "data/add",
            "{\"force\":true,\"item_id\":\"electronics_01\",\"desc\":\"demo \\u5546\\u54C1\","
                + "\"custom_tags\":{\"brand\":\"ACME\"},\"custom_num_tags\":{\"year\":2026.0,\"price\":7},"
                + IMAGE
                + ",\"keywords\":[\"phone\",\"\\u624B\\u673A\"],\"optional_params\":{\"do_det\":true,\"do_cls\":true}}");

    assertThat(data).hasToString("{\"image_info\":{\"objects\":[]}}");
    InMemoryLibrary.Stored stored = library.stored(KEY, "electronics_01");
    assertThat(stored.add().getContent().toStringUtf8()).isEqualTo("red shoe");
    assertThat(stored.add().getFindSubject()).isTrue();
    assertThat(stored.add().getRule()).isEqualTo(HuaweiV2Api.RULE);
    assertThat(stored.attributes().getTags().getValuesMap()).containsOnlyKeys("brand");
    assertThat(stored.attributes().getNumbers().getValuesMap())
        .containsEntry("year", 2026.0)
        .containsEntry("price", 7.0)
        .hasSize(2);
    assertThat(stored.attributes().getText().getDescription()).isEqualTo("demo 商品");
    assertThat(stored.attributes().getText().getKeywordsList()).containsExactly("phone", "手机");
    assertThat(library.waits).containsEntry("add", Duration.ofSeconds(2));
  }

  @Test
  void tellsTheObjectThatWasFoundWhenAdding() {
    library.nextSubject(Box.newBuilder().setX(5).setY(6).setWidth(20).setHeight(30).build());

    JsonNode data = good("data/add", "{\"item_id\":\"a\"," + IMAGE + "}");

    assertThat(data).hasToString("{\"image_info\":{\"objects\":[{\"box\":\"5,6,25,36\"}]}}");
  }

  @Test
  void looksForNothingWhereTheBoxIsGiven() {
    JsonNode data =
        good(
            "data/add",
            "{\"item_id\":\"a\","
                + IMAGE
                + ",\"optional_params\":{\"box\":\"10,20,110,70\",\"category\":7}}");

    assertThat(library.stored(KEY, "a").add().getFindSubject()).isFalse();
    assertThat(library.stored(KEY, "a").add().getCrop())
        .isEqualTo(Box.newBuilder().setX(10).setY(20).setWidth(100).setHeight(50).build());
    assertThat(data)
        .hasToString("{\"image_info\":{\"objects\":[{\"box\":\"10,20,110,70\",\"category\":7}]}}");
  }

  @Test
  void takesTheWholePictureWhereNothingIsToBeFound() {
    good("data/add", "{\"item_id\":\"a\"," + IMAGE + ",\"optional_params\":{\"do_det\":false}}");

    assertThat(library.stored(KEY, "a").add().getFindSubject()).isFalse();
    assertThat(library.stored(KEY, "a").add().hasCrop()).isFalse();
  }

  @Test
  void fetchesFromAnAddress() {
    good("data/add", "{\"item_id\":\"a\",\"image_url\":\"https://host/a.jpg\"}");

    assertThat(library.stored(KEY, "a").add().getUrl()).isEqualTo("https://host/a.jpg");
    assertThat(library.stored(KEY, "a").add().hasContent()).isFalse();
  }

  @Test
  void leavesAnExistingItemAloneUnlessForced() {
    add("a", "red shoe", ",\"desc\":\"first\"");
    add("a", "blue shoe", ",\"desc\":\"second\"");
    assertThat(library.stored(KEY, "a").attributes().getText().getDescription()).isEqualTo("first");

    add("a", "blue shoe", ",\"desc\":\"third\",\"force\":true");

    assertThat(library.stored(KEY, "a").add().getContent().toStringUtf8()).isEqualTo("blue shoe");
    assertThat(library.stored(KEY, "a").attributes().getText().getDescription()).isEqualTo("third");
  }

  static Stream<Arguments> badAdds() {
    String id = "\"item_id\":\"a\",";
    return Stream.of(
        Arguments.of("{" + IMAGE + "}", "item_id"),
        Arguments.of("{\"item_id\":null," + IMAGE + "}", "item_id"),
        Arguments.of("{\"item_id\":\"\"," + IMAGE + "}", "item_id"),
        Arguments.of("{\"item_id\":1," + IMAGE + "}", "item_id"),
        Arguments.of("{\"item_id\":\"" + "i".repeat(257) + "\"," + IMAGE + "}", "item_id"),
        Arguments.of("{\"item_id\":\"" + "\u732b".repeat(200) + "\"," + IMAGE + "}", "item_id"),
        Arguments.of("{\"item_id\":\"a\\nb\"," + IMAGE + "}", "item_id"),
        Arguments.of("{\"item_id\":\"a\"}", "image_base64"),
        Arguments.of("{" + id + IMAGE + ",\"image_url\":\"https://host/a\"}", "image_base64"),
        Arguments.of("{" + id + "\"image_base64\":\"!!\"}", "image_base64"),
        Arguments.of("{" + id + "\"image_base64\":\"\"}", "image_base64"),
        Arguments.of("{" + id + "\"image_base64\":7}", "image_base64"),
        Arguments.of("{" + id + "\"image_url\":\"ftp://host/a\"}", "image_url"),
        Arguments.of("{" + id + "\"image_url\":\"\"}", "image_url"),
        Arguments.of(
            "{" + id + "\"image_url\":\"https://host/" + "a".repeat(4090) + "\"}", "image_url"),
        Arguments.of("{" + id + IMAGE + ",\"force\":\"true\"}", "force"),
        Arguments.of("{" + id + IMAGE + ",\"desc\":\"\"}", "desc"),
        Arguments.of("{" + id + IMAGE + ",\"desc\":\"" + "d".repeat(2049) + "\"}", "desc"),
        Arguments.of("{" + id + IMAGE + ",\"custom_tags\":[]}", "custom_tags"),
        Arguments.of("{" + id + IMAGE + ",\"custom_tags\":{\"size\":\"x\"}}", "custom_tags"),
        Arguments.of("{" + id + IMAGE + ",\"custom_tags\":{\"year\":\"x\"}}", "custom_tags"),
        Arguments.of("{" + id + IMAGE + ",\"custom_tags\":{\"brand\":\"\"}}", "custom_tags.brand"),
        Arguments.of("{" + id + IMAGE + ",\"custom_tags\":{\"brand\":1}}", "custom_tags.brand"),
        Arguments.of(
            "{" + id + IMAGE + ",\"custom_tags\":{\"brand\":[\"x\"]}}", "custom_tags.brand"),
        Arguments.of(
            "{" + id + IMAGE + ",\"custom_tags\":{\"brand\":\"" + "x".repeat(65) + "\"}}",
            "custom_tags.brand"),
        Arguments.of("{" + id + IMAGE + ",\"custom_num_tags\":{\"brand\":1}}", "custom_num_tags"),
        Arguments.of(
            "{" + id + IMAGE + ",\"custom_num_tags\":{\"year\":\"1\"}}", "custom_num_tags.year"),
        Arguments.of(
            "{" + id + IMAGE + ",\"custom_num_tags\":{\"year\":1e999}}", "custom_num_tags.year"),
        Arguments.of("{" + id + IMAGE + ",\"keywords\":[]}", "keywords"),
        Arguments.of("{" + id + IMAGE + ",\"keywords\":\"phone\"}", "keywords"),
        Arguments.of("{" + id + IMAGE + ",\"keywords\":[\"\"]}", "keywords"),
        Arguments.of("{" + id + IMAGE + ",\"keywords\":[\"" + "k".repeat(65) + "\"]}", "keywords"),
        Arguments.of(
            "{"
                + id
                + IMAGE
                + ",\"keywords\":["
                + String.join(",", java.util.Collections.nCopies(101, "\"k\""))
                + "]}",
            "keywords"),
        Arguments.of("{" + id + IMAGE + ",\"optional_params\":7}", "optional_params"),
        Arguments.of(
            "{" + id + IMAGE + ",\"optional_params\":{\"do_det\":1}}", "optional_params.do_det"),
        Arguments.of(
            "{" + id + IMAGE + ",\"optional_params\":{\"category\":\"1\"}}",
            "optional_params.category"),
        Arguments.of(
            "{" + id + IMAGE + ",\"optional_params\":{\"box\":\"0,0,14,100\"}}",
            "optional_params.box"),
        Arguments.of(
            "{" + id + IMAGE + ",\"optional_params\":{\"box\":\"0, 0,20,20\"}}",
            "optional_params.box"),
        Arguments.of(
            "{" + id + IMAGE + ",\"optional_params\":{\"box\":\"-1,0,20,20\"}}",
            "optional_params.box"),
        Arguments.of(
            "{" + id + IMAGE + ",\"optional_params\":{\"box\":\"30,0,10,20\"}}",
            "optional_params.box"),
        Arguments.of("", "body"),
        Arguments.of("[]", "body"),
        Arguments.of("{" + id + id + IMAGE + "}", "body"),
        Arguments.of("{" + id + IMAGE + "} x", "body"));
  }

  @ParameterizedTest
  @MethodSource("badAdds")
  void refusesBadAddsByTheNameOfTheParameter(String body, String parameter) {
    assertWrong("data/add", body, parameter);
    assertThat(library.of(KEY)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "PICTURE_TOO_SMALL, MMS.0003, image_base64",
    "BROKEN_PICTURE, MMS.0003, image_base64",
    "TURNED_PICTURE, MMS.0003, image_base64",
    "BAD_CROP, MMS.0003, optional_params.box",
    "BAD_ATTRIBUTES, MMS.0003, custom_tags",
  })
  void saysWhatIsWrongWithARejectedPicture(RejectionKind kind, String code, String parameter) {
    library.nextRejection(Rejection.newBuilder().setKind(kind).setDetail("no good").build());

    assertThat(assertFails("data/add", "{\"item_id\":\"a\"," + IMAGE + "}", 400, code).asText())
        .isEqualTo("Invalid parameter: " + parameter + ". no good");
  }

  @Test
  void answersAnAddThatIsSafeButNotSeenYet() {
    library.nextWrite(new Library.Accepted(new Version(1, 0, 7)));

    assertThat(good("data/add", "{\"item_id\":\"a\"," + IMAGE + "}"))
        .hasToString("{\"image_info\":{\"objects\":[]}}");
  }

  @Test
  void sendsCallersAwayWhereTheSystemIsFull() {
    library.nextWrite(new Library.Busy(Duration.ofSeconds(3)));

    ApiResponse answer = ask("data/add", "{\"item_id\":\"a\"," + IMAGE + "}");

    assertThat(answer.status()).isEqualTo(429);
    assertThat(answer.headers()).containsEntry("Retry-After", "3");
    assertThat(json(answer).path("error_code").asText()).isEqualTo("APIGW.0308");
  }

  // ---- search ----

  @Test
  void findsByAPictureAndTellsWhatIsKnownOfEach() {
    add(
        "a",
        "red shoe",
        ",\"desc\":\"one\",\"custom_tags\":{\"brand\":\"ACME\"},"
            + "\"custom_num_tags\":{\"year\":2026},\"keywords\":[\"phone\"]");
    add("b", "red boot", "");

    JsonNode data = good("search", "{\"search_type\":\"IMAGE\"," + IMAGE + "}");

    assertThat(ids(data.path("items"))).containsExactly("a", "b");
    assertThat(data.path("items").path(0))
        .hasToString(
            "{\"id\":\"a\",\"score\":1.0,\"source\":{\"desc\":\"one\",\"custom_tags\":{\"brand\":\"ACME\"},"
                + "\"custom_num_tags\":{\"year\":2026.0},\"keywords\":[\"phone\"]}}");
    assertThat(data.path("items").path(1).path("source"))
        .hasToString("{\"custom_tags\":{},\"custom_num_tags\":{},\"keywords\":[]}");
    assertThat(data.path("search_info").path("total_num").asInt()).isEqualTo(2);
    assertThat(data.path("search_info").path("return_num").asInt()).isEqualTo(2);
    assertThat(data.path("search_info").path("last_item").isNull()).isTrue();
    assertThat(data.path("image_info")).hasToString("{\"objects\":[]}");
    SearchRequest asked = library.searches.getLast();
    assertThat(asked.getFindSubject()).isTrue();
    assertThat(asked.getLimit()).isEqualTo(10);
    assertThat(asked.getRule()).isEqualTo(HuaweiV2Api.RULE);
    assertThat(asked.getDeadlineMillis()).isEqualTo(5_000);
  }

  @Test
  void tellsTheObjectsOfThePictureThatIsSearchedWith() {
    Page found =
        Page.newBuilder()
            .addSubjects(
                FoundSubject.newBuilder()
                    .setBox(Box.newBuilder().setX(1).setY(2).setWidth(30).setHeight(40))
                    .setScore(0.9)
                    .setLabel("person"))
            .addSubjects(
                FoundSubject.newBuilder()
                    .setBox(Box.newBuilder().setWidth(16).setHeight(17))
                    .setScore(0.4))
            .setCoverage(Coverage.newBuilder().setShardsAsked(3).setShardsAnswered(2))
            .setTimings(StageTimings.newBuilder().setTotalMicros(12_345))
            .build();
    library.nextPage(found);
    ApiResponse answer = ask("search", "{\"search_type\":\"IMAGE\"," + IMAGE + "}");
    library.nextPage(found);
    JsonNode unclassified =
        good(
            "search",
            "{\"search_type\":\"IMAGE\"," + IMAGE + ",\"optional_params\":{\"do_cls\":false}}");

    assertThat(json(answer).path("data").path("image_info"))
        .hasToString(
            "{\"box\":\"1,2,31,42\",\"category\":0,\"category_name\":\"person\",\"objects\":["
                + "{\"box\":\"1,2,31,42\",\"category\":0,\"category_name\":\"person\"},"
                + "{\"box\":\"0,0,16,17\"}]}");
    assertThat(json(answer).path("data").path("search_info").path("search_time").asInt())
        .isEqualTo(12);
    assertThat(answer.headers()).containsEntry("X-Likeness-Coverage", "2/3");
    assertThat(unclassified.path("image_info").path("objects").path(0))
        .hasToString("{\"box\":\"1,2,31,42\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"custom_tags\":{\"brand\":[\"ACME\"]}} | a c",
        "{\"custom_tags\":{\"brand\":[\"ACME\",\"OTHER\"]}} | a b c",
        "{\"custom_tags\":{\"brand\":[\"ACME\"],\"shop\":[\"north\"]}} | c",
        "{\"custom_num_tags\":{\"year\":{\"from\":2020.0,\"to\":2022.0}}} | a b",
        "{\"custom_num_tags\":{\"year\":{\"from\":2022}}} | b c",
        "{\"custom_num_tags\":{\"year\":{\"to\":2020}}} | a",
        "{\"custom_tags\":{\"brand\":[\"ACME\"]},\"custom_num_tags\":{\"year\":{\"from\":2021}}} | c",
        "{\"custom_tags\":{}} | a b c d",
        "{\"limit\":2,\"offset\":1} | b c",
      })
  void keepsToItsConditionsAndItsPage(String conditions, String expected) {
    add(
        "a",
        "red shoe",
        ",\"custom_tags\":{\"brand\":\"ACME\"},\"custom_num_tags\":{\"year\":2020}");
    add(
        "b",
        "red shoe",
        ",\"custom_tags\":{\"brand\":\"OTHER\"},\"custom_num_tags\":{\"year\":2022}");
    add(
        "c",
        "red shoe",
        ",\"custom_tags\":{\"brand\":\"ACME\",\"shop\":\"north\"},\"custom_num_tags\":{\"year\":2024}");
    add("d", "red shoe", "");

    JsonNode data = good("search", "{\"search_type\":0," + IMAGE + "," + conditions.substring(1));

    assertThat(ids(data.path("items"))).containsExactly(expected.split(" "));
  }

  @Test
  void collapsesByATagAndLeavesOutWhatDoesNotCarryIt() {
    add("a", "red shoe", ",\"custom_tags\":{\"brand\":\"ACME\"}");
    add("b", "red shoe", "");

    JsonNode data =
        good(
            "search",
            "{\"search_type\":\"IMAGE\","
                + IMAGE
                + ",\"min_score\":0.25,\"optional_params\":{\"collapse_key\":\"brand\"}}");

    assertThat(ids(data.path("items"))).containsExactly("a");
    assertThat(library.searches.getLast().getGroupBy()).isEqualTo("brand");
    assertThat(library.searches.getLast().getMinScore()).isEqualTo(0.25);
  }

  @Test
  void searchesInTheBox() {
    JsonNode data =
        good(
            "search",
            "{\"search_type\":\"IMAGE\","
                + IMAGE
                + ",\"optional_params\":{\"box\":\"0,0,50,60\",\"category\":3}}");

    assertThat(library.searches.getLast().getCrop())
        .isEqualTo(Box.newBuilder().setWidth(50).setHeight(60).build());
    assertThat(library.searches.getLast().getFindSubject()).isFalse();
    assertThat(data.path("image_info"))
        .hasToString(
            "{\"box\":\"0,0,50,60\",\"category\":3,\"objects\":[{\"box\":\"0,0,50,60\",\"category\":3}]}");
  }

  static Stream<Arguments> badSearches() {
    String image = "{\"search_type\":\"IMAGE\"," + IMAGE;
    String word = "{\"search_type\":\"KEYWORD\",\"keywords\":[\"phone\"]";
    return Stream.of(
        Arguments.of("{" + IMAGE + "}", "search_type"),
        Arguments.of("{\"search_type\":\"image\"," + IMAGE + "}", "search_type"),
        Arguments.of("{\"search_type\":4," + IMAGE + "}", "search_type"),
        Arguments.of("{\"search_type\":true," + IMAGE + "}", "search_type"),
        Arguments.of("{\"search_type\":\"IMAGE\"}", "image_base64"),
        Arguments.of("{\"search_type\":\"KEYWORD\"}", "keywords"),
        Arguments.of("{\"search_type\":\"KEYWORD\",\"keywords\":[]}", "keywords"),
        Arguments.of(
            "{\"search_type\":\"KEYWORD\",\"keywords\":["
                + String.join(",", java.util.Collections.nCopies(11, "\"k\""))
                + "]}",
            "keywords"),
        Arguments.of("{\"search_type\":\"TEXT\"}", "text"),
        Arguments.of("{\"search_type\":\"TEXT\",\"text\":\"" + "t".repeat(513) + "\"}", "text"),
        Arguments.of(image + ",\"limit\":0}", "limit"),
        Arguments.of(image + ",\"limit\":1001}", "limit"),
        Arguments.of(image + ",\"limit\":\"5\"}", "limit"),
        Arguments.of(image + ",\"offset\":-1}", "offset"),
        Arguments.of(image + ",\"limit\":1000,\"offset\":1}", "offset"),
        Arguments.of(image + ",\"min_score\":1.1}", "min_score"),
        Arguments.of(image + ",\"min_score\":-0.1}", "min_score"),
        Arguments.of(image + ",\"last_item\":{\"score\":1,\"id\":\"a\"}}", "last_item"),
        Arguments.of(word + ",\"offset\":5,\"last_item\":{\"score\":1,\"id\":\"a\"}}", "offset"),
        Arguments.of(word + ",\"last_item\":{\"score\":\"1\"}}", "last_item.score"),
        Arguments.of(
            word + ",\"optional_params\":{\"collapse_key\":\"brand\"}}",
            "optional_params.collapse_key"),
        Arguments.of(image + ",\"custom_tags\":{\"brand\":\"x\"}}", "custom_tags.brand"),
        Arguments.of(image + ",\"custom_tags\":{\"brand\":[]}}", "custom_tags.brand"),
        Arguments.of(
            image
                + ",\"custom_tags\":{\"brand\":["
                + String.join(",", java.util.Collections.nCopies(33, "\"k\""))
                + "]}}",
            "custom_tags.brand"),
        Arguments.of(image + ",\"custom_tags\":{\"size\":[\"x\"]}}", "custom_tags"),
        Arguments.of(image + ",\"custom_num_tags\":{\"size\":{\"from\":1}}}", "custom_num_tags"),
        Arguments.of(image + ",\"custom_num_tags\":{\"year\":7}}", "custom_num_tags.year"),
        Arguments.of(image + ",\"custom_num_tags\":{\"year\":{}}}", "custom_num_tags.year"),
        Arguments.of(
            image + ",\"custom_num_tags\":{\"year\":{\"from\":2,\"to\":1}}}",
            "custom_num_tags.year"),
        Arguments.of(
            image + ",\"optional_params\":{\"collapse_key\":\"year\"}}",
            "optional_params.collapse_key"),
        Arguments.of(
            image + ",\"optional_params\":{\"max_scan_num\":999}}", "optional_params.max_scan_num"),
        Arguments.of(image + ",\"optional_params\":{\"nprobe\":0}}", "optional_params.nprobe"),
        Arguments.of(
            image + ",\"optional_params\":{\"text_lang\":\"xx\"}}", "optional_params.text_lang"));
  }

  @ParameterizedTest
  @MethodSource("badSearches")
  void refusesBadSearchesByTheNameOfTheParameter(String body, String parameter) {
    assertWrong("search", body, parameter);
    assertThat(library.searches).isEmpty();
  }

  @Test
  void findsByKeywordsBestFirst() {
    add("a", "one", ",\"keywords\":[\"phone\"]");
    add("b", "two", ",\"keywords\":[\"phone\",\"red\"]");
    add("c", "three", ",\"keywords\":[\"shoe\"]");

    JsonNode data =
        good("search", "{\"search_type\":\"KEYWORD\",\"keywords\":[\"phone\",\"red\"]}");

    assertThat(ids(data.path("items"))).containsExactly("b", "a");
    assertThat(data.path("items").path(1).path("score").asDouble()).isEqualTo(0.5);
    assertThat(data.path("image_info")).hasToString("{\"objects\":[]}");
    assertThat(data.path("search_info").path("total_num").asInt()).isEqualTo(2);
    assertThat(data.path("search_info").path("last_item").isNull()).isTrue();
    assertThat(library.searches.getLast().getStrict()).as("no page may have holes").isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"last_item\":{}", ",\"last_item\":{\"score\":1.0,\"id\":\"\"}"})
  void recallsEveryItemOfAKeywordOnceWhileOthersAreAdded(String beginning) {
    IntStream.range(0, 25)
        .forEach(
            i ->
                add(
                    "i%02d".formatted(i),
                    "one",
                    ",\"keywords\":[\"phone\"" + (i % 3 == 0 ? ",\"red\"" : "") + "]"));

    List<String> met = new ArrayList<>();
    String last = beginning;
    int pages = 0;
    do {
      JsonNode data =
          good(
              "search",
              "{\"search_type\":\"KEYWORD\",\"keywords\":[\"phone\",\"red\"],\"limit\":10"
                  + last
                  + "}");
      met.addAll(ids(data.path("items")));
      JsonNode item = data.path("search_info").path("last_item");
      last = item.isNull() ? "" : ",\"last_item\":" + item;
      add("a" + pages++, "one", ",\"keywords\":[\"phone\"]");
    } while (!last.isEmpty());

    assertThat(met).doesNotHaveDuplicates();
    assertThat(met.stream().filter(id -> id.startsWith("i"))).hasSize(25);
    assertThat(pages).isEqualTo(3);
  }

  @Test
  void goesOnFromNoPageThatDidNotBeginAtTheFront() {
    add("a", "one", ",\"keywords\":[\"phone\"]");
    add("b", "two", ",\"keywords\":[\"phone\"]");

    JsonNode data =
        good(
            "search",
            "{\"search_type\":\"KEYWORD\",\"keywords\":[\"phone\"],\"limit\":1,\"offset\":1}");

    assertThat(ids(data.path("items"))).containsExactly("b");
    assertThat(data.path("search_info").path("last_item").isNull()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"search_type\":\"TEXT\",\"text\":\"a white circle\",\"optional_params\":{\"text_lang\":\"en\"}}",
        "{\"search_type\":\"CATEGORY\",\"min_score\":0.5}",
      })
  void saysWhatItDoesNotOffer(String body) {
    assertFails("search", body, 400, "MMS.1023");
  }

  @ParameterizedTest
  @CsvSource({
    "NO_SUCH_INSTANCE, 400, MMS.1001",
    "BAD_REQUEST, 400, MMS.0003",
    "UNAVAILABLE, 500, MMS.1015",
    "STALE_TERM, 500, MMS.1015",
    "BUSY, 429, APIGW.0308",
  })
  void tellsWhatTheClusterRefuses(RefusalKind kind, int status, String code) {
    library.nextRefusal(kind, "why");

    ApiResponse answer = ask("search", "{\"search_type\":\"IMAGE\"," + IMAGE + "}");

    assertThat(answer.status()).isEqualTo(status);
    assertThat(json(answer).path("error_code").asText()).isEqualTo(code);
  }

  // ---- check ----

  @Test
  void checksOneItem() {
    add("a", "red shoe", ",\"desc\":\"one\"");

    assertThat(good("data/check", "{\"item_id\":\"a\"}"))
        .hasToString(
            "{\"existed\":true,\"item_info\":{\"desc\":\"one\",\"custom_tags\":{},\"custom_num_tags\":{},"
                + "\"keywords\":[]}}");
    assertThat(good("data/check", "{\"item_id\":\"b\"}")).hasToString("{\"existed\":false}");
    assertThat(
            good("data/check", "{\"item_id\":\"a\",\"custom_tags\":{\"brand\":[\"none\"]}}")
                .path("existed")
                .asBoolean())
        .as("the id wins")
        .isTrue();
  }

  @Test
  void goesThroughAllThatFulfilAConditionOnceWhileOthersAreAdded() {
    IntStream.range(0, 25)
        .forEach(i -> add("i%02d".formatted(i), "red", ",\"custom_tags\":{\"brand\":\"ACME\"}"));
    add("other", "red", "");

    List<String> met = new ArrayList<>();
    String last = "";
    int pages = 0;
    do {
      JsonNode data =
          good("data/check", "{\"limit\":10,\"custom_tags\":{\"brand\":[\"ACME\"]}" + last + "}");
      met.addAll(ids(data.path("items")));
      assertThat(data.path("check_info").path("return_num").asInt())
          .isEqualTo(data.path("items").size());
      assertThat(data.path("items").path(0).path("source").path("custom_tags").path("brand"))
          .hasToString("\"ACME\"");
      JsonNode item = data.path("check_info").path("last_item");
      last = item.isNull() ? "" : ",\"last_item\":" + item;
      add("a" + pages++, "red", ",\"custom_tags\":{\"brand\":\"ACME\"}");
    } while (!last.isEmpty());

    assertThat(met).doesNotHaveDuplicates();
    assertThat(met.stream().filter(id -> id.startsWith("i"))).hasSize(25);
    assertThat(pages).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | item_id",
        "{\"custom_tags\":{}} | item_id",
        "{\"item_id\":\"\"} | item_id",
        "{\"limit\":101,\"custom_tags\":{\"brand\":[\"x\"]}} | limit",
        "{\"custom_tags\":{\"size\":[\"x\"]}} | custom_tags",
      })
  void refusesBadChecks(String body, String parameter) {
    assertWrong("data/check", body, parameter);
  }

  // ---- update ----

  @Test
  void changesWhatIsGivenAndLeavesTheRest() {
    add(
        "a",
        "red shoe",
        ",\"desc\":\"one\",\"keywords\":[\"phone\"],\"custom_tags\":{\"brand\":\"ACME\",\"shop\":\"north\"},"
            + "\"custom_num_tags\":{\"year\":2020}");

    ApiResponse answer =
        ask(
            "data/update",
            "{\"item_id\":\"a\",\"desc\":\"two\",\"custom_tags\":{\"brand\":\"OTHER\"}}");

    assertThat(answer.body().toStringUtf8()).isEqualTo("{\"result\":\"success\"}");
    InMemoryLibrary.Stored stored = library.stored(KEY, "a");
    assertThat(stored.attributes().getText().getDescription()).isEqualTo("two");
    assertThat(stored.attributes().getText().getKeywordsList()).containsExactly("phone");
    assertThat(stored.attributes().getTags().getValuesMap())
        .containsEntry("brand", "OTHER")
        .hasSize(1);
    assertThat(stored.attributes().getNumbers().getValuesMap()).containsEntry("year", 2020.0);
  }

  @Test
  void refusesToChangeWhatIsNotThere() {
    assertWrong("data/update", "{\"item_id\":\"a\",\"desc\":\"two\"}", "item_id");
    assertWrong("data/update", "{\"desc\":\"two\"}", "item_id");
    assertThat(library.waits).isEmpty();
  }

  // ---- delete ----

  @Test
  void deletesOneItem() {
    add("a", "red shoe", "");

    assertThat(ask("data/delete", "{\"item_id\":\"a\"}").body().toStringUtf8())
        .isEqualTo("{\"result\":\"success\"}");

    assertThat(library.of(KEY)).isEmpty();
    assertWrong("data/delete", "{\"item_id\":\"a\"}", "item_id");
    good("data/delete", "{\"item_id\":\"a\",\"force\":true}");
  }

  @Test
  void deletesAHundredAtATimeByCondition() {
    IntStream.range(0, 130)
        .forEach(i -> add("i" + i, "red", ",\"custom_num_tags\":{\"year\":" + i + "}"));
    add("other", "red", "");

    JsonNode first = good("data/delete", "{\"custom_num_tags\":{\"year\":{\"from\":0}}}");
    JsonNode second = good("data/delete", "{\"custom_num_tags\":{\"year\":{\"from\":0}}}");
    JsonNode third = good("data/delete", "{\"custom_num_tags\":{\"year\":{\"from\":0}}}");

    assertThat(first.path("delete_info")).hasToString("{\"total_num\":130,\"delete_num\":100}");
    assertThat(first.path("items")).hasSize(100);
    assertThat(second.path("delete_info")).hasToString("{\"total_num\":30,\"delete_num\":30}");
    assertThat(third.path("delete_info")).hasToString("{\"total_num\":0,\"delete_num\":0}");
    assertThat(library.of(KEY)).containsOnlyKeys("other");
  }

  @Test
  void deletesNothingWithoutACondition() {
    add("a", "red shoe", "");

    assertWrong("data/delete", "{}", "item_id");
    assertWrong("data/delete", "{\"custom_tags\":{},\"custom_num_tags\":{}}", "item_id");
    assertWrong("data/delete", "{\"custom_tags\":{\"size\":[\"x\"]}}", "custom_tags");

    assertThat(library.of(KEY)).containsOnlyKeys("a");
  }

  // ---- around ----

  @ParameterizedTest
  @ValueSource(strings = {"data/add", "search", "data/check", "data/update", "data/delete"})
  void answersUnknownInstancesAndForeignProjectsBeforeTheBody(String call) {
    ApiResponse unknown =
        api.handle(
            Requests.of("POST", "/v2/" + P + "/mms/none/" + call).body("not JSON").build(), CALLER);
    ApiResponse foreign =
        api.handle(
            Requests.of("POST", "/v2/" + "f".repeat(32) + "/mms/demo/" + call).build(), CALLER);

    assertThat(unknown.status()).isEqualTo(400);
    assertThat(json(unknown).path("error_code").asText()).isEqualTo("MMS.1001");
    assertThat(json(unknown).path("error_msg").asText()).startsWith("Service instance not found.");
    assertThat(foreign.status()).isEqualTo(403);
    assertThat(json(foreign).path("error_code").asText()).isEqualTo("APIGW.0302");
  }

  @Test
  void tellsTheTwoFailuresOfOursApartOnlyInTheLog() {
    library.nextFailure(new LibraryUnavailableException("nobody is there", new IOException()));
    assertThat(
            assertFails("search", "{\"search_type\":\"IMAGE\"," + IMAGE + "}", 500, "MMS.1015")
                .asText())
        .startsWith("Process INDEX failed.");

    library.nextFailure(new IllegalStateException("a secret"));
    assertThat(
            assertFails("search", "{\"search_type\":\"IMAGE\"," + IMAGE + "}", 500, "MMS.1015")
                .asText())
        .contains("request-1")
        .doesNotContain("secret");
  }
}
