package io.likeness.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.AddImage;
import io.likeness.wire.Box;
import io.likeness.wire.EventVersion;
import io.likeness.wire.FoundSubject;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.Page;
import io.likeness.wire.QuarantinedEvent;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The document says what the gateway does: every route is in it, every operation in it is called
 * here, and every answer is one it describes.
 */
class OpenApiTest {

  private static final String I = "/api/v1/instances";
  private static final ByteString PICTURE = ByteString.copyFromUtf8("a picture of a shoe");

  private final GatewayScene scene = new GatewayScene();
  private final JsonNode document =
      GatewayScene.json(scene.send(Requests.of("GET", "/openapi.json")));
  private final JsonSchemaFactory schemas =
      JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
  private final Set<String> succeeded = new TreeSet<>();

  @Test
  void describesExactlyTheRoutesThereAre() {
    Set<String> described = new TreeSet<>();
    document
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .fieldNames()
                    .forEachRemaining(
                        method ->
                            described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    Set<String> offered = new TreeSet<>(scene.nativeApi.offered());
    scene.pages.paths().forEach(path -> offered.add("GET " + path));

    assertThat(described).isEqualTo(offered);
  }

  @Test
  void describesWhatEveryOperationAnswers() {
    callEverything();

    Set<String> all = new TreeSet<>();
    document
        .get("paths")
        .forEach(path -> path.forEach(each -> all.add(each.get("operationId").asText())));
    assertThat(succeeded).isEqualTo(all);
  }

  private void callEverything() {
    for (String page : scene.pages.paths()) {
      expect(200, Requests.of("GET", page));
    }
    expect(
        201,
        json("POST", I, "{\"name\":\"shop\",\"tags\":[\"kind\"],\"number_tags\":[\"price\"]}"));
    expect(201, json("POST", I, "{\"name\":\"street\",\"detector\":\"eyes\"}"));
    expect(409, json("POST", I, "{\"name\":\"shop\"}"));
    expect(400, json("POST", I, "{\"name\":\"Shop\"}"));
    expect(200, GatewayScene.mine("GET", I));
    expect(200, GatewayScene.mine("GET", I + "/shop"));
    expect(404, GatewayScene.mine("GET", I + "/other"));
    expect(401, Requests.of("GET", I + "/shop"));
    expect(200, GatewayScene.mine("GET", "/api/v1/models"));
    callImages(I + "/shop/images");
    callSearch(I + "/shop/search");
    callQuarantine("/api/v1/quarantine");
    expect(200, GatewayScene.mine("GET", "/api/v1/cluster"));
    expect(
        403, GatewayScene.as(io.likeness.gateway.auth.AuthScene.THEIRS, "GET", "/api/v1/cluster"));
    String placement = "/api/v1/cluster/placement";
    expect(200, json("PUT", placement, "{\"replicas\":2}"));
    expect(400, json("PUT", placement, "{\"replicas\":\"many\"}"));
    expect(400, json("PUT", placement, "{\"drain\":[\"n\"]}"));
    expect(201, json("POST", "/api/v1/accounts", "{\"domain\":\"d\",\"user\":\"u\"}"));
    expect(409, json("POST", "/api/v1/accounts", "{\"domain\":\"d\",\"user\":\"u\"}"));
    expect(200, GatewayScene.mine("GET", "/api/v1/accounts"));
    expect(200, GatewayScene.mine("DELETE", I + "/shop"));
  }

  private void callImages(String images) {
    expect(200, picture("POST", images + "?id=a&tags.kind=shoe&wait=0", PICTURE));
    expect(200, picture("PUT", images + "/b", PICTURE));
    expect(413, picture("PUT", images + "/b", ByteString.copyFrom(new byte[10_001])));
    scene.library.nextRejection(
        Rejection.newBuilder()
            .setKind(RejectionKind.BROKEN_PICTURE)
            .setDetail("the file ends early")
            .build());
    expect(422, picture("PUT", images + "/c", PICTURE));
    scene.library.nextWrite(new Library.Accepted(new io.likeness.proto.vector.Version(1, 0, 77)));
    expect(202, picture("PUT", images + "/d", PICTURE));
    scene.library.nextWrite(new Library.Busy(java.time.Duration.ofSeconds(1)));
    expect(429, picture("PUT", images + "/d", PICTURE));
    expect(415, picture("PUT", images + "/d", PICTURE).header("Content-Type", "text/html"));
    expect(200, GatewayScene.mine("GET", images + "/a"));
    expect(200, GatewayScene.mine("GET", images + "/nothing"));
    expect(
        200,
        json("PATCH", images + "/a", "{\"tags\":{\"kind\":\"boot\"},\"numbers\":{\"price\":9.5}}"));
    expect(404, json("PATCH", images + "/nothing", "{\"description\":\"x\"}"));
    expect(200, GatewayScene.mine("GET", images + "?limit=1"));
    expect(200, GatewayScene.mine("DELETE", images + "/b"));
  }

  private void callSearch(String search) {
    expect(200, picture("POST", search, PICTURE));
    expect(200, json("POST", search, "{\"tags\":{\"kind\":\"boot\"}}"));
    expect(404, json("POST", search, "{\"id\":\"nothing\"}"));
    scene.library.nextPage(
        Page.newBuilder()
            .addHits(
                Hit.newBuilder()
                    .setImageId("a")
                    .setGroup("boot")
                    .addOthers(Hit.newBuilder().setImageId("b")))
            .setNextCursor(ByteString.copyFromUtf8("more"))
            .build());
    expect(200, json("POST", search, "{\"id\":\"a\",\"cursor\":\"\",\"group_by\":\"kind\"}"));
    Box box = Box.newBuilder().setX(1).setY(2).setWidth(3).setHeight(4).build();
    scene.library.nextPage(
        Page.newBuilder()
            .addSubjects(FoundSubject.newBuilder().setBox(box).setScore(0.75).setLabel("person"))
            .build());
    expect(
        200, json("POST", search, "{\"url\":\"https://a.example/b.png\",\"find_subject\":true}"));
    expect(400, json("POST", search, "{\"cursor\":\"made-up\"}"));
    scene.library.nextRefusal(io.likeness.wire.RefusalKind.CURSOR_EXPIRED, "too late");
    expect(410, json("POST", search, "{\"id\":\"a\",\"cursor\":\"\"}"));
    scene.library.nextRefusal(io.likeness.wire.RefusalKind.UNAVAILABLE, "nobody answered");
    expect(503, picture("POST", search, PICTURE));
    scene.library.nextRefusal(io.likeness.wire.RefusalKind.BAD_PICTURE, "no picture");
    expect(422, picture("POST", search, PICTURE));
  }

  private void callQuarantine(String quarantine) {
    for (int offset = 1; offset <= 3; offset++) {
      ImageEvent event =
          ImageEvent.newBuilder()
              .setInstance(io.likeness.gateway.auth.AuthScene.PROJECT + "/gone")
              .setImageId("x")
              .setAdd(AddImage.newBuilder().setContent(PICTURE))
              .build();
      scene.quarantine.put(
          QuarantinedEvent.newBuilder()
              .setVersion(EventVersion.newBuilder().setEpoch(1).setOffset(offset))
              .setInstance(event.getInstance())
              .setImageId("x")
              .setValue(event.toByteString())
              .setContentType(EventFormat.PROTOBUF)
              .setRejection(
                  Rejection.newBuilder().setKind(RejectionKind.UNKNOWN_INSTANCE).setDetail("gone"))
              .build());
    }
    expect(200, GatewayScene.mine("GET", quarantine + "?limit=2"));
    expect(200, GatewayScene.mine("GET", quarantine + "/1.0.2"));
    expect(404, GatewayScene.mine("GET", quarantine + "/1.0.9"));
    expect(202, GatewayScene.mine("POST", quarantine + "/1.0.2/redrive"));
    expect(202, json("POST", quarantine + "/redrive", "{\"all\":true}"));
  }

  private static Requests json(String method, String target, String body) {
    return GatewayScene.mine(method, target).header("Content-Type", "application/json").body(body);
  }

  private static Requests picture(String method, String target, ByteString picture) {
    return GatewayScene.mine(method, target)
        .header("Content-Type", "application/octet-stream")
        .body(picture);
  }

  /** Sends a request whose answer must have this status and be one the document describes. */
  private void expect(int status, Requests wanted) {
    ApiRequest request = wanted.build();
    ApiResponse answer = scene.send(request);
    String what =
        request.method() + " " + request.rawPath() + " -> " + answer.body().toStringUtf8();
    assertThat(answer.status()).as(what).isEqualTo(status);
    JsonNode operation = operation(request);
    JsonNode described = resolved(operation.get("responses").path(Integer.toString(status)));
    assertThat(described.isMissingNode()).as("%s is described: %s", status, what).isFalse();
    String type = answer.headers().getOrDefault("Content-Type", "").split(";", 2)[0];
    JsonNode content = described.path("content").path(type);
    assertThat(content.isMissingNode()).as("%s is described: %s", type, what).isFalse();
    if (type.equals("application/json")) {
      assertThat(faults(content.get("schema"), answer)).as(what).isEmpty();
    }
    if (status < 300) {
      succeeded.add(operation.get("operationId").asText());
    }
  }

  private Set<ValidationMessage> faults(JsonNode schema, ApiResponse answer) {
    ObjectNode whole = schema.deepCopy();
    whole.set("components", document.get("components"));
    return schemas.getSchema(whole).validate(GatewayScene.json(answer));
  }

  private JsonNode operation(ApiRequest request) {
    Iterator<Map.Entry<String, JsonNode>> paths = document.get("paths").fields();
    while (paths.hasNext()) {
      Map.Entry<String, JsonNode> path = paths.next();
      JsonNode operation = path.getValue().get(request.method().toLowerCase(Locale.ROOT));
      String pattern = path.getKey().replaceAll("\\{[^}]+}", "[^/]+");
      if (operation != null && Pattern.matches(pattern, request.rawPath())) {
        return operation;
      }
    }
    throw new AssertionError(request.method() + " " + request.rawPath() + " is not described");
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
  }
}
