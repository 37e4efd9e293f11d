package io.likeness.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.AuthScene;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.FairShare;
import io.likeness.gateway.http.RateLimits;
import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Version;
import io.likeness.wire.AddImage;
import io.likeness.wire.Box;
import io.likeness.wire.EventVersion;
import io.likeness.wire.Filter;
import io.likeness.wire.FoundSubject;
import io.likeness.wire.Hit;
import io.likeness.wire.Page;
import io.likeness.wire.QuarantinedEvent;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Relation;
import io.likeness.wire.SearchRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the native API makes of requests: what it passes on, and what it refuses with which words.
 */
class NativeApiTest {

  private static final String IMAGES = "/api/v1/instances/shop/images";
  private static final String SEARCH = "/api/v1/instances/shop/search";
  private static final InstanceKey SHOP = new InstanceKey(AuthScene.PROJECT, "shop");
  private static final ByteString PICTURE = ByteString.copyFromUtf8("picture");

  private GatewayScene scene = new GatewayScene();

  @BeforeEach
  void createShop() {
    create(scene);
  }

  private static void create(GatewayScene scene) {
    scene.send(
        "POST",
        "/api/v1/instances",
        "{\"name\":\"shop\",\"tags\":[\"kind\",\"brand\"],\"number_tags\":[\"price\"]}");
  }

  private AddImage added(String id) {
    return scene.library.stored(SHOP, id).add();
  }

  private static String base64(ByteString bytes) {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  private void refused(ApiResponse answer, int status, String code, String words) {
    assertThat(answer.status()).as(answer.body().toStringUtf8()).isEqualTo(status);
    JsonNode error = GatewayScene.json(answer).get("error");
    assertThat(error.get("code").asText()).isEqualTo(code);
    assertThat(error.get("message").asText()).contains(words);
  }

  @Test
  void takesAPictureAsTheBodyWithEverythingElseInTheQuery() {
    ApiResponse answer =
        scene.picture(
            "POST",
            IMAGES
                + "?id=a%2Fb%20c&tags.kind=red+shoe&numbers=%7B%22price%22:9.5%7D&description=nice"
                + "&keywords=x,y&crop=1,2,3,4&wait=500ms",
            PICTURE);

    assertThat(answer.status()).isEqualTo(200);
    AddImage add = added("a/b c");
    assertThat(add.getContent()).isEqualTo(PICTURE);
    assertThat(add.getAttributes().getTags().getValuesMap()).containsEntry("kind", "red shoe");
    assertThat(add.getAttributes().getNumbers().getValuesMap()).containsEntry("price", 9.5);
    assertThat(add.getAttributes().getText().getDescription()).isEqualTo("nice");
    assertThat(add.getAttributes().getText().getKeywordsList()).containsExactly("x", "y");
    assertThat(add.getCrop().getWidth()).isEqualTo(3);
    assertThat(scene.library.waits).containsEntry("add", Duration.ofMillis(500));
  }

  @Test
  void takesAPictureInJson() {
    ApiResponse answer =
        scene.send(
            "POST",
            IMAGES,
            "{\"id\":\"a\",\"image_base64\":\""
                + base64(PICTURE)
                + "\",\"tags\":{\"kind\":\"shoe\"},\"crop\":{\"x\":0,\"y\":0,\"width\":5,\"height\":6},"
                + "\"keywords\":null}");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(added("a").getContent()).isEqualTo(PICTURE);
    assertThat(added("a").getCrop().getHeight()).isEqualTo(6);
    assertThat(scene.library.waits).containsEntry("add", Duration.ofSeconds(2));
  }

  @Test
  void takesAPictureInAForm() {
    String form =
        "--B\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\nform 1\r\n"
            + "--B\r\nContent-Disposition: form-data; name=\"tags\"\r\n\r\n{\"kind\":\"shoe\"}\r\n"
            + "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"../a.png\"\r\n"
            + "Content-Type: image/png\r\n\r\npicture\r\n--B--\r\n";
    ApiResponse answer = scene.send(form(form));

    assertThat(answer.status()).as(answer.body().toStringUtf8()).isEqualTo(200);
    assertThat(added("form 1").getContent()).isEqualTo(PICTURE);
    assertThat(added("form 1").getAttributes().getTags().getValuesMap())
        .containsEntry("kind", "shoe");
  }

  private static Requests form(String body) {
    return GatewayScene.mine("POST", IMAGES)
        .header("Content-Type", "multipart/form-data; boundary=B")
        .body(ByteString.copyFrom(body, StandardCharsets.ISO_8859_1));
  }

  @Test
  void refusesBrokenForms() {
    for (String body :
        new String[] {
          "",
          "no form",
          "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\npict",
          "--B\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\nx\r\n--B--\r\n",
          "--B\r\nContent-Disposition: form-data; name=\"other\"; filename=\"a\"\r\n\r\nx\r\n--B--\r\n",
        }) {
      assertThat(scene.send(form(body)).status()).as(body).isEqualTo(400);
    }
    assertThat(scene.library.of(SHOP)).isEmpty();
  }

  @Test
  void namesAPictureByItsContentWhereNoIdIsGiven() {
    ApiResponse answer = scene.picture("POST", IMAGES, PICTURE);

    String id = "sha256:" + Requests.sha256(PICTURE.toByteArray());
    assertThat(GatewayScene.json(answer).get("id").asText()).isEqualTo(id);
    assertThat(scene.library.of(SHOP)).containsKey(id);
    refused(
        scene.send("POST", IMAGES, "{\"url\":\"https://example.com/a.png\"}"),
        400,
        "invalid_request",
        "id is missing");
  }

  @Test
  void takesAddressesAndVectors() {
    scene.send("PUT", IMAGES + "/u", "{\"url\":\"https://example.com/a.png\"}");
    scene.send("PUT", IMAGES + "/v", "{\"vector\":[1,0,0.5,-2]}");

    assertThat(added("u").getUrl()).isEqualTo("https://example.com/a.png");
    assertThat(added("v").getVector().getValuesList()).containsExactly(1f, 0f, 0.5f, -2f);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | there is no picture",
        "[] | no JSON object",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\"} x | the body",
        "{\"id\":\"a\",\"id\":\"b\",\"image_base64\":\"cGlj\"} | Duplicate field",
        "{\"id\":\"a\",\"image_base64\":\"###\"} | image_base64 is no valid base64",
        "{\"id\":\"a\",\"image_base64\":7} | image_base64 is no text",
        "{\"id\":\"a\",\"image_base64\":\"\"} | the picture is empty",
        "{\"id\":7,\"image_base64\":\"cGlj\"} | id is a whole number, not text",
        "{\"id\":\"\",\"image_base64\":\"cGlj\"} | id has 0 characters",
        "{\"id\":\"a\\u0007\",\"image_base64\":\"cGlj\"} | control character",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"url\":\"http://a/b\"} | exactly one",
        "{\"id\":\"a\",\"url\":\"file:///etc/passwd\"} | not an http or https address",
        "{\"id\":\"a\",\"url\":\"//a/b\"} | not an http or https address",
        "{\"id\":\"a\",\"vector\":[1,2]} | vector has 2 dimensions",
        "{\"id\":\"a\",\"vector\":[0,0,0,0]} | no direction",
        "{\"id\":\"a\",\"vector\":[1,0,0,\"x\"]} | vector is text, not a number",
        "{\"id\":\"a\",\"vector\":[1,0,0,1e99]} | more than a float can hold",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"tags\":{\"size\":\"x\"}} | tags.size is not among",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"tags\":{\"kind\":5}} | tags.kind is a whole number",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"tags\":{\"kind\":\"\"}} | tags.kind has 0",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"numbers\":{\"price\":\"5\"}} | numbers.price is text",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"numbers\":{\"price\":1e999}} | out of range",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"crop\":{\"x\":-1,\"y\":0,\"width\":1,\"height\":1}} | crop.x is -1",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"crop\":{\"x\":0,\"y\":0,\"width\":0,\"height\":1}} | crop.width is 0",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"crop\":{\"x\":0,\"y\":0,\"width\":1.5,\"height\":1}} | crop.width is a fraction",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"crop\":{\"x\":0,\"y\":0,\"width\":1}} | crop.height is missing",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"keywords\":[\"\"]} | keywords has 0 characters",
        "{\"id\":\"a\",\"image_base64\":\"cGlj\",\"colour\":\"red\"} | field colour is not known",
      })
  void refusesBadAddsWithTheField(String body, String words) {
    refused(scene.send("POST", IMAGES, body), 400, "invalid_request", words);
    assertThat(scene.library.of(SHOP)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "?id=a&wait=soon | wait is",
        "?id=a&wait=61s | wait is",
        "?id=a&wiat=0 | parameter wiat is not known",
        "?id=a&id=b | parameter id is there twice",
        "?id=%zz | broken percent escape",
        "?id=%ff | not UTF-8",
        "?id=a&crop=1,2,3 | x,y,width,height",
        "?id=a&numbers=5 | numbers is a whole number",
        "?id=a&numbers={ | no JSON value",
      })
  void refusesBadQueries(String query, String words) {
    refused(scene.picture("POST", IMAGES + query, PICTURE), 400, "invalid_request", words);
  }

  @Test
  void boundsPicturesHoweverTheyCome() {
    ByteString exact = ByteString.copyFrom(new byte[(int) GatewayScene.PICTURE_BYTES_MAX]);
    ByteString more = exact.concat(ByteString.copyFrom(new byte[1]));

    assertThat(scene.picture("PUT", IMAGES + "/a", exact).status()).isEqualTo(200);
    refused(scene.picture("PUT", IMAGES + "/b", more), 413, "image_too_large", "10001 bytes");
    String json = "{\"image_base64\":\"%s\"}";
    assertThat(scene.send("PUT", IMAGES + "/c", json.formatted(base64(exact))).status())
        .isEqualTo(200);
    refused(
        scene.send("PUT", IMAGES + "/d", json.formatted(base64(more))),
        413,
        "image_too_large",
        "10000 bytes");
  }

  @Test
  void changesOneOfDescriptionAndKeywordsAndLeavesTheOther() {
    scene.picture("PUT", IMAGES + "/a?description=old&keywords=x,y&tags.kind=shoe", PICTURE);

    assertThat(scene.send("PATCH", IMAGES + "/a", "{\"description\":\"new\"}").status())
        .isEqualTo(200);

    var attributes = scene.library.stored(SHOP, "a").attributes();
    assertThat(attributes.getText().getDescription()).isEqualTo("new");
    assertThat(attributes.getText().getKeywordsList()).containsExactly("x", "y");
    assertThat(attributes.getTags().getValuesMap()).containsEntry("kind", "shoe");
    refused(scene.send("PATCH", IMAGES + "/a", "{}"), 400, "invalid_request", "nothing to change");
    refused(
        scene.send("PATCH", IMAGES + "/b", "{\"tags\":{}}"),
        404,
        "no_such_image",
        "no image \"b\"");
  }

  @Test
  void listsPageAfterPage() {
    for (String id : List.of("a", "b", "c")) {
      scene.picture("PUT", IMAGES + "/" + id, PICTURE);
    }
    JsonNode first = GatewayScene.json(scene.get(IMAGES + "?limit=2"));
    assertThat(first.get("images")).hasSize(2);
    JsonNode second =
        GatewayScene.json(scene.get(IMAGES + "?limit=2&after=" + first.get("next").asText()));
    assertThat(second.get("images").get(0).get("id").asText()).isEqualTo("c");
    assertThat(second.get("next").isNull()).isTrue();
    refused(scene.get(IMAGES + "?limit=0"), 400, "invalid_request", "limit is \"0\"");
  }

  @Test
  void passesOnEverythingASearchCanSay() {
    scene.send(
        "POST",
        SEARCH,
        "{\"image_base64\":\""
            + base64(PICTURE)
            + "\",\"filter\":{\"all\":[{\"tag\":{\"key\":\"kind\",\"in\":[\"a\",\"b\"]}},"
            + "{\"not\":{\"number\":{\"key\":\"price\",\"from\":1}}},{\"any\":[{\"id_prefix\":\"x\"}]}]},"
            + "\"tags\":{\"brand\":[\"p\",\"q\"]},\"crop\":{\"x\":1,\"y\":2,\"width\":3,\"height\":4},"
            + "\"offset\":5,\"limit\":7,\"min_score\":0.5,\"tokens\":[\"1.2.3\"],\"strict\":true,"
            + "\"consistency\":\"strong\",\"max_lag\":\"250ms\","
            + "\"attributes\":false,\"deadline\":\"700ms\"}");

    SearchRequest asked = scene.library.searches.getLast();
    assertThat(asked.getContent()).isEqualTo(PICTURE);
    assertThat(asked.getFilter().getAllOf().getFiltersList()).hasSize(2);
    Filter tree = asked.getFilter().getAllOf().getFilters(0);
    assertThat(tree.getAllOf().getFilters(0).getTagIn().getValuesList()).containsExactly("a", "b");
    assertThat(tree.getAllOf().getFilters(1).getNoneOf().getNumberRange().getFrom()).isEqualTo(1);
    assertThat(tree.getAllOf().getFilters(1).getNoneOf().getNumberRange().hasTo()).isFalse();
    assertThat(asked.getFilter().getAllOf().getFilters(1).getTagIn().getKey()).isEqualTo("brand");
    assertThat(asked.getCrop().getX()).isEqualTo(1);
    assertThat(asked.getOffset()).isEqualTo(5);
    assertThat(asked.getLimit()).isEqualTo(7);
    assertThat(asked.getMinScore()).isEqualTo(0.5);
    assertThat(asked.getAtLeastList()).containsExactly(new Version(1, 2, 3).toWire());
    assertThat(asked.getStrict()).isTrue();
    assertThat(asked.getStrong()).isTrue();
    assertThat(asked.getMaxLagMillis()).isEqualTo(250);
    assertThat(asked.getWithAttributes()).isFalse();
    assertThat(asked.getDeadlineMillis()).isEqualTo(700);
  }

  @Test
  void searchesByPictureWithTheRestInTheQuery() {
    scene.picture("PUT", IMAGES + "/a?tags.kind=x", PICTURE);
    scene.picture("PUT", IMAGES + "/b?tags.kind=y", PICTURE);

    JsonNode answer =
        GatewayScene.json(
            scene.picture(
                "POST", SEARCH + "?limit=1&tags.kind=x&tags.kind=z&min_score=0.1", PICTURE));

    assertThat(answer.get("hits").get(0).get("id").asText()).isEqualTo("a");
    assertThat(answer.get("total").asInt()).isEqualTo(1);
    assertThat(answer.get("coverage").get("asked").asInt()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | nothing to search by",
        "{\"id\":\"a\",\"vector\":[1,0,0,0]} | at most one",
        "{\"id\":\"a\",\"limit\":0} | limit is 0, not 1 to 1000",
        "{\"id\":\"a\",\"limit\":1001} | limit is 1001, not 1 to 1000",
        "{\"id\":\"a\",\"limit\":\"10\"} | limit is text, not a whole number",
        "{\"id\":\"a\",\"limit\":99999999999} | limit is 99999999999",
        "{\"id\":\"a\",\"offset\":-1} | offset is -1",
        "{\"id\":\"a\",\"offset\":9500,\"limit\":501} | offset + limit is 10001, at most 10000",
        "{\"id\":\"a\",\"min_score\":1.5} | min_score is 1.5",
        "{\"id\":\"a\",\"strict\":\"yes\"} | strict is text, not true or false",
        "{\"id\":\"a\",\"tokens\":[\"1.2\"]} | not epoch.partition.offset",
        "{\"id\":\"a\",\"deadline\":\"0\"} | deadline is 0",
        "{\"id\":\"a\",\"consistency\":\"weak\"} | neither eventual nor strong",
        "{\"id\":\"a\",\"max_lag\":\"soon\"} | max_lag is \"soon\"",
        "{\"id\":\"a\",\"crop\":{\"x\":0,\"y\":0,\"width\":1,\"height\":1}} | crop needs a picture",
        "{\"filter\":{}} | filter has 0 fields",
        "{\"filter\":{\"tag\":{\"key\":\"kind\",\"in\":[\"a\"]},\"id_prefix\":\"b\"}} | filter has 2 fields",
        "{\"filter\":{\"tag\":{\"key\":\"kind\",\"in\":[]}}} | filter.tag.in has 0 items",
        "{\"filter\":{\"tag\":{\"key\":\"size\",\"in\":[\"a\"]}}} | is not among",
        "{\"filter\":{\"number\":{\"key\":\"price\",\"from\":2,\"to\":1}}} | more than its to",
        "{\"filter\":{\"colour\":\"red\"}} | field filter.colour is not known",
        "{\"filter\":{\"all\":[]}} | filter.all has 0 items",
        "{\"tags\":{\"size\":\"a\"}} | is not among",
        "{\"id\":\"a\",\"cursor\":\"\",\"offset\":1} | offset and limit are not for cursors",
        "{\"id\":\"a\",\"cursor\":\"\",\"limit\":1} | offset and limit are not for cursors",
        "{\"id\":\"a\",\"cursor\":\"\",\"page_size\":1001} | page_size is 1001, not 1 to 1000",
        "{\"id\":\"a\",\"page_size\":10} | page_size is for cursors",
        "{\"cursor\":\"\"} | nothing to search by",
        "{\"cursor\":\"AAAA\"} | cursor is not one",
        "{\"cursor\":\"no base64!\"} | cursor is not one",
        "{\"id\":\"a\",\"group_by\":\"size\"} | is not among",
        "{\"tags\":{\"kind\":\"a\"},\"group_by\":\"kind\"} | group_by needs something to be alike",
        "{\"id\":\"a\",\"group_by\":\"kind\",\"group_size\":11} | group_size is 11, not 1 to 10",
        "{\"id\":\"a\",\"group_size\":2} | group_size needs group_by",
      })
  void refusesBadSearches(String body, String words) {
    refused(scene.send("POST", SEARCH, body), 400, "invalid_request", words);
    assertThat(scene.library.searches).isEmpty();
  }

  private JsonNode search(String body) {
    ApiResponse answer = scene.send("POST", SEARCH, body);
    assertThat(answer.status()).as("%s", answer.body().toStringUtf8()).isEqualTo(200);
    return GatewayScene.json(answer);
  }

  private String openCursor() {
    for (String id : List.of("a", "b", "c", "d", "e")) {
      scene.picture("PUT", IMAGES + "/" + id + "?tags.kind=x", PICTURE);
    }
    JsonNode first = search("{\"tags\":{\"kind\":\"x\"},\"cursor\":\"\",\"page_size\":2}");
    assertThat(first.get("hits")).hasSize(2);
    assertThat(first.get("hits").get(0).get("tags").get("kind").asText()).isEqualTo("x");
    return first.get("next_cursor").asText();
  }

  @Test
  void searchesByKeywordsAndGoesOnBehindAHit() {
    search("{\"keywords\":[\"phone\",\"手机\"],\"limit\":5}");
    SearchRequest first = scene.library.searches.getLast();
    search("{\"keywords\":[\"phone\"],\"after\":{\"score\":0.375,\"id\":\"a\"}}");
    SearchRequest second = scene.library.searches.getLast();

    assertThat(first.getWords().getAnyOfList()).containsExactly("phone", "手机");
    assertThat(first.getWords().hasAfter()).isFalse();
    assertThat(first.getLimit()).isEqualTo(5);
    assertThat(second.getWords().getAfter().getScore()).isEqualTo(0.375);
    assertThat(second.getWords().getAfter().getImageId()).isEqualTo("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"keywords\":[]} | keywords has 0 items",
        "{\"keywords\":[\"\"]} | keywords",
        "{\"keywords\":\"phone\"} | keywords",
        "{\"keywords\":[\"a\"],\"id\":\"a\"} | at most one of",
        "{\"keywords\":[\"a\"],\"cursor\":\"\"} | cursor is not for keywords",
        "{\"keywords\":[\"a\"],\"relations\":true} | relations needs",
        "{\"keywords\":[\"a\"],\"group_by\":\"kind\"} | group_by needs",
        "{\"keywords\":[\"a\"],\"after\":{\"id\":\"a\"}} | after.score is missing",
        "{\"keywords\":[\"a\"],\"after\":{\"score\":1}} | after.id is missing",
        "{\"id\":\"a\",\"after\":{\"score\":1,\"id\":\"a\"}} | after is for keywords",
      })
  void saysWhatKeywordsDoNotGoWith(String body, String why) {
    refused(scene.send("POST", SEARCH, body), 400, "invalid_request", why);
  }

  @Test
  void goesOnWithACursorUntilThereIsNoMore() {
    String cursor = openCursor();
    SearchRequest opened = scene.library.searches.getLast();
    assertThat(opened.getOpenCursor()).isTrue();
    assertThat(opened.getLimit()).isEqualTo(2);
    assertThat(opened.getTenant()).isEqualTo(AuthScene.PROJECT);

    JsonNode second =
        search("{\"cursor\":\"" + cursor + "\",\"page_size\":2,\"deadline\":\"700ms\"}");
    assertThat(second.get("hits").get(0).get("id").asText()).isEqualTo("c");
    assertThat(second.get("hits").get(0).get("tags").get("kind").asText()).isEqualTo("x");
    assertThat(scene.library.searches.getLast().getDeadlineMillis()).isEqualTo(700);
    JsonNode third =
        search("{\"cursor\":\"" + second.get("next_cursor").asText() + "\",\"page_size\":2}");
    assertThat(third.get("hits")).hasSize(1);
    assertThat(third.has("next_cursor")).isFalse();
  }

  @Test
  void takesNothingNewBesideACursor() {
    String cursor = openCursor();
    refused(
        scene.send("POST", SEARCH, "{\"cursor\":\"" + cursor + "\",\"tags\":{\"kind\":\"y\"}}"),
        400,
        "invalid_request",
        "tags beside a cursor");
    refused(
        scene.picture("POST", SEARCH + "?cursor=" + cursor, PICTURE),
        400,
        "invalid_request",
        "a picture beside a cursor");
  }

  @Test
  void knowsItsOwnCursorsOnly() {
    String cursor = openCursor();
    char last = cursor.charAt(cursor.length() - 2);
    String bent =
        cursor.substring(0, cursor.length() - 2)
            + (last == 'A' ? 'B' : 'A')
            + cursor.charAt(cursor.length() - 1);
    String body = "{\"cursor\":\"" + cursor + "\"}";
    refused(
        scene.send("POST", SEARCH, "{\"cursor\":\"" + bent + "\"}"),
        400,
        "invalid_request",
        "cursor is not one");
    // Of an instance of the same name, of another account.
    scene.send(
        GatewayScene.as(AuthScene.THEIRS, "POST", "/api/v1/instances")
            .header("Content-Type", "application/json")
            .body("{\"name\":\"shop\",\"tags\":[\"kind\"]}"));
    refused(
        scene.send(
            GatewayScene.as(AuthScene.THEIRS, "POST", SEARCH)
                .header("Content-Type", "application/json")
                .body(body)),
        400,
        "invalid_request",
        "cursor is not one");
    scene.library.nextRefusal(RefusalKind.CURSOR_EXPIRED, "slot 3 no longer holds it");
    refused(scene.send("POST", SEARCH, body), 410, "cursor_expired", "slot 3");
  }

  @Test
  void saysWhetherThereIsAGoodMatch() {
    scene.picture("PUT", IMAGES + "/a?tags.kind=x", PICTURE);
    Hit stranger = Hit.newBuilder().setImageId("a").setScore(0.4).build();
    Hit copy = stranger.toBuilder().setScore(0.9).setRelation(Relation.EDITED_COPY).build();

    scene.library.nextPage(Page.newBuilder().addHits(copy).build());
    JsonNode good = search("{\"id\":\"a\",\"relations\":true}");
    scene.library.nextPage(Page.newBuilder().addHits(stranger).build());
    JsonNode none = search("{\"id\":\"a\",\"relations\":true}");
    scene.library.nextPage(Page.newBuilder().addHits(stranger).build());
    JsonNode later = search("{\"id\":\"a\",\"relations\":true,\"offset\":1}");
    scene.library.nextPage(Page.newBuilder().addHits(stranger).build());
    JsonNode unasked = search("{\"id\":\"a\"}");

    assertThat(good.get("good_match").asBoolean()).isTrue();
    assertThat(none.get("good_match").asBoolean(true)).isFalse();
    assertThat(later.has("good_match")).isFalse();
    assertThat(unasked.has("good_match")).isFalse();
  }

  @Test
  void tellsGroups() {
    scene.picture("PUT", IMAGES + "/a?tags.kind=x", PICTURE);
    scene.library.nextPage(
        Page.newBuilder()
            .addHits(
                Hit.newBuilder()
                    .setImageId("a")
                    .setGroup("x")
                    .addOthers(Hit.newBuilder().setImageId("b").setScore(0.5)))
            .addHits(Hit.newBuilder().setImageId("lone"))
            .build());
    JsonNode hits = search("{\"id\":\"a\",\"group_by\":\"kind\",\"group_size\":3}").get("hits");
    assertThat(scene.library.searches.getLast().getGroupBy()).isEqualTo("kind");
    assertThat(scene.library.searches.getLast().getGroupSize()).isEqualTo(3);
    assertThat(hits.get(0).get("group").asText()).isEqualTo("x");
    assertThat(hits.get(0).get("others").get(0).get("id").asText()).isEqualTo("b");
    assertThat(hits.get(1).has("group")).isFalse();
    assertThat(hits.get(1).has("others")).isFalse();
  }

  @Test
  void boundsTheDepthOfAFilter() {
    String filter = "{\"not\":".repeat(17) + "{\"id_prefix\":\"a\"}" + "}".repeat(17);
    refused(
        scene.send("POST", SEARCH, "{\"filter\":" + filter + "}"),
        400,
        "invalid_request",
        "16 levels");
  }

  @Test
  void keepsTenantsApart() {
    scene.picture("PUT", IMAGES + "/a", PICTURE);
    scene.quarantine.put(quarantined(AuthScene.PROJECT + "/shop", 1));
    scene.quarantine.put(quarantined(AuthScene.OTHER_PROJECT + "/shop", 2));
    scene.quarantine.put(quarantined("", 3));

    for (String path : List.of("/api/v1/instances/shop", IMAGES, IMAGES + "/a")) {
      refused(theirs("GET", path), 404, "no_such_instance", "shop");
    }
    refused(theirs("DELETE", "/api/v1/instances/shop"), 404, "no_such_instance", "shop");
    assertThat(GatewayScene.json(theirs("GET", "/api/v1/instances")).get("instances")).isEmpty();
    JsonNode events = GatewayScene.json(theirs("GET", "/api/v1/quarantine")).get("events");
    assertThat(events).hasSize(1);
    assertThat(events.get(0).get("id").asText()).isEqualTo("1.0.2");
    refused(theirs("GET", "/api/v1/quarantine/1.0.1"), 404, "no_such_event", "1.0.1");
    refused(theirs("POST", "/api/v1/quarantine/1.0.1/redrive"), 404, "no_such_event", "1.0.1");
    refused(theirs("GET", "/api/v1/cluster"), 403, "forbidden", "administrator");
    refused(theirs("PUT", "/api/v1/cluster/placement"), 403, "forbidden", "administrator");
    refused(theirs("GET", "/api/v1/accounts"), 403, "forbidden", "administrator");
    // The first account is the administrator.
    assertThat(GatewayScene.json(scene.get("/api/v1/quarantine")).get("events")).hasSize(3);
    assertThat(scene.library.of(SHOP)).containsKey("a");
    assertThat(scene.quarantine.redriven).isEmpty();
  }

  private ApiResponse theirs(String method, String target) {
    return scene.send(GatewayScene.as(AuthScene.THEIRS, method, target));
  }

  private static QuarantinedEvent quarantined(String instance, long offset) {
    return QuarantinedEvent.newBuilder()
        .setVersion(EventVersion.newBuilder().setEpoch(1).setOffset(offset))
        .setInstance(instance)
        .setValue(ByteString.copyFromUtf8("unreadable"))
        .build();
  }

  @Test
  void drivesOnlyWhatItMayAndCanAgain() {
    scene.quarantine.put(quarantined(AuthScene.OTHER_PROJECT + "/shop", 1));
    scene.quarantine.put(quarantined(AuthScene.PROJECT + "/shop", 2));
    scene.quarantine.put(
        quarantined(AuthScene.OTHER_PROJECT + "/shop", 3).toBuilder().clearValue().build());

    ApiResponse answer =
        scene.send(
            GatewayScene.as(AuthScene.THEIRS, "POST", "/api/v1/quarantine/redrive")
                .header("Content-Type", "application/json")
                .body("{\"all\":true}"));

    JsonNode json = GatewayScene.json(answer);
    assertThat(json.get("redriven")).hasSize(1);
    assertThat(json.get("failed")).hasSize(1);
    assertThat(json.get("failed").get(0).get("id").asText()).isEqualTo("1.0.3");
    assertThat(scene.quarantine.redriven).hasSize(1);
    refused(
        scene.send("POST", "/api/v1/quarantine/redrive", "{}"), 400, "invalid_request", "either");
  }

  @Test
  void refusesNamesThatWouldMakePathsAmbiguousOrLeaveTheFolder() {
    for (String name : List.of("service", "image", "Shop", "a/b", "..", "", "1a", "a".repeat(17))) {
      ApiResponse answer = scene.send("POST", "/api/v1/instances", "{\"name\":\"" + name + "\"}");
      assertThat(answer.status()).as(name).isEqualTo(400);
    }
    refused(
        scene.send("POST", "/api/v1/instances", "{\"name\":\"a\",\"tags\":[\"Kind\"]}"),
        400,
        "invalid_request",
        "capitals");
    refused(
        scene.send("POST", "/api/v1/instances", "{\"name\":\"a\",\"model\":\"none\"}"),
        400,
        "invalid_request",
        "is not among");
  }

  @Test
  void anInstanceNamesOneOfTheDetectors() {
    ApiResponse made =
        scene.send("POST", "/api/v1/instances", "{\"name\":\"street\",\"detector\":\"eyes\"}");

    assertThat(GatewayScene.json(made).get("detector").asText()).isEqualTo("eyes");
    assertThat(GatewayScene.json(scene.get("/api/v1/instances/shop")).has("detector")).isFalse();
    JsonNode detector = GatewayScene.json(scene.get("/api/v1/models")).get("detectors").get(0);
    assertThat(detector.get("name").asText()).isEqualTo("eyes");
    assertThat(detector.get("labels").get(0).asText()).isEqualTo("person");
    refused(
        scene.send("POST", "/api/v1/instances", "{\"name\":\"a\",\"detector\":\"ears\"}"),
        400,
        "invalid_request",
        "detector \"ears\" is not among [eyes]");
  }

  @Test
  void tellsTheSubjectsOfASearchWithTheirLabels() {
    Box box = Box.newBuilder().setX(1).setY(2).setWidth(3).setHeight(4).build();
    scene.library.nextPage(
        Page.newBuilder()
            .addSubjects(FoundSubject.newBuilder().setBox(box).setScore(0.75).setLabel("person"))
            .addSubjects(FoundSubject.newBuilder().setBox(box).setScore(0.5))
            .build());

    JsonNode subjects =
        GatewayScene.json(
                scene.send(
                    "POST",
                    "/api/v1/instances/shop/search",
                    "{\"image_base64\":\"" + base64(PICTURE) + "\",\"find_subject\":true}"))
            .get("subjects");

    assertThat(scene.library.searches.getLast().getFindSubject()).isTrue();
    assertThat(subjects.toString())
        .isEqualTo(
            "[{\"score\":0.75,\"label\":\"person\",\"box\":{\"x\":1,\"y\":2,\"width\":3,\"height\":4}},"
                + "{\"score\":0.5,\"box\":{\"x\":1,\"y\":2,\"width\":3,\"height\":4}}]");
  }

  @Test
  void tellsWhichMethodsAPathTakes() {
    ApiResponse answer = scene.send(GatewayScene.mine("PUT", "/api/v1/instances/shop"));

    refused(answer, 405, "method_not_allowed", "only DELETE, GET");
    assertThat(answer.headers()).containsEntry("Allow", "DELETE, GET");
    refused(scene.get("/api/v1/nothing"), 404, "no_such_path", "/api/v1/nothing");
  }

  @Test
  void slowsDownAnAccountThatAsksTooOften() {
    scene = new GatewayScene(new RateLimits(0.001, 2, System::nanoTime));
    create(scene);
    scene.get("/api/v1/instances");
    ApiResponse answer = scene.get("/api/v1/instances");

    refused(answer, 429, "too_many_requests", "requests a second");
    assertThat(answer.headers()).containsEntry("Retry-After", "1");
    assertThat(theirs("GET", "/api/v1/instances").status()).isEqualTo(200);
  }

  @Test
  void refusesAnAccountThatHasItsShareUnderWay() {
    scene = new GatewayScene(new RateLimits(1e6, 1e6, System::nanoTime), new FairShare(0));
    ApiResponse answer = scene.get("/api/v1/instances");

    refused(answer, 429, "busy", "its share of requests");
    assertThat(answer.headers()).containsEntry("Retry-After", "1");
  }

  @Test
  void givesTheShareBackWithEachAnswer() {
    scene = new GatewayScene(new RateLimits(1e6, 1e6, System::nanoTime), new FairShare(1));
    create(scene);
    for (int i = 0; i < 3; i++) {
      assertThat(scene.get("/api/v1/instances").status()).isEqualTo(200);
      assertThat(scene.get("/api/v1/instances/none").status()).isEqualTo(404);
    }
  }

  @Test
  void countsCallsUnderTheInstancesUidAndNeverUnderItsName() {
    scene.picture("PUT", IMAGES + "/a", PICTURE);
    scene.get(IMAGES + "/a?wiat=1");
    scene.get("/api/v1/instances/other");

    String metrics = scene.send(Requests.of("GET", "/metrics")).body().toStringUtf8();

    assertThat(metrics)
        .contains("likeness_api_calls_seconds_count{api=\"native\",instance=\"uid-")
        .contains("operation=\"putImage\"")
        .containsPattern(
            "likeness_api_failures_total\\{api=\"native\",instance=\"uid-[^}]*kind=\"caller\",operation=\"showImage\"} 1")
        .doesNotContain("other");
  }

  @Test
  void showsMetricsToThisMachineAndToAdministratorsOnly() {
    assertThat(scene.send(Requests.of("GET", "/metrics")).status()).isEqualTo(200);
    assertThat(
            scene
                .send(Requests.of("GET", "/metrics").header("X-Forwarded-For", "10.0.0.1"))
                .status())
        .isEqualTo(401);
    assertThat(
            scene
                .send(
                    GatewayScene.as(AuthScene.THEIRS, "GET", "/metrics")
                        .header("X-Forwarded-For", "10.0.0.1"))
                .status())
        .isEqualTo(403);
    assertThat(
            scene
                .send(GatewayScene.mine("GET", "/metrics").header("X-Forwarded-For", "10.0.0.1"))
                .status())
        .isEqualTo(200);
  }
}
