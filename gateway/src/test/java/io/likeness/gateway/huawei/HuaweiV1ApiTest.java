package io.likeness.gateway.huawei;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.likeness.gateway.InMemoryLibrary;
import io.likeness.gateway.Library;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.Requests;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Version;
import io.likeness.wire.Box;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.SearchRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Section 2 of the contract, and what docs/compatibility.md chose where it leaves something open.
 */
class HuaweiV1ApiTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String P = "0123456789abcdef0123456789abcdef";
  private static final Principal CALLER = new Principal(P, "acme", false, Principal.How.SIGNATURE);
  private static final InstanceKey KEY = new InstanceKey(P, "demo-lib");
  private static final String LIB = "/v1/" + P + "/demo-lib/image";
  private static final String URL = "https://bucket.obs.example.com/image/test1.jpg";
  private static final String RED = base64("red shoe");

  private final InMemoryLibrary library = new InMemoryLibrary();
  private final HuaweiV1Api api =
      new HuaweiV1Api(
          library,
          new HuaweiV1Api.Settings(Duration.ofSeconds(2), Duration.ofSeconds(5), "default"));

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private ApiResponse ask(String method, String path, String body) {
    ApiResponse answer = api.handle(Requests.of(method, path).body(body).build(), CALLER);
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

  private JsonNode good(String method, String path, String body) {
    ApiResponse answer = ask(method, path, body);
    assertThat(answer.status()).as(answer.body().toStringUtf8()).isEqualTo(200);
    return json(answer);
  }

  private void assertFails(String method, String path, String body, String code) {
    ApiResponse answer = ask(method, path, body);
    JsonNode error = json(answer);
    assertThat(error.path("error_code").asText()).as(error.toString()).isEqualTo(code);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(error.path("error_msg").isTextual()).isTrue();
    assertThat(error.path("error_msg").asText()).isNotEmpty();
    assertThat(error.size()).isEqualTo(2);
  }

  private void add(String path, String picture, String tags) {
    good(
        "POST",
        LIB,
        "{\"file\":\"" + base64(picture) + "\",\"path\":\"" + path + "\",\"tags\":" + tags + "}");
  }

  @BeforeEach
  void createTheInstance() {
    good(
        "POST",
        "/v1/" + P + "/service",
        "{\"name\":\"demo-lib\",\"model\":\"common-search\",\"description\":\"capture\",\"level\":30000000,"
            + "\"tags\":[\"animal\",\"colour\"]}");
  }

  // ---- instances ----

  @Test
  void showsAnInstanceAsItWasCreated() {
    String shown =
        "{\"instanceName\":\"demo-lib\",\"level\":30000000,\"expiredDate\":-1,\"registerDate\":1767323045000,"
            + "\"domain\":\"acme\",\"desc\":\"capture\",\"tags\":[\"animal\",\"colour\"],\"status\":\"NORMAL\"}";

    assertThat(good("GET", "/v1/" + P + "/service/demo-lib", "")).hasToString(shown);
    assertThat(library.instance(KEY).orElseThrow().getModelLabel()).isEqualTo("common-search");
  }

  @Test
  void createsWithDefaultsWhereOnlyNameAndModelAreGiven() {
    JsonNode made =
        good("POST", "/v1/" + P + "/service", "{\"name\":\"a\",\"model\":\"image-recommend\"}");

    assertThat(made.path("level").asLong()).isEqualTo(30_000_000);
    assertThat(made.path("desc").asText()).isEmpty();
    assertThat(made.path("tags")).isEmpty();
  }

  @Test
  void deletesAnInstanceAndItsImages() {
    add("a", "red shoe", "{}");

    assertThat(good("DELETE", "/v1/" + P + "/service/demo-lib", ""))
        .hasToString("{\"result\":\"success\"}");
    assertFails("GET", "/v1/" + P + "/service/demo-lib", "", "IS.0007");
    assertFails("DELETE", "/v1/" + P + "/service/demo-lib", "", "IS.0007");
    assertFails("POST", LIB + "/check", "{\"path\":\"a\"}", "IS.0007");
  }

  static Stream<Arguments> badInstances() {
    List<Arguments> bad = new ArrayList<>();
    bad.add(Arguments.of("{\"model\":\"common-search\"}", "IS.0001"));
    bad.add(Arguments.of("{\"name\":null,\"model\":\"common-search\"}", "IS.0001"));
    bad.add(Arguments.of("{\"name\":\"\",\"model\":\"common-search\"}", "IS.0003"));
    bad.add(Arguments.of("{\"name\":7,\"model\":\"common-search\"}", "IS.0002"));
    bad.add(Arguments.of("{\"name\":[\"a\"],\"model\":\"common-search\"}", "IS.0002"));
    for (String name :
        List.of(
            "demo-lib",
            "Demo",
            "1demo",
            "-demo",
            "_demo",
            "a".repeat(17),
            "a b",
            "a/b",
            "../x",
            "a.b",
            "caf\u00e9",
            "service",
            "image",
            "\u732b")) {
      bad.add(Arguments.of("{\"name\":\"" + name + "\",\"model\":\"common-search\"}", "IS.0007"));
    }
    bad.add(Arguments.of("{\"name\":\"a\"}", "IS.0001"));
    bad.add(Arguments.of("{\"name\":\"a\",\"model\":\"\"}", "IS.0003"));
    bad.add(Arguments.of("{\"name\":\"a\",\"model\":1}", "IS.0002"));
    bad.add(Arguments.of("{\"name\":\"a\",\"model\":\"other\"}", "IS.0015"));
    String good = "{\"name\":\"a\",\"model\":\"common-search\",";
    bad.add(Arguments.of(good + "\"level\":\"30000000\"}", "IS.0002"));
    bad.add(Arguments.of(good + "\"level\":30000000.0}", "IS.0002"));
    bad.add(Arguments.of(good + "\"level\":1}", "IS.0002"));
    bad.add(Arguments.of(good + "\"level\":99999999999999999999}", "IS.0002"));
    bad.add(Arguments.of(good + "\"description\":5}", "IS.0002"));
    bad.add(Arguments.of(good + "\"description\":\"" + "d".repeat(513) + "\"}", "IS.0002"));
    bad.add(Arguments.of(good + "\"tags\":\"animal\"}", "IS.0002"));
    bad.add(Arguments.of(good + "\"tags\":{\"animal\":\"x\"}}", "IS.0002"));
    bad.add(Arguments.of(good + "\"tags\":[1]}", "IS.0002"));
    bad.add(Arguments.of(good + "\"tags\":[null]}", "IS.0002"));
    bad.add(Arguments.of(good + "\"tags\":[\"\"]}", "IS.0003"));
    bad.add(Arguments.of(good + "\"tags\":[\"Animal\"]}", "IS.0002"));
    bad.add(Arguments.of(good + "\"tags\":[\"a\",\"a\"]}", "IS.0002"));
    bad.add(Arguments.of(good + "\"tags\":[\"" + "t".repeat(65) + "\"]}", "IS.0002"));
    bad.add(
        Arguments.of(
            good + "\"tags\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\"]}",
            "IS.0002"));
    return bad.stream();
  }

  @ParameterizedTest
  @MethodSource("badInstances")
  void refusesBadInstances(String body, String code) {
    assertFails("POST", "/v1/" + P + "/service", body, code);
    assertThat(library.instances).hasSize(1);
  }

  @Test
  void takesAnInstanceAtEveryBound() {
    good(
        "POST",
        "/v1/" + P + "/service",
        "{\"name\":\""
            + "a".repeat(16)
            + "\",\"model\":\"image-copyright\",\"level\":30000000,\"description\":\""
            + "d".repeat(512)
            + "\",\"tags\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\""
            + "t".repeat(64)
            + "\"]}");
  }

  @Test
  void keepsProjectsApart() {
    String other = "/v1/ffffffffffffffffffffffffffffffff";
    for (String[] call :
        new String[][] {
          {"POST", other + "/service"},
          {"GET", other + "/service/demo-lib"},
          {"DELETE", other + "/service/demo-lib"},
          {"POST", other + "/demo-lib/image/search"}
        }) {
      ApiResponse answer = ask(call[0], call[1], "{\"path\":\"a\"}");
      assertThat(answer.status()).isEqualTo(403);
      assertThat(json(answer).path("error_code").asText()).isEqualTo("APIGW.0302");
      assertThat(json(answer).path("request_id").asText()).isEqualTo("request-1");
    }
    Principal stranger = new Principal("f".repeat(32), "other", true, Principal.How.TOKEN);
    ApiResponse own =
        api.handle(
            Requests.of("POST", "/v1/" + "f".repeat(32) + "/demo-lib/image/check")
                .body("{\"path\":\"a\"}")
                .build(),
            stranger);
    assertThat(json(own).path("error_code").asText()).isEqualTo("IS.0007");
  }

  // ---- routes ----

  @ParameterizedTest
  @CsvSource({
    "GET,/v1/P/demo-lib/image",
    "PUT,/v1/P/service/demo-lib",
    "POST,/v1/P/demo-lib",
    "POST,/v9/P/x"
  })
  void answersUnknownPathsAndMethodsLikeTheGateway(String method, String path) {
    ApiResponse answer = ask(method, path.replace("P", P), "");

    assertThat(answer.status()).isEqualTo(404);
    assertThat(json(answer).path("error_code").asText()).isEqualTo("APIGW.0101");
    assertThat(json(answer).path("request_id").asText()).isEqualTo("request-1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "none",
        "service",
        "image",
        "Demo",
        "..",
        "%2e%2e",
        "demo-lib%00",
        "demo%2Flib",
        "%zz",
        "a.b"
      })
  void answersUnknownInstancesAlike(String instance) {
    String path = "/v1/" + P + "/" + instance + "/image";

    assertFails("POST", path, "{\"path\":\"a\",\"file\":\"" + RED + "\"}", "IS.0007");
    assertFails("POST", path + "/search", "not even JSON", "IS.0007");
    assertFails("GET", "/v1/" + P + "/service/" + instance, "", "IS.0007");
  }

  // ---- add ----

  @Test
  void addsAPictureWithItsTags() {
    JsonNode answer =
        good(
            "POST",
            LIB,
            "{\"file\":\""
                + RED
                + "\",\"path\":\""
                + URL
                + "\",\"tags\":{\"animal\":\"\\u732B\"}}");

    assertThat(answer).hasToString("{\"result\":\"Success\"}");
    InMemoryLibrary.Stored stored = library.stored(KEY, URL);
    assertThat(stored.add().getContent().toStringUtf8()).isEqualTo("red shoe");
    assertThat(stored.attributes().getTags().getValuesMap())
        .containsEntry("animal", "\u732b")
        .hasSize(1);
    assertThat(stored.add().getRule().getShortSideMin()).isEqualTo(100);
    assertThat(stored.add().getRule().getLongSideMax()).isEqualTo(2048);
    assertThat(library.waits).containsEntry("add", Duration.ofSeconds(2));
  }

  @Test
  void fetchesFromThePathWhereThereIsNoFile() {
    good("POST", LIB, "{\"path\":\"" + URL + "\"}");

    assertThat(library.stored(KEY, URL).add().getUrl()).isEqualTo(URL);
    assertThat(library.stored(KEY, URL).add().getRule().getLongSideMax()).isEqualTo(2048);
  }

  @Test
  void replacesAPictureOfTheSamePath() {
    add("a", "red shoe", "{\"animal\":\"cat\"}");
    add("a", "blue shoe", "{}");

    assertThat(library.stored(KEY, "a").add().getContent().toStringUtf8()).isEqualTo("blue shoe");
    assertThat(library.stored(KEY, "a").attributes().getTags().getValuesMap()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image/test1.jpg",
        "a",
        "../../etc/passwd",
        "\u732b.jpg",
        "a b",
        "%41",
        "\ud83d\udc08",
        "\\\\server\\\\share"
      })
  void takesAnyTextAsPathTogetherWithAFile(String path) {
    add(path, "red shoe", "{}");

    assertThat(good("POST", LIB + "/check", "{\"path\":\"" + path + "\"}"))
        .hasToString("{\"exist\":\"true\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cmVkIHNob2U=",
        "cmVkIHNob2U",
        "cmVk\\nIHNob2U=",
        "cmVkIHNob2U=\\r\\n",
        "cmVkI\\u0048Nob2U="
      })
  void takesBase64WithLineEndsAndWithoutPadding(String file) {
    good("POST", LIB, "{\"file\":\"" + file + "\",\"path\":\"a\"}");

    assertThat(library.stored(KEY, "a").add().getContent().toStringUtf8()).isEqualTo("red shoe");
  }

  @Test
  void decodesAPictureOfNineMegabytesByteForByte() {
    byte[] picture = new byte[9 << 20];
    new java.util.Random(7).nextBytes(picture);

    good(
        "POST",
        LIB,
        "{\"path\":\"a\",\"file\":\"" + Base64.getEncoder().encodeToString(picture) + "\"}");

    assertThat(library.stored(KEY, "a").add().getContent()).isEqualTo(ByteString.copyFrom(picture));
  }

  static Stream<Arguments> badAdds() {
    String file = "\"file\":\"" + RED + "\"";
    return Stream.of(
        Arguments.of("{" + file + "}", "IS.0001"),
        Arguments.of("{" + file + ",\"path\":null}", "IS.0001"),
        Arguments.of("{" + file + ",\"path\":\"\"}", "IS.0003"),
        Arguments.of("{" + file + ",\"path\":1}", "IS.0002"),
        Arguments.of("{" + file + ",\"path\":true}", "IS.0002"),
        Arguments.of("{" + file + ",\"path\":{}}", "IS.0002"),
        Arguments.of("{" + file + ",\"path\":\"" + "p".repeat(513) + "\"}", "IS.0016"),
        Arguments.of("{" + file + ",\"path\":\"\u732b" + "p".repeat(510) + "\"}", "IS.0016"),
        Arguments.of("{" + file + ",\"path\":\"a\\u0000b\"}", "IS.0016"),
        Arguments.of("{" + file + ",\"path\":\"a\\nb\"}", "IS.0016"),
        Arguments.of("{" + file + ",\"path\":\"\\ud800\"}", "IS.0008"),
        Arguments.of("{\"file\":\"\",\"path\":\"a\"}", "IS.0003"),
        Arguments.of("{\"file\":\"  \",\"path\":\"a\"}", "IS.0003"),
        Arguments.of("{\"file\":5,\"path\":\"a\"}", "IS.0002"),
        Arguments.of("{\"file\":[1,2],\"path\":\"a\"}", "IS.0002"),
        Arguments.of("{\"file\":{},\"path\":\"a\"}", "IS.0002"),
        Arguments.of("{\"file\":\"!!!\",\"path\":\"a\"}", "IS.0002"),
        Arguments.of("{\"file\":\"A\",\"path\":\"a\"}", "IS.0002"),
        Arguments.of("{\"file\":\"cmVk=IHNo\",\"path\":\"a\"}", "IS.0002"),
        Arguments.of("{\"file\":\"cmVk_-Nob\",\"path\":\"a\"}", "IS.0002"),
        Arguments.of("{\"file\":\"data:image/png;base64,cmVk\",\"path\":\"a\"}", "IS.0002"),
        Arguments.of("{\"path\":\"a\"}", "IS.0016"),
        Arguments.of("{\"path\":\"ftp://host/a\"}", "IS.0016"),
        Arguments.of("{\"path\":\"file:///etc/passwd\"}", "IS.0016"),
        Arguments.of("{\"path\":\"http:///a\"}", "IS.0016"),
        Arguments.of("{\"path\":\"https://host/a b\"}", "IS.0016"),
        Arguments.of("{\"path\":\"//host/a\"}", "IS.0016"),
        Arguments.of("{" + file + ",\"path\":\"a\",\"tags\":\"x\"}", "IS.0002"),
        Arguments.of("{" + file + ",\"path\":\"a\",\"tags\":[]}", "IS.0002"),
        Arguments.of("{" + file + ",\"path\":\"a\",\"tags\":{\"animal\":1}}", "IS.0002"),
        Arguments.of("{" + file + ",\"path\":\"a\",\"tags\":{\"animal\":null}}", "IS.0002"),
        Arguments.of("{" + file + ",\"path\":\"a\",\"tags\":{\"animal\":[\"cat\"]}}", "IS.0002"),
        Arguments.of("{" + file + ",\"path\":\"a\",\"tags\":{\"animal\":\"\"}}", "IS.0003"),
        Arguments.of("{" + file + ",\"path\":\"a\",\"tags\":{\"\":\"x\"}}", "IS.0003"),
        Arguments.of("{" + file + ",\"path\":\"a\",\"tags\":{\"size\":\"x\"}}", "IS.0002"),
        Arguments.of(
            "{" + file + ",\"path\":\"a\",\"tags\":{\"animal\":\"" + "x".repeat(65) + "\"}}",
            "IS.0002"),
        Arguments.of(
            "{"
                + file
                + ",\"path\":\"a\",\"tags\":{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\",\"5\":\"\",\"6\":\"\","
                + "\"7\":\"\",\"8\":\"\",\"9\":\"\",\"10\":\"\",\"11\":\"\"}}",
            "IS.0002"),
        Arguments.of(
            "{" + file + ",\"path\":\"a\",\"tags\":{\"animal\":\"x\",\"animal\":\"y\"}}",
            "IS.0008"));
  }

  @ParameterizedTest
  @MethodSource("badAdds")
  void refusesBadAdds(String body, String code) {
    assertFails("POST", LIB, body, code);
    assertThat(library.of(KEY)).isEmpty();
  }

  static Stream<Arguments> brokenBodies() {
    return Stream.of(
        Arguments.of("", "IS.0001"),
        Arguments.of("{}", "IS.0001"),
        Arguments.of(" ", "IS.0008"),
        Arguments.of("null", "IS.0008"),
        Arguments.of("[]", "IS.0008"),
        Arguments.of("\"path\"", "IS.0008"),
        Arguments.of("42", "IS.0008"),
        Arguments.of("{", "IS.0008"),
        Arguments.of("{\"path\"", "IS.0008"),
        Arguments.of("{\"path\":", "IS.0008"),
        Arguments.of("{\"path\":\"a", "IS.0008"),
        Arguments.of("{\"path\":\"a\"", "IS.0008"),
        Arguments.of("{\"path\":\"a\"}}", "IS.0008"),
        Arguments.of("{\"path\":\"a\"} {}", "IS.0008"),
        Arguments.of("{\"path\":\"a\",}", "IS.0008"),
        Arguments.of("{'path':'a'}", "IS.0008"),
        Arguments.of("{path:\"a\"}", "IS.0008"),
        Arguments.of("{\"path\":\"a\" /* c */}", "IS.0008"),
        Arguments.of("{\"path\":\"a\",\"path\":\"b\"}", "IS.0008"),
        Arguments.of("{\"path\":\"a\",\"x\":NaN}", "IS.0008"),
        Arguments.of("{\"path\":\"a\",\"x\":01}", "IS.0008"),
        Arguments.of("{\"path\":\"a\",\"x\":tru}", "IS.0008"),
        Arguments.of("{\"path\":\"a\",\"x\":" + "[".repeat(100_000), "IS.0008"),
        Arguments.of(
            "{\"path\":\"a\",\"x\":" + "{\"y\":".repeat(1000) + "1" + "}".repeat(1001), "IS.0008"),
        Arguments.of("{\"path\":\"a\",\"x\":" + "9".repeat(100_000) + "}", "IS.0008"),
        Arguments.of("{\"path\":\"a\",\"" + "n".repeat(100_000) + "\":1}", "IS.0008"),
        Arguments.of("{\"path\":\"a\u0001b\"}", "IS.0008"),
        Arguments.of("{\"path\":\"\\x\"}", "IS.0008"),
        Arguments.of("{\"path\":\"\\u12\"}", "IS.0008"),
        Arguments.of("<path>a</path>", "IS.0008"),
        Arguments.of("path=a", "IS.0008"));
  }

  @ParameterizedTest
  @MethodSource("brokenBodies")
  void refusesBrokenBodiesOfEveryCall(String body, String code) {
    add("a", "red shoe", "{}");

    assertFails("POST", LIB, body, code);
    assertFails("PUT", LIB, body, code);
    assertFails("DELETE", LIB, body, code);
    assertFails("POST", LIB + "/check", body, code);
    // Nothing to look for has a code and a text of its own.
    assertFails("POST", LIB + "/search", body, body.equals("{}") ? "IS.0003" : code);
    assertFails("POST", "/v1/" + P + "/service", body, code);
    assertThat(library.of(KEY)).hasSize(1);
  }

  @Test
  void refusesABodyThatIsNotUtf8() {
    ByteString body =
        ByteString.copyFromUtf8("{\"path\":\"")
            .concat(ByteString.copyFrom(new byte[] {(byte) 0xc3, 0x28, '"', '}'}));

    ApiResponse answer = api.handle(Requests.of("POST", LIB + "/check").body(body).build(), CALLER);

    assertThat(json(answer).path("error_code").asText()).isEqualTo("IS.0008");
  }

  @Test
  void skipsFieldsItDoesNotKnow() {
    add("a", "red shoe", "{}");

    good(
        "POST",
        LIB + "/check",
        "{\"later\":{\"deep\":[1,{\"x\":null}]},\"path\":\"a\",\"more\":[]}");
  }

  // ---- search ----

  private void addThreeShoes() {
    add("1", "red shoe", "{\"colour\":\"red\",\"animal\":\"cow\"}");
    add("2", "red boot", "{\"colour\":\"red\"}");
    add("3", "blue hat", "{\"colour\":\"blue\"}");
  }

  @Test
  void findsByPicture() {
    addThreeShoes();

    JsonNode page = good("POST", LIB + "/search", "{\"file\":\"" + RED + "\",\"limit\":2}");

    assertThat(page)
        .hasToString(
            "{\"count\":3,\"result\":[{\"path\":\"1\",\"sim\":1.0,\"tags\":{\"animal\":\"cow\",\"colour\":\"red\"}},"
                + "{\"path\":\"2\",\"sim\":0.5,\"tags\":{\"colour\":\"red\"}}]}");
    SearchRequest asked = library.searches.getLast();
    assertThat(asked.getRule().getShortSideMin()).isEqualTo(100);
    assertThat(asked.getRule().getLongSideMax()).isEqualTo(2048);
    assertThat(asked.getDeadlineMillis()).isEqualTo(5000);
    assertThat(asked.hasCrop()).isFalse();
  }

  @Test
  void findsByPathOfTheLibrary() {
    addThreeShoes();

    JsonNode page = good("POST", LIB + "/search", "{\"path\":\"3\"}");

    assertThat(page.path("result").get(0).path("path").asText()).isEqualTo("3");
    assertThat(page.path("result").get(0).path("sim").isNumber()).isTrue();
    assertThat(page.path("count").asInt()).isEqualTo(3);
  }

  @Test
  void findsByTagsAloneWithSimOne() {
    addThreeShoes();

    JsonNode page = good("POST", LIB + "/search", "{\"tags\":{\"colour\":\"red\"}}");

    assertThat(page.path("count").asInt()).isEqualTo(2);
    page.path("result").forEach(hit -> assertThat(hit.path("sim").asDouble()).isEqualTo(1.0));
  }

  @Test
  void asksAllTagsToHoldTogether() {
    addThreeShoes();

    assertThat(
            good("POST", LIB + "/search", "{\"tags\":{\"colour\":\"red\",\"animal\":\"cow\"}}")
                .path("count")
                .asInt())
        .isEqualTo(1);
    assertThat(
            good("POST", LIB + "/search", "{\"path\":\"1\",\"tags\":{\"colour\":\"blue\"}}")
                .path("count")
                .asInt())
        .isEqualTo(1);
    assertThat(
            good(
                    "POST",
                    LIB + "/search",
                    "{\"file\":\"" + RED + "\",\"tags\":{\"colour\":\"green\"}}")
                .toString())
        .isEqualTo("{\"count\":0,\"result\":[]}");
    // Undeclared: nothing can carry it.
    assertThat(good("POST", LIB + "/search", "{\"tags\":{\"size\":\"1\"}}").path("count").asInt())
        .isZero();
  }

  @Test
  void letsFileWinOverPath() {
    addThreeShoes();

    good("POST", LIB + "/search", "{\"file\":\"" + RED + "\",\"path\":\"no such path\"}");

    assertThat(library.searches.getLast().hasContent()).isTrue();
  }

  @Test
  void pagesByOffsetAndLimit() {
    addThreeShoes();

    JsonNode page = good("POST", LIB + "/search", "{\"path\":\"1\",\"offset\":1,\"limit\":1}");

    assertThat(page.path("count").asInt()).isEqualTo(3);
    assertThat(page.path("result")).hasSize(1);
    assertThat(page.path("result").get(0).path("path").asText()).isEqualTo("2");
    assertThat(good("POST", LIB + "/search", "{\"path\":\"1\",\"offset\":9}").path("result"))
        .isEmpty();
  }

  @Test
  void asksForTenFromTheStartByDefault() {
    addThreeShoes();
    good(
        "POST",
        LIB + "/search",
        "{\"path\":\"1\",\"limit\":null,\"offset\":null,\"box\":null,\"is_crop\":null}");

    assertThat(library.searches.getLast().getLimit()).isEqualTo(10);
    assertThat(library.searches.getLast().getOffset()).isZero();
  }

  @Test
  void appliesTheBoxOnlyWithIsCropAndAPicture() {
    addThreeShoes();
    String box = "\"box\":{\"x\":1,\"y\":2,\"width\":100,\"height\":50}";

    good("POST", LIB + "/search", "{\"file\":\"" + RED + "\",\"is_crop\":true," + box + "}");
    assertThat(library.searches.getLast().getCrop())
        .isEqualTo(Box.newBuilder().setX(1).setY(2).setWidth(100).setHeight(50).build());
    for (String plain :
        List.of(
            "{\"file\":\"" + RED + "\"," + box + "}",
            "{\"file\":\"" + RED + "\",\"is_crop\":false," + box + "}",
            "{\"file\":\"" + RED + "\",\"is_crop\":true}",
            "{\"path\":\"1\",\"is_crop\":true," + box + "}",
            "{\"tags\":{\"colour\":\"red\"},\"is_crop\":true," + box + "}")) {
      good("POST", LIB + "/search", plain);
      assertThat(library.searches.getLast().hasCrop()).as(plain).isFalse();
    }
  }

  static Stream<Arguments> badSearches() {
    String path = "{\"path\":\"1\",";
    return Stream.of(
        Arguments.of("{\"tags\":{}}", "IS.0003"),
        Arguments.of("{\"limit\":10}", "IS.0003"),
        Arguments.of("{\"path\":null,\"file\":null,\"tags\":null}", "IS.0003"),
        Arguments.of("{\"path\":\"\"}", "IS.0003"),
        Arguments.of("{\"file\":\"\"}", "IS.0003"),
        Arguments.of("{\"file\":\"?\"}", "IS.0002"),
        Arguments.of("{\"path\":\"unknown\"}", "IS.0016"),
        Arguments.of("{\"path\":\"" + URL + "\"}", "IS.0016"),
        Arguments.of("{\"path\":\"" + "p".repeat(513) + "\"}", "IS.0016"),
        Arguments.of(path + "\"limit\":0}", "IS.0002"),
        Arguments.of(path + "\"limit\":-1}", "IS.0002"),
        Arguments.of(path + "\"limit\":101}", "IS.0002"),
        Arguments.of(path + "\"limit\":\"10\"}", "IS.0002"),
        Arguments.of(path + "\"limit\":10.5}", "IS.0002"),
        Arguments.of(path + "\"limit\":1e1}", "IS.0002"),
        Arguments.of(path + "\"limit\":true}", "IS.0002"),
        Arguments.of(path + "\"limit\":4294967306}", "IS.0002"),
        Arguments.of(path + "\"limit\":[10]}", "IS.0002"),
        Arguments.of(path + "\"offset\":-1}", "IS.0002"),
        Arguments.of(path + "\"offset\":\"0\"}", "IS.0002"),
        Arguments.of(path + "\"offset\":9991}", "IS.0002"),
        Arguments.of(path + "\"offset\":2147483647,\"limit\":100}", "IS.0002"),
        Arguments.of(path + "\"offset\":2147483648}", "IS.0002"),
        Arguments.of(path + "\"tags\":[\"a\"]}", "IS.0002"),
        Arguments.of(path + "\"tags\":{\"colour\":[\"red\"]}}", "IS.0002"),
        Arguments.of(path + "\"tags\":{\"colour\":{}}}", "IS.0002"),
        Arguments.of(path + "\"tags\":{\"colour\":\"\"}}", "IS.0003"),
        Arguments.of(path + "\"is_crop\":\"true\"}", "IS.0002"),
        Arguments.of(path + "\"is_crop\":1}", "IS.0002"),
        Arguments.of(path + "\"box\":\"0,0,1,1\"}", "IS.0002"),
        Arguments.of(path + "\"box\":[0,0,1,1]}", "IS.0002"),
        Arguments.of(path + "\"box\":{}}", "IS.0001"),
        Arguments.of(path + "\"box\":{\"x\":0,\"y\":0,\"width\":10}}", "IS.0001"),
        Arguments.of(path + "\"box\":{\"x\":0,\"y\":0,\"width\":10,\"height\":null}}", "IS.0001"),
        Arguments.of(path + "\"box\":{\"x\":-1,\"y\":0,\"width\":10,\"height\":10}}", "IS.0002"),
        Arguments.of(path + "\"box\":{\"x\":0,\"y\":0,\"width\":0,\"height\":10}}", "IS.0002"),
        Arguments.of(path + "\"box\":{\"x\":0,\"y\":0.5,\"width\":10,\"height\":10}}", "IS.0002"),
        Arguments.of(path + "\"box\":{\"x\":\"0\",\"y\":0,\"width\":10,\"height\":10}}", "IS.0002"),
        Arguments.of(
            path + "\"box\":{\"x\":0,\"y\":0,\"width\":10,\"height\":2147483648}}", "IS.0002"));
  }

  @ParameterizedTest
  @MethodSource("badSearches")
  void refusesBadSearches(String body, String code) {
    addThreeShoes();

    assertFails("POST", LIB + "/search", body, code);
  }

  @Test
  void saysWhatTheOriginalSaysOfASearchForNothing() {
    assertThat(json(ask("POST", LIB + "/search", "{}")).path("error_msg").asText())
        .isEqualTo("Arguments of path can not be null.");
  }

  @ParameterizedTest
  @CsvSource({"100,0", "1,0", "100,9900", "10,9990"})
  void takesEveryLimitAndOffsetWithinTheBounds(int limit, int offset) {
    addThreeShoes();

    good(
        "POST",
        LIB + "/search",
        "{\"path\":\"1\",\"limit\":" + limit + ",\"offset\":" + offset + "}");
  }

  @Test
  void saysInAHeaderThatNotEveryShardAnswered() {
    addThreeShoes();
    library.shardsAnswered = 0;

    ApiResponse answer = ask("POST", LIB + "/search", "{\"path\":\"1\"}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("X-Likeness-Coverage", "0/1");
  }

  // ---- check, modify, delete ----

  @Test
  void tellsInAStringWhetherAnImageExists() {
    add("a", "red shoe", "{}");

    assertThat(good("POST", LIB + "/check", "{\"path\":\"a\"}"))
        .hasToString("{\"exist\":\"true\"}");
    assertThat(good("POST", LIB + "/check", "{\"path\":\"b\"}"))
        .hasToString("{\"exist\":\"false\"}");
    library.nextRefusal(RefusalKind.NO_SUCH_IMAGE, "");
    assertThat(good("POST", LIB + "/check", "{\"path\":\"c\"}"))
        .hasToString("{\"exist\":\"false\"}");
  }

  @Test
  void replacesTheTagsAndLeavesThePicture() {
    add("a", "red shoe", "{\"animal\":\"cat\",\"colour\":\"red\"}");

    assertThat(good("PUT", LIB, "{\"path\":\"a\",\"tags\":{\"animal\":\"\\u732B\"}}"))
        .hasToString("{\"result\":\"Success\"}");
    assertThat(library.stored(KEY, "a").attributes().getTags().getValuesMap())
        .hasSize(1)
        .containsEntry("animal", "\u732b");
    assertThat(library.stored(KEY, "a").add().getContent().toStringUtf8()).isEqualTo("red shoe");
    good("PUT", LIB, "{\"path\":\"a\",\"tags\":{}}");
    assertThat(library.stored(KEY, "a").attributes().getTags().getValuesMap()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'path':'a'}|IS.0001",
        "{'path':'a','tags':null}|IS.0001",
        "{'tags':{'animal':'x'}}|IS.0001",
        "{'path':'','tags':{'animal':'x'}}|IS.0003",
        "{'path':'b','tags':{'animal':'x'}}|IS.0016",
        "{'path':'a','tags':{'size':'x'}}|IS.0002",
        "{'path':'a','tags':{'animal':''}}|IS.0003",
        "{'path':'a','tags':['animal']}|IS.0002",
        "{'path':7,'tags':{'animal':'x'}}|IS.0002",
      })
  void refusesBadChangesOfTags(String body, String code) {
    add("a", "red shoe", "{}");

    assertFails("PUT", LIB, body.replace('\'', '"'), code);
  }

  @Test
  void deletesAnImageByTheBodyOfDelete() {
    add("a", "red shoe", "{}");

    assertThat(good("DELETE", LIB, "{\"path\":\"a\"}")).hasToString("{\"result\":\"Success\"}");
    assertThat(library.of(KEY)).isEmpty();
    assertFails("DELETE", LIB, "{\"path\":\"a\"}", "IS.0016");
  }

  // ---- what comes back from inside ----

  @ParameterizedTest
  @CsvSource({
    "UNSUPPORTED_FORMAT,IS.0002",
    "BROKEN_PICTURE,IS.0002",
    "PICTURE_TOO_SMALL,IS.0002",
    "PICTURE_TOO_LARGE,IS.0002",
    "BAD_CROP,IS.0002",
    "BAD_ATTRIBUTES,IS.0002",
    "FETCH_REFUSED,IS.0016",
    "FETCH_FAILED,IS.0016",
    "UNKNOWN_INSTANCE,IS.0007",
    "BAD_EVENT,IS.0009",
    "BAD_VECTOR,IS.0009",
  })
  void namesEveryRejectionInTheContractsCodes(RejectionKind kind, String code) {
    library.nextRejection(
        Rejection.newBuilder().setKind(kind).setDetail("because of " + kind).build());

    ApiResponse answer = ask("POST", LIB, "{\"path\":\"a\",\"file\":\"" + RED + "\"}");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(json(answer).path("error_code").asText()).isEqualTo(code);
    assertThat(json(answer).path("error_msg").asText()).endsWith("because of " + kind);
  }

  @ParameterizedTest
  @CsvSource({
    "NO_SUCH_INSTANCE,IS.0007",
    "NO_SUCH_IMAGE,IS.0016",
    "BAD_PICTURE,IS.0002",
    "BAD_REQUEST,IS.0002",
    "UNAVAILABLE,IS.0012",
    "STALE_TERM,IS.0012",
  })
  void namesEveryRefusalInTheContractsCodes(RefusalKind kind, String code) {
    library.nextRefusal(kind, "because of " + kind);
    assertFails("POST", LIB + "/search", "{\"file\":\"" + RED + "\"}", code);
  }

  @ParameterizedTest
  @EnumSource(
      value = RefusalKind.class,
      names = {"UNAVAILABLE", "STALE_TERM"})
  void failsInTimeWhereNobodyKnowsWhetherTheImageIsThere(RefusalKind kind) {
    add("a", "red shoe", "{}");
    for (String[] call : new String[][] {{"POST", LIB + "/check"}, {"PUT", LIB}, {"DELETE", LIB}}) {
      library.nextRefusal(kind, "nobody answers");
      assertFails(call[0], call[1], "{\"path\":\"a\",\"tags\":{}}", "IS.0012");
    }
    assertThat(library.of(KEY)).hasSize(1);
  }

  @Test
  void asksToComeBackWhenFull() {
    library.nextWrite(new Library.Busy(Duration.ofMillis(1500)));
    ApiResponse write = ask("POST", LIB, "{\"path\":\"a\",\"file\":\"" + RED + "\"}");
    library.nextRefusal(RefusalKind.BUSY, "queue full");
    ApiResponse read = ask("POST", LIB + "/search", "{\"file\":\"" + RED + "\"}");

    for (ApiResponse answer : List.of(write, read)) {
      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.headers()).containsEntry("Retry-After", "1");
      assertThat(json(answer).path("error_code").asText()).isEqualTo("APIGW.0308");
    }
  }

  @Test
  void answersSuccessOnceTheLogHasItThoughNobodySeesItYet() {
    library.nextWrite(new Library.Accepted(new Version(1, 0, 1)));

    assertThat(good("POST", LIB, "{\"path\":\"a\",\"file\":\"" + RED + "\"}"))
        .hasToString("{\"result\":\"Success\"}");
  }

  @Test
  void tellsWhatIsAwayFromWhatIsBroken() {
    library.nextFailure(new LibraryUnavailableException("the log cannot be reached"));
    assertFails("POST", LIB, "{\"path\":\"a\",\"file\":\"" + RED + "\"}", "IS.0012");
    library.nextFailure(new IllegalStateException("secret detail"));
    ApiResponse answer = ask("POST", LIB, "{\"path\":\"a\",\"file\":\"" + RED + "\"}");
    assertThat(json(answer).path("error_code").asText()).isEqualTo("IS.0009");
    assertThat(answer.body().toStringUtf8()).contains("request-1").doesNotContain("secret detail");
  }
}
