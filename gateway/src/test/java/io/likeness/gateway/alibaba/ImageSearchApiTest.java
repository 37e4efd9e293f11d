package io.likeness.gateway.alibaba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.likeness.gateway.InMemoryLibrary;
import io.likeness.gateway.Library;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.Requests;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.auth.RpcCall;
import io.likeness.gateway.auth.RpcScene;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.Attributes;
import io.likeness.wire.Box;
import io.likeness.wire.FoundSubject;
import io.likeness.wire.Hit;
import io.likeness.wire.Page;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.RowFormat;
import io.likeness.wire.SearchRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 3 to 10 of the contract, and what docs/compatibility.md chose where it leaves gaps. */
class ImageSearchApiTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final String P = "0123456789abcdef0123456789abcdef";
  private static final Principal CALLER = new Principal(P, "acme", false, Principal.How.SIGNATURE);
  private static final Principal OTHER =
      new Principal("f".repeat(32), "other", false, Principal.How.SIGNATURE);
  private static final InstanceKey KEY = new InstanceKey(P, "lab");
  private static final String SHOE = base64("red shoe");

  private final InMemoryLibrary library = new InMemoryLibrary();
  private final AtomicLong nanos = new AtomicLong();
  private int tlsPort;
  private final UploadDesk desk =
      new UploadDesk(
          new InMemoryUploads(16L << 20, UploadDesk.LIFE, nanos::get),
          MasterKey.of(new byte[32], new SecureRandom()),
          new SecureRandom(),
          () -> tlsPort);
  private final ImageSearchApi api =
      new ImageSearchApi(
          library,
          desk,
          new ImageSearchApi.Settings(Duration.ofSeconds(2), Duration.ofSeconds(5), 100));

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, String> fields(String... namesAndValues) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("InstanceName", "lab");
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return fields;
  }

  private ApiResponse ask(Principal caller, String action, Map<String, String> fields) {
    return ask(caller, action, "2020-12-14", fields);
  }

  private ApiResponse ask(
      Principal caller, String action, String version, Map<String, String> fields) {
    RpcCall call =
        RpcCall.read(
            Requests.of("POST", "/")
                .at(NOW)
                .header("Host", "127.0.0.1:8080")
                .header("Authorization", "checked before")
                .header("x-acs-action", action)
                .header("x-acs-version", version)
                .body(RpcScene.form(fields))
                .build());
    ApiResponse answer = api.handle(call, caller);
    assertThat(answer.headers())
        .containsEntry("Content-Type", "application/json")
        .containsKey("x-acs-request-id");
    return answer;
  }

  private static JsonNode json(ApiResponse answer) {
    try {
      return JSON.readTree(answer.body().toByteArray());
    } catch (IOException e) {
      throw new AssertionError(answer.body().toStringUtf8(), e);
    }
  }

  private JsonNode good(String action, String... namesAndValues) {
    ApiResponse answer = ask(CALLER, action, fields(namesAndValues));
    assertThat(answer.status()).as(answer.body().toStringUtf8()).isEqualTo(200);
    JsonNode json = json(answer);
    assertThat(json.path("RequestId").isTextual()).isTrue();
    return json;
  }

  private void assertFails(int status, String code, String action, Map<String, String> fields) {
    ApiResponse answer = ask(CALLER, action, fields);
    JsonNode error = json(answer);
    assertThat(error.path("Code").asText()).as(error.toString()).isEqualTo(code);
    assertThat(answer.status()).isEqualTo(status);
    assertThat(error.path("Message").asText()).isNotEmpty();
    assertThat(error.path("RequestId").isTextual()).isTrue();
  }

  private void assertFails(String code, String action, String... namesAndValues) {
    assertFails(400, code, action, fields(namesAndValues));
  }

  private JsonNode add(String product, String picture, String content, String... more) {
    Map<String, String> fields = fields(more);
    fields.put("ProductId", product);
    fields.put("PicName", picture);
    fields.put("PicContent", base64(content));
    ApiResponse answer = ask(CALLER, "AddImage", fields);
    assertThat(answer.status()).as(answer.body().toStringUtf8()).isEqualTo(200);
    return json(answer);
  }

  private static List<String> pictures(JsonNode answer) {
    List<String> names = new ArrayList<>();
    answer
        .path("Auctions")
        .forEach(
            each ->
                names.add(each.path("ProductId").asText() + "|" + each.path("PicName").asText()));
    return names;
  }

  @BeforeEach
  void createTheInstance() {
    library.createInstance(
        new Library.NewInstance(
            KEY,
            "",
            "default",
            "",
            0,
            List.of("str_attr", "str_attr2", "str_attr3", "str_attr4", "product_id"),
            List.of("int_attr", "int_attr2", "int_attr3", "int_attr4"),
            RowFormat.ROW_FORMAT_FLOAT32,
            ""));
    library.createInstance(
        new Library.NewInstance(
            new InstanceKey(P, "bare"),
            "",
            "default",
            "",
            0,
            List.of(),
            List.of(),
            RowFormat.ROW_FORMAT_FLOAT32,
            ""));
  }

  // ---- adding ----

  @Test
  void addsAnImageWithAllItsFields() {
    JsonNode added =
        add(
            "p 1/中",
            "a+b*~.png",
            "red shoe",
            "CategoryId",
            "3",
            "CustomContent",
            "k1:v1,k2:v2",
            "IntAttr",
            "-7",
            "IntAttr4",
            "2147483647",
            "StrAttr",
            "中",
            "StrAttr3",
            "v 3");

    assertThat(added.path("Success").asBoolean()).isTrue();
    assertThat(added.path("Code").isInt()).isTrue();
    assertThat(added.path("Code").asInt()).isZero();
    assertThat(added.path("Message").asText()).isEqualTo("success");
    assertThat(added.has("Msg")).isFalse();
    assertThat(added.at("/PicInfo/CategoryId").asInt()).isEqualTo(88888888);
    assertThat(added.at("/PicInfo/AllCategories/0/Id").asInt()).isEqualTo(88888888);
    assertThat(added.at("/PicInfo/AllCategories/0/Name").asText()).isEqualTo("Others");
    InMemoryLibrary.Stored stored = library.stored(KEY, "p 1%2F中/a+b*~.png");
    assertThat(stored.add().getContent().toStringUtf8()).isEqualTo("red shoe");
    assertThat(stored.add().getFindSubject()).isTrue();
    assertThat(stored.add().getRule().getUprightOnly()).isTrue();
    Attributes attributes = stored.attributes();
    assertThat(attributes.getTags().getValuesMap())
        .isEqualTo(Map.of("str_attr", "中", "str_attr3", "v 3", "product_id", "p 1/中"));
    assertThat(attributes.getNumbers().getValuesMap())
        .isEqualTo(Map.of("int_attr", -7.0, "int_attr4", 2147483647.0));
    assertThat(attributes.getText().getDescription()).isEqualTo("k1:v1,k2:v2");
  }

  @Test
  void theRegionWinsOverCrop() {
    JsonNode given = add("p", "1", "red shoe", "Region", "10,90,20,80", "Crop", "false");
    add("p", "2", "red shoe", "Crop", "false");
    add("p", "3", "red shoe", "Crop", "true");

    assertThat(given.at("/PicInfo/Region").asText()).isEqualTo("10,90,20,80");
    assertThat(given.at("/PicInfo/MultiRegion/0/Region").asText()).isEqualTo("10,90,20,80");
    assertThat(library.stored(KEY, "p/1").add().getCrop())
        .isEqualTo(Box.newBuilder().setX(10).setY(20).setWidth(80).setHeight(60).build());
    assertThat(library.stored(KEY, "p/1").add().getFindSubject()).isFalse();
    assertThat(library.stored(KEY, "p/2").add().hasCrop()).isFalse();
    assertThat(library.stored(KEY, "p/2").add().getFindSubject()).isFalse();
    assertThat(library.stored(KEY, "p/3").add().getFindSubject()).isTrue();
  }

  @Test
  void keepsNamesApartThatWouldMeetWithoutCare() {
    add("a/b", "c", "one");
    add("a", "b/c", "two");
    add("a%2Fb", "c", "three");

    assertThat(library.of(KEY).keySet()).containsExactlyInAnyOrder("a%2Fb/c", "a/b/c", "a%252Fb/c");
    assertThat(pictures(good("SearchImageByPic", "PicContent", base64("one"))))
        .containsExactlyInAnyOrder("a/b|c", "a|b/c", "a%2Fb|c");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ProductId      |                | NoSpecifiedProductId
          PicName        |                | NoSpecifiedPicName
          PicContent     |                | NoSpecifiedPicContent
          PicContent     | not base64!    | InvalidPicContent
          CategoryId     | shoes          | InvalidCategory
          CategoryId     | 99999999999    | InvalidCategory
          Crop           | yes            | BadRequest
          Region         | 10,90,20       | InvalidRegion
          Region         | 90,10,20,80    | InvalidRegion
          Region         | 10,90,80,80    | InvalidRegion
          Region         | -1,90,20,80    | InvalidRegion
          IntAttr        | 1.5            | InvalidIntAttr
          IntAttr2       | 2147483648     | InvalidIntAttr2
          IntAttr3       | x              | InvalidIntAttr3
          """)
  void saysWhatIsWrongWithAnImage(String field, String value, String code) {
    Map<String, String> fields = fields("ProductId", "p", "PicName", "1", "PicContent", SHOE);
    if (value == null) {
      fields.remove(field);
      assertFails(400, code, "AddImage", fields);
      fields.put(field, "");
    } else {
      fields.put(field, value);
    }
    assertFails(400, code, "AddImage", fields);
    assertThat(library.of(KEY)).isEmpty();
  }

  @Test
  void holdsTextsToTheirBounds() {
    Map<String, String> most =
        fields(
            "ProductId", "p".repeat(255),
            "PicName", "n".repeat(256),
            "PicContent", SHOE,
            "CustomContent", "中".repeat(4096),
            "StrAttr2", "中".repeat(128));
    assertThat(ask(CALLER, "AddImage", most).status()).isEqualTo(200);

    for (String[] each :
        List.of(
            new String[] {"ProductId", "p".repeat(257), "InvalidProductId"},
            new String[] {"PicName", "n".repeat(257), "InvalidPicName"},
            new String[] {"PicName", "中".repeat(200), "InvalidPicName"},
            new String[] {"ProductId", "a\nb", "InvalidProductId"},
            new String[] {"CustomContent", "c".repeat(4097), "InvalidCustomContent"},
            new String[] {"StrAttr2", "s".repeat(129), "InvalidStrAttr2"})) {
      Map<String, String> more = new TreeMap<>(most);
      more.put(each[0], each[1]);
      assertFails(400, each[2], "AddImage", more);
    }
  }

  @Test
  void takesOnlyAttributesTheInstanceDeclares() {
    Map<String, String> bare =
        fields("InstanceName", "bare", "ProductId", "p", "PicName", "1", "PicContent", SHOE);
    assertThat(ask(CALLER, "AddImage", bare).status()).isEqualTo(200);

    bare.put("StrAttr", "x");
    assertFails(400, "InvalidStrAttr", "AddImage", bare);
    bare.remove("StrAttr");
    bare.put("IntAttr2", "1");
    assertFails(400, "InvalidIntAttr2", "AddImage", bare);
    bare.remove("IntAttr2");
    bare.put("DistinctProductId", "true");
    assertFails(400, "BadRequest", "SearchImageByPic", bare);
  }

  @ParameterizedTest
  @CsvSource({
    "UNSUPPORTED_FORMAT, UnsupportedPicFormat, 400",
    "BROKEN_PICTURE, InvalidPicContent, 400",
    "PICTURE_TOO_SMALL, UnsupportedPicPixels, 400",
    "PICTURE_TOO_LARGE, UnsupportedPicPixels, 400",
    "TURNED_PICTURE, IncorrectOrientation, 400",
    "BAD_CROP, InvalidRegion, 400",
    "BAD_ATTRIBUTES, BadRequest, 400",
    "UNKNOWN_INSTANCE, InvalidInstance, 400",
    "BAD_EVENT, UnknownException, 500"
  })
  void saysWhyAPictureWasRejected(RejectionKind kind, String code, int status) {
    library.nextRejection(Rejection.newBuilder().setKind(kind).setDetail("since").build());

    assertFails(
        status, code, "AddImage", fields("ProductId", "p", "PicName", "1", "PicContent", SHOE));
  }

  @Test
  void refusesAPictureAboveFourMebibytes() {
    byte[] most = new byte[UploadDesk.FILE_BYTES_MAX];
    assertThat(
            ask(
                    CALLER,
                    "AddImage",
                    fields(
                        "ProductId",
                        "p",
                        "PicName",
                        "1",
                        "PicContent",
                        Base64.getEncoder().encodeToString(most)))
                .status())
        .isEqualTo(200);

    assertFails(
        "InvalidPicContent",
        "AddImage",
        "ProductId",
        "p",
        "PicName",
        "1",
        "PicContent",
        Base64.getEncoder().encodeToString(new byte[UploadDesk.FILE_BYTES_MAX + 1]));
  }

  // ---- updating ----

  @Test
  void updatesWhatIsGivenAndLeavesTheRest() {
    add(
        "p",
        "1",
        "red shoe",
        "IntAttr",
        "1",
        "StrAttr",
        "a",
        "StrAttr2",
        "b",
        "CustomContent",
        "c");

    JsonNode done =
        good("UpdateImage", "ProductId", "p", "PicName", "1", "IntAttr3", "3", "StrAttr", "z");

    assertThat(done.path("Message").asText()).isEqualTo("success");
    assertThat(done.path("Code").asInt()).isZero();
    Attributes after = library.stored(KEY, "p/1").attributes();
    assertThat(after.getNumbers().getValuesMap())
        .isEqualTo(Map.of("int_attr", 1.0, "int_attr3", 3.0));
    assertThat(after.getTags().getValuesMap())
        .isEqualTo(Map.of("str_attr", "z", "str_attr2", "b", "product_id", "p"));
    assertThat(after.getText().getDescription()).isEqualTo("c");
  }

  @Test
  void takesAStringAwayThatIsUpdatedToNothing() {
    add("p", "1", "red shoe", "StrAttr", "a", "StrAttr2", "b", "CustomContent", "c");

    good("UpdateImage", "ProductId", "p", "PicName", "1", "StrAttr2", "", "CustomContent", "");

    Attributes after = library.stored(KEY, "p/1").attributes();
    assertThat(after.getTags().getValuesMap())
        .isEqualTo(Map.of("str_attr", "a", "product_id", "p"));
    assertThat(after.getText().getDescription()).isEmpty();
  }

  @Test
  void updatesOnlyWhatIsThere() {
    assertFails("PicNotExist", "UpdateImage", "ProductId", "p", "PicName", "1", "IntAttr", "1");
    assertFails("NoSpecifiedPicName", "UpdateImage", "ProductId", "p", "IntAttr", "1");
  }

  // ---- deleting ----

  @Test
  void deletesOneImageOrAllOfAProduct() {
    for (String name : List.of("1", "2", "3")) {
      add("p", name, "shoe " + name);
      add("p2", name, "shoe " + name);
    }

    JsonNode one = good("DeleteImage", "ProductId", "p", "PicName", "1");
    JsonNode rest = good("DeleteImage", "ProductId", "p");
    JsonNode absent = good("DeleteImage", "ProductId", "p", "PicName", "1");
    JsonNode none = good("DeleteImage", "ProductId", "p");

    assertThat(one.at("/Data/PicNames").toString()).isEqualTo("[\"1\"]");
    assertThat(one.path("Message").asText()).isEqualTo("success");
    assertThat(rest.at("/Data/PicNames").toString()).isEqualTo("[\"2\",\"3\"]");
    assertThat(absent.at("/Data/PicNames").toString()).isEqualTo("[]");
    assertThat(none.at("/Data/PicNames").toString()).isEqualTo("[]");
    assertThat(library.of(KEY).keySet()).containsExactly("p2/1", "p2/2", "p2/3");
  }

  @Test
  void deletesWhatAFilterMatchesOverManyPages() {
    for (int i = 0; i < 1_100; i++) {
      add("p", "n" + i, "x", "IntAttr", Integer.toString(i));
    }

    JsonNode deleted = good("DeleteImage", "IsDeleteByFilter", "true", "Filter", "int_attr<1050");

    assertThat(deleted.at("/Data/PicNames")).hasSize(1_050);
    assertThat(library.of(KEY)).hasSize(50);
  }

  @Test
  void deletesNothingWithoutAWishOrWithABadOne() {
    add("p", "1", "red shoe");

    assertFails("NoSpecifiedProductId", "DeleteImage");
    assertFails("NoSpecifiedProductId", "DeleteImage", "Filter", "int_attr>0");
    assertFails("InvalidFilterClause", "DeleteImage", "IsDeleteByFilter", "true");
    assertFails(
        "InvalidFilterClause", "DeleteImage", "IsDeleteByFilter", "true", "Filter", "int_attr>");
    assertThat(library.of(KEY)).hasSize(1);
  }

  // ---- searching ----

  @Test
  void findsThePictureItselfWithEverythingItCarries() {
    add("p", "1", "red shoe", "IntAttr", "5", "StrAttr2", "b", "CustomContent", "c");
    add("p", "2", "red boot");

    JsonNode found = good("SearchImageByPic", "PicContent", SHOE);

    assertThat(found.path("Msg").asText()).isEqualTo("success");
    assertThat(found.has("Message")).isFalse();
    assertThat(found.path("Code").asInt()).isZero();
    assertThat(found.at("/Head/DocsReturn").asInt()).isEqualTo(2);
    assertThat(found.at("/Head/DocsFound").asInt()).isEqualTo(2);
    assertThat(found.at("/Head/SearchTime").isInt()).isTrue();
    JsonNode best = found.at("/Auctions/0");
    assertThat(best.path("ProductId").asText()).isEqualTo("p");
    assertThat(best.path("PicName").asText()).isEqualTo("1");
    assertThat(best.path("CategoryId").asInt()).isEqualTo(88888888);
    assertThat(best.path("Score").asDouble()).isEqualTo(1);
    assertThat(best.path("SortExprValues").asText()).isEqualTo("5.37633353624177e+24;0");
    assertThat(best.path("IntAttr").asInt()).isEqualTo(5);
    assertThat(best.path("StrAttr2").asText()).isEqualTo("b");
    assertThat(best.path("CustomContent").asText()).isEqualTo("c");
    assertThat(best.has("IntAttr2")).isFalse();
    JsonNode next = found.at("/Auctions/1");
    assertThat(next.path("Score").asDouble()).isBetween(0.0, 0.99);
    assertThat(next.path("SortExprValues").asText()).matches("[0-9.]+;[1-9][0-9]*");
    assertThat(next.has("CustomContent")).isFalse();
  }

  @Test
  void ordersByRelevanceAsItOrdersByScore() {
    library.nextPage(
        Page.newBuilder()
            .addHits(Hit.newBuilder().setImageId("p/1").setScore(0.9999996))
            .addHits(Hit.newBuilder().setImageId("p/2").setScore(0.999999))
            .addHits(Hit.newBuilder().setImageId("p/3").setScore(0.31))
            .setTotal(3)
            .build());

    JsonNode hits = good("SearchImageByPic", "PicContent", SHOE).path("Auctions");

    assertThat(hits.get(0).path("SortExprValues").asText()).isEqualTo("5.37633353624177e+24;0");
    assertThat(hits.get(1).path("SortExprValues").asText()).isEqualTo("9.99999000000000;1");
    assertThat(hits.get(2).path("SortExprValues").asText()).isEqualTo("3.10000000000000;353");
  }

  @Test
  void tellsTheSubjectItFound() {
    Page.Builder page = Page.newBuilder();
    page.addSubjects(
        FoundSubject.newBuilder()
            .setBox(Box.newBuilder().setX(1).setY(2).setWidth(10).setHeight(20)));
    library.nextPage(page.build());

    JsonNode found = good("SearchImageByPic", "PicContent", SHOE);

    assertThat(found.at("/PicInfo/Region").asText()).isEqualTo("1,11,2,22");
    assertThat(library.searches.getLast().getFindSubject()).isTrue();
  }

  @Test
  void searchesWithTheRegionWhateverCropSays() {
    JsonNode found =
        good("SearchImageByPic", "PicContent", SHOE, "Crop", "false", "Region", "0,5,0,6");

    SearchRequest asked = library.searches.getLast();
    assertThat(asked.getCrop()).isEqualTo(Box.newBuilder().setWidth(5).setHeight(6).build());
    assertThat(asked.getFindSubject()).isFalse();
    assertThat(found.at("/PicInfo/Region").asText()).isEqualTo("0,5,0,6");
  }

  @Test
  void searchesByNameWithAFilter() {
    add("p", "1", "red shoe", "IntAttr", "1");
    add("p", "2", "red boot", "IntAttr", "2");
    add("p", "3", "blue");

    assertThat(pictures(good("SearchImageByName", "ProductId", "p", "PicName", "2")))
        .containsExactly("p|2", "p|1", "p|3");
    assertThat(
            pictures(
                good(
                    "SearchImageByName",
                    "ProductId",
                    "p",
                    "PicName",
                    "2",
                    "Filter",
                    "int_attr=1 OR int_attr>1000")))
        .as("what was never set counts as the greatest integer")
        .containsExactly("p|1", "p|3");
    assertFails("PicNotExist", "SearchImageByName", "ProductId", "p", "PicName", "4");
    assertFails("NoSpecifiedPicName", "SearchImageByName", "ProductId", "p");
  }

  @Test
  void listsByFilterWithoutScores() {
    add("p", "2", "two", "StrAttr", "a");
    add("p", "1", "one", "StrAttr", "a");
    add("p", "3", "three", "StrAttr", "b");

    JsonNode listed = good("SearchImageByFilter", "Filter", "str_attr=\"a\"", "Num", "5");

    assertThat(pictures(listed)).containsExactly("p|1", "p|2");
    assertThat(listed.has("Head")).isFalse();
    assertThat(listed.has("PicInfo")).isFalse();
    assertThat(listed.at("/Auctions/0").has("Score")).isFalse();
    assertThat(pictures(good("SearchImageByFilter", "Filter", "str_attr=\"a\"", "Start", "1")))
        .containsExactly("p|2");
    assertFails("InvalidFilterClause", "SearchImageByFilter");
  }

  @Test
  void pagesWithinItsBounds() {
    for (int i = 0; i < 25; i++) {
      add("p", "n" + (char) ('a' + i), "x");
    }

    JsonNode page = good("SearchImageByPic", "PicContent", base64("x"), "Start", "20", "Num", "10");

    assertThat(page.at("/Head/DocsReturn").asInt()).isEqualTo(5);
    assertThat(page.at("/Head/DocsFound").asInt()).isEqualTo(25);
    assertThat(good("SearchImageByPic", "PicContent", SHOE).path("Auctions")).hasSize(10);
    for (String[] each :
        List.of(
            new String[] {"0", "0", "InvalidNumParameter"},
            new String[] {"0", "-1", "InvalidNumParameter"},
            new String[] {"0", "ten", "InvalidNumParameter"},
            new String[] {"0", "101", "OverflowMaxReturnNum"},
            new String[] {"-1", "10", "InvalidStartParameter"},
            new String[] {"500", "1", "InvalidStartParameter"},
            new String[] {"1.0", "1", "InvalidStartParameter"},
            new String[] {"499", "2", "OverflowMaxResultNum"},
            new String[] {"401", "100", "OverflowMaxResultNum"})) {
      assertFails(
          each[2], "SearchImageByPic", "PicContent", SHOE, "Start", each[0], "Num", each[1]);
    }
    good("SearchImageByPic", "PicContent", SHOE, "Start", "499", "Num", "1");
    good("SearchImageByPic", "PicContent", SHOE, "Start", "400", "Num", "100");
  }

  @Test
  void cutsThePageOutOfAllThatPassTheThreshold() {
    Page.Builder page = Page.newBuilder().setTotal(900);
    for (int i = 0; i < 30; i++) {
      page.addHits(Hit.newBuilder().setImageId("p/" + i).setScore(0.9));
    }
    library.nextPage(page.build());

    JsonNode found =
        good(
            "SearchImageByPic",
            "PicContent",
            SHOE,
            "ScoreThreshold",
            "0.50",
            "Start",
            "28",
            "Num",
            "5");

    SearchRequest asked = library.searches.getLast();
    assertThat(asked.getMinScore()).isEqualTo(0.5);
    assertThat(asked.getOffset()).isZero();
    assertThat(asked.getLimit()).isEqualTo(500);
    assertThat(pictures(found)).containsExactly("p|28", "p|29");
    assertThat(found.at("/Head/DocsFound").asInt()).isEqualTo(30);
    good("SearchImageByPic", "PicContent", SHOE, "ScoreThreshold", "0.00");
    assertThat(library.searches.getLast().hasMinScore()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.01", "0.123", "-0.1", "2", "half", ".5", "1e-1"})
  void refusesThresholdsThatAreNoShares(String threshold) {
    assertFails("BadRequest", "SearchImageByPic", "PicContent", SHOE, "ScoreThreshold", threshold);
  }

  @Test
  void asksForTheBestOfEachProduct() {
    good("SearchImageByPic", "PicContent", SHOE, "DistinctProductId", "true");

    assertThat(library.searches.getLast().getGroupBy()).isEqualTo("product_id");
  }

  @Test
  void knowsTheClosedListOfCategoriesAndDoesNotLookAtThem() {
    add("p", "1", "red shoe");

    for (String category : List.of("0", "9", "20", "22", "88888888")) {
      assertThat(
              good("SearchImageByPic", "PicContent", SHOE, "CategoryId", category).path("Auctions"))
          .hasSize(1);
    }
    assertFails("InvalidCategory", "SearchImageByPic", "PicContent", SHOE, "CategoryId", "10");
  }

  @Test
  void saysWhereAFilterIsWrong() {
    JsonNode error =
        json(
            ask(
                CALLER,
                "SearchImageByPic",
                fields("PicContent", SHOE, "Filter", "int_attr=1 AND price>3")));

    assertThat(error.path("Code").asText()).isEqualTo("InvalidFilterClause");
    assertThat(error.path("Message").asText()).startsWith("at character 16: expected");
  }

  @ParameterizedTest
  @CsvSource({
    "NO_SUCH_IMAGE, PicNotExist, 400",
    "NO_SUCH_INSTANCE, InvalidInstance, 400",
    "BAD_REQUEST, BadRequest, 400",
    "UNAVAILABLE, SearchTimeout, 400",
    "STALE_TERM, SearchTimeout, 400",
    "BUSY, Throttling, 400",
    "CURSOR_EXPIRED, UnknownException, 500"
  })
  void saysWhyASearchWasRefused(RefusalKind kind, String code, int status) {
    library.nextRefusal(kind, "since");

    assertFails(status, code, "SearchImageByPic", fields("PicContent", SHOE));
  }

  @Test
  void saysThatItCouldNotReachTheCluster() {
    library.nextFailure(new LibraryUnavailableException("nobody is there"));

    assertFails(500, "RequestTimeout", "SearchImageByPic", fields("PicContent", SHOE));
  }

  @Test
  void saysWhereNotEveryShardAnswered() {
    library.shardsAnswered = 0;

    assertThat(ask(CALLER, "SearchImageByPic", fields("PicContent", SHOE)).headers())
        .containsEntry("X-Likeness-Coverage", "0/1");
  }

  // ---- looking ----

  @Test
  void showsOneImageAsOneObject() {
    add("p", "1", "red shoe", "IntAttr", "5");

    JsonNode there = good("CheckImageExists", "ProductId", "p", "PicName", "1");
    JsonNode absent = good("CheckImageExists", "ProductId", "p", "PicName", "2");

    assertThat(there.path("Exists").asBoolean()).isTrue();
    assertThat(there.path("Auctions").isObject()).isTrue();
    assertThat(there.at("/Auctions/IntAttr").asInt()).isEqualTo(5);
    assertThat(there.at("/Auctions").has("Score")).isFalse();
    assertThat(absent.path("Exists").asBoolean()).isFalse();
    assertThat(absent.has("Auctions")).isFalse();
  }

  @Test
  void showsTheInstance() {
    add("p", "1", "red shoe");

    JsonNode instance = good("Detail").path("Instance");

    assertThat(instance.path("Name").asText()).isEqualTo("lab");
    assertThat(instance.path("TotalCount").asInt()).isEqualTo(1);
    assertThat(instance.path("ServiceType").asInt()).isEqualTo(1);
    assertThat(instance.path("Capacity").asInt()).isEqualTo(3000);
    assertThat(instance.path("Qps").asInt()).isEqualTo(100);
    assertThat(instance.path("UtcCreate").isTextual()).isTrue();
    assertThat(instance.path("UtcCreate").asText()).isEqualTo("1767323045000");
    assertThat(instance.path("UtcExpireTime").isTextual()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "DumpMeta, InvalidApi.NotFound, 404",
    "DumpMetaList, InvalidApi.NotFound, 404",
    "IncreaseInstance, InvalidApi.NotFound, 404",
    "IncreaseList, InvalidApi.NotFound, 404",
    "CompareSimilarByImage, UnsupportedOperationType, 500",
    "NoSuchAction, InvalidApi.NotFound, 404"
  })
  void saysWhatIsNotOffered(String action, String code, int status) {
    assertFails(status, code, action, fields());
  }

  @Test
  void saysThatTheModelUnderstandsNoText() {
    assertFails(500, "UnsupportedInstanceType", "SearchImageByText", fields("Text", "red shoe"));
    assertFails("InvalidText", "SearchImageByText");
    assertFails("InvalidTextLength", "SearchImageByText", "Text", "t".repeat(513));
  }

  @Test
  void seesNoForeignInstanceAndNoOtherVersion() {
    assertThat(json(ask(OTHER, "Detail", fields())).path("Code").asText())
        .isEqualTo("InvalidInstance");
    assertThat(json(ask(CALLER, "Detail", "2019-03-25", fields())).path("Code").asText())
        .isEqualTo("NoSuchVersion");
    assertFails("InvalidInstance", "Detail", "InstanceName", "absent");
    assertFails("InvalidInstance", "Detail", "InstanceName", "Not A Name");
    assertFails("InvalidInstanceName", "Detail", "InstanceName", "");
    assertFails("InvalidInstanceName", "Detail", "InstanceName", "n".repeat(21));
  }

  // ---- stream methods ----

  private JsonNode leave(Principal caller) {
    return json(ask(caller, "AuthorizeFileUpload", "2019-12-19", Map.of("Product", "ImageSearch")));
  }

  private ApiResponse upload(JsonNode leave, Instant at, byte[] file, String... changed) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("OSSAccessKeyId", leave.path("AccessKeyId").asText());
    fields.put("policy", leave.path("EncodedPolicy").asText());
    fields.put("Signature", leave.path("Signature").asText());
    fields.put("key", leave.path("ObjectKey").asText());
    fields.put("success_action_status", "201");
    for (int i = 0; i < changed.length; i += 2) {
      fields.put(changed[i], changed[i + 1]);
    }
    return desk.receive(
        Requests.of("POST", "/")
            .at(at)
            .header("Host", "127.0.0.1:8080")
            .header("Content-Type", "multipart/form-data; boundary=12345678901234")
            .body(ByteString.copyFrom(UploadFormTest.written(fields, file, "\r\n")))
            .build());
  }

  private static String address(JsonNode leave) {
    return "http://"
        + leave.path("Bucket").asText()
        + "."
        + leave.path("Endpoint").asText()
        + "/"
        + leave.path("ObjectKey").asText();
  }

  @Test
  void takesAPictureThatWasPutDownBefore() {
    JsonNode leave = leave(CALLER);
    assertThat(leave.path("Bucket").asText()).isEqualTo("127");
    assertThat(leave.path("Endpoint").asText()).isEqualTo("0.0.1:8080");
    assertThat(leave.path("UseAccelerate").isBoolean()).isTrue();

    ApiResponse stored = upload(leave, NOW, "red shoe".getBytes(StandardCharsets.UTF_8));

    assertThat(stored.status()).as(stored.body().toStringUtf8()).isEqualTo(201);
    assertThat(stored.body().toStringUtf8())
        .contains("<PostResponse><Bucket>127</Bucket>")
        .contains("<Key>" + leave.path("ObjectKey").asText() + "</Key>");
    good("AddImage", "ProductId", "p", "PicName", "1", "PicContent", address(leave));
    assertThat(library.stored(KEY, "p/1").add().getContent().toStringUtf8()).isEqualTo("red shoe");
    assertThat(pictures(good("SearchImageByPic", "PicContent", address(leave))))
        .containsExactly("p|1");
  }

  @Test
  void fetchesNoAddressButItsOwnUploadsOfTheSameProject() {
    JsonNode leave = leave(CALLER);
    upload(leave, NOW, "red shoe".getBytes(StandardCharsets.UTF_8));

    for (String address :
        List.of(
            "http://169.254.169.254/latest/meta-data",
            "http://127.0.0.1:8080/" + "0".repeat(32),
            "https://example.com/picture.png",
            "file:///etc/passwd",
            "http://")) {
      assertFails("InvalidPicUrl", "SearchImageByPic", "PicContent", address);
    }
    assertThat(
            json(ask(OTHER, "SearchImageByPic", fields("PicContent", address(leave))))
                .path("Code")
                .asText())
        .isEqualTo("InvalidInstance");
    nanos.addAndGet(UploadDesk.LIFE.toNanos());
    assertFails("InvalidPicUrl", "SearchImageByPic", "PicContent", address(leave));
  }

  @Test
  void takesNoUploadThatWasNotAllowed() {
    byte[] file = "red shoe".getBytes(StandardCharsets.UTF_8);
    JsonNode leave = leave(CALLER);
    String forged =
        Base64.getEncoder()
            .encodeToString(
                (P + " " + "0".repeat(32) + " 99999999999999").getBytes(StandardCharsets.UTF_8));

    assertThat(upload(leave, NOW, file, "policy", forged).status()).isEqualTo(403);
    assertThat(upload(leave, NOW, file, "policy", "!").status()).isEqualTo(403);
    assertThat(upload(leave, NOW, file, "Signature", "").status()).isEqualTo(403);
    assertThat(upload(leave, NOW, file, "key", "0".repeat(32)).status()).isEqualTo(403);
    assertThat(upload(leave, NOW.plus(UploadDesk.LIFE).plusMillis(1), file).status())
        .isEqualTo(403);
    ApiResponse tooLarge = upload(leave, NOW, new byte[UploadDesk.FILE_BYTES_MAX + 1]);
    assertThat(tooLarge.status()).isEqualTo(400);
    assertThat(tooLarge.body().toStringUtf8()).contains("<Code>EntityTooLarge</Code>");
    assertFails("InvalidPicUrl", "SearchImageByPic", "PicContent", address(leave));
  }

  @Test
  void tellsThePortForTlsToClientsThatUploadByNothingElse() throws RpcFault {
    tlsPort = 8443;
    String older = "AlibabaCloud (Linux; amd64) Java/17 tea-util/0.2.6 TeaDSL/1";
    String newer = "AlibabaCloud (linux; x64) Node.js/v20 Core/1.0.1 TeaDSL/2";

    assertThat(desk.leave(P, "127.0.0.1:8080", older, NOW).endpoint()).isEqualTo("0.0.1:8080");
    assertThat(desk.leave(P, "127.0.0.1:8080", newer, NOW).endpoint()).isEqualTo("0.0.1:8443");
    assertThat(desk.leave(P, "a.example.com", newer, NOW).endpoint()).isEqualTo("example.com:8443");
  }

  @Test
  void namesAHostThatClientsCanSendTo() throws RpcFault {
    assertThat(desk.leave(P, "localhost:8080", "", NOW).endpoint()).isEqualTo("0.0.1:8080");
    assertThat(desk.leave(P, "images.example.com", "", NOW).bucket()).isEqualTo("images");
    assertThat(desk.leave(P, "images.example.com", "", NOW).endpoint()).isEqualTo("example.com");
    assertThatThrownBy(() -> desk.leave(P, "gateway:8080", "", NOW))
        .isInstanceOf(RpcFault.class)
        .hasMessageContaining("first label");
  }
}
