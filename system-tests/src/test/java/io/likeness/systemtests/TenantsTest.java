package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.api.Account;
import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Invariant: <em>tenants never meet</em>. Two tenants who use the same names for everything; each
 * call of the one is made at the things of the other, and must neither show nor change them, nor
 * answer otherwise than if they did not exist.
 */
class TenantsTest {

  private static final String SECRET_ID = "the-secret-catalogue-number";
  private static final String SECRET_TAG = "the-secret-tag";

  private final TheSystem system = TheSystem.shared();
  private final Account ours = system.newAccount();
  private final Account theirs = system.newAccount();
  private final ApiClient us = new ApiClient(system.endpoint(), ours);
  private final ApiClient them = new ApiClient(system.endpoint(), theirs);
  private final String shared = system.instanceName();
  private final String onlyTheirs = system.instanceName();
  private String ourToken = "";
  private String theirToken = "";

  @BeforeEach
  void prepare() throws IOException {
    us.createInstance(shared, List.of("animal"), List.of()).expect(201);
    them.createInstance(shared, List.of("animal"), List.of()).expect(201);
    them.createInstance(onlyTheirs, List.of("animal"), List.of()).expect(201);
    for (String instance : List.of(shared, onlyTheirs)) {
      them.add(instance, SECRET_ID, Pictures.jpeg(401), Map.of("animal", SECRET_TAG), "10s")
          .expect(200);
    }
    us.add(shared, "mine", Pictures.jpeg(402), Map.of("animal", "cat"), "10s").expect(200);
    ourToken = Iam.token(system.endpoint(), ours);
    theirToken = Iam.token(system.endpoint(), theirs);
  }

  @AfterEach
  void close() {
    us.close();
    them.close();
  }

  @Test
  void theSameNameIsTwoInstances() throws IOException {
    JsonObject found = us.searchByPicture(shared, Pictures.jpeg(401), 100).expect(200).json();
    JsonObject byTag =
        us.search(shared, new JsonObject().put("tags", new JsonObject().put("animal", SECRET_TAG)))
            .expect(200)
            .json();

    assertThat(ids(found)).containsExactly("mine");
    assertThat(found.getInteger("total")).isEqualTo(1);
    assertThat(byTag.getInteger("total")).isZero();
    assertThat(us.images(shared)).hasSize(1);
    assertThat(us.image(shared, SECRET_ID).text()).doesNotContain(SECRET_TAG).contains("unknown");
    assertThat(us.get("/api/v1/instances").expect(200).text())
        .contains(shared)
        .doesNotContain(onlyTheirs)
        .doesNotContain(theirs.projectId());
    assertThat(us.get("/api/v1/instances/" + shared).expect(200).json().getInteger("images"))
        .isEqualTo(1);
  }

  @Test
  void noNativeCallReachesAForeignInstance() throws IOException {
    String mine = "/api/v1/instances/" + onlyTheirs;
    String image = ApiClient.imagePath(onlyTheirs, SECRET_ID);
    byte[] picture = Pictures.jpeg(403);
    List<Answer> answers =
        List.of(
            us.get(mine),
            us.get(mine + "/images"),
            us.get(image),
            us.add(onlyTheirs, "x", picture, "2s"),
            us.add(onlyTheirs, SECRET_ID, picture, "2s"),
            us.call(
                "PATCH",
                image,
                BodyPublishers.ofString("{\"tags\":{\"animal\":\"x\"}}"),
                "application/json"),
            us.delete(onlyTheirs, SECRET_ID, "2s"),
            us.search(onlyTheirs, new JsonObject().put("id", SECRET_ID)),
            us.searchByPicture(onlyTheirs, Pictures.jpeg(401), 10),
            us.call("DELETE", mine, BodyPublishers.noBody(), ""));
    Answer nobodys = us.get("/api/v1/instances/nobodys");

    assertThat(answers)
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).as(answer.text()).isEqualTo(404);
              assertThat(answer.text()).contains("no_such_instance").doesNotContain(SECRET_TAG);
            });
    assertThat(us.get(mine).text().replace(onlyTheirs, "nobodys")).isEqualTo(nobodys.text());
    assertTheirsStandsAsItWas();
  }

  @Test
  void noCompatibleCallReachesAForeignProjectOrInstance() throws IOException {
    List<Answer> answers = new ArrayList<>();
    for (String project : List.of(theirs.projectId(), ours.projectId())) {
      String v1 = "/v1/" + project;
      String image = v1 + "/" + onlyTheirs + "/image";
      String file = Base64.getEncoder().encodeToString(Pictures.jpeg(403));
      answers.add(compatible("GET", v1 + "/service/" + onlyTheirs, ""));
      answers.add(compatible("DELETE", v1 + "/service/" + onlyTheirs, ""));
      answers.add(compatible("POST", image, "{\"path\":\"x\",\"file\":\"" + file + "\"}"));
      answers.add(compatible("POST", image + "/search", "{\"path\":\"" + SECRET_ID + "\"}"));
      answers.add(compatible("POST", image + "/search", "{\"file\":\"" + file + "\"}"));
      answers.add(compatible("POST", image + "/check", "{\"path\":\"" + SECRET_ID + "\"}"));
      answers.add(
          compatible("PUT", image, "{\"path\":\"" + SECRET_ID + "\",\"tags\":{\"animal\":\"x\"}}"));
      answers.add(compatible("DELETE", image, "{\"path\":\"" + SECRET_ID + "\"}"));
      String v2 = "/v2/" + project + "/mms/" + onlyTheirs;
      String id = "\"item_id\":\"" + SECRET_ID + "\"";
      answers.add(
          compatible("POST", v2 + "/data/add", "{" + id + ",\"image_base64\":\"" + file + "\"}"));
      answers.add(
          compatible(
              "POST",
              v2 + "/search",
              "{\"search_type\":\"IMAGE\",\"image_base64\":\"" + file + "\"}"));
      answers.add(
          compatible("POST", v2 + "/search", "{\"search_type\":\"KEYWORD\",\"keywords\":[\"x\"]}"));
      answers.add(compatible("POST", v2 + "/data/check", "{" + id + "}"));
      answers.add(compatible("POST", v2 + "/data/update", "{" + id + ",\"desc\":\"x\"}"));
      answers.add(compatible("POST", v2 + "/data/delete", "{" + id + ",\"force\":true}"));
    }
    answers.add(
        compatible(
            "POST",
            "/v1/" + theirs.projectId() + "/service",
            "{\"name\":\"planted\",\"model\":\"common-search\"}"));

    assertThat(answers)
        .allSatisfy(
            answer -> {
              assertThat(answer.status()).as(answer.text()).isIn(400, 403);
              assertThat(answer.text()).containsAnyOf("IS.0007", "MMS.1001", "APIGW.0302");
              assertThat(answer.text()).doesNotContain(SECRET_TAG);
            });
    assertThat(them.get("/api/v1/instances/planted").status()).isEqualTo(404);
    assertTheirsStandsAsItWas();
  }

  @Test
  void iamTellsNobodyOfOthers() throws IOException {
    Answer validated =
        Plain.send(
            us.plain("/v3/auth/tokens")
                .header("X-Auth-Token", ourToken)
                .header("X-Subject-Token", theirToken)
                .GET()
                .build());
    Answer projects =
        Plain.send(us.plain("/v3/projects").header("X-Auth-Token", ourToken).GET().build());
    JsonObject foreignScope = Iam.passwordRequest(ours, ours.password());
    foreignScope
        .getJsonObject("auth")
        .put(
            "scope",
            new JsonObject().put("project", new JsonObject().put("id", theirs.projectId())));

    assertThat(validated.status()).isEqualTo(404);
    assertThat(projects.text()).contains(ours.projectId()).doesNotContain(theirs.projectId());
    assertThat(Iam.post(system.endpoint(), "/v3/auth/tokens", "", foreignScope).status())
        .isEqualTo(403);
  }

  @Test
  void administrationIsTheAdministratorsAlone() throws IOException {
    for (String path : List.of("/api/v1/cluster", "/api/v1/accounts")) {
      assertThat(us.get(path).status()).as(path).isEqualTo(403);
    }
    assertThat(
            us.post(
                    "/api/v1/accounts",
                    new JsonObject().put("domain", "planted").put("user", "owner"))
                .status())
        .isEqualTo(403);
  }

  @Test
  void quarantineShowsEachTheirOwn() throws IOException {
    them.call(
            "POST",
            "/api/v1/instances/" + onlyTheirs + "/images?id=broken-secret&wait=10s",
            BodyPublishers.ofString("no picture"),
            "application/octet-stream")
        .expect(422);
    String listed = them.get("/api/v1/quarantine").expect(200).text();
    List<String> events =
        new JsonObject(listed)
            .getJsonArray("events").stream()
                .map(each -> ((JsonObject) each).getString("id"))
                .toList();

    assertThat(us.get("/api/v1/quarantine").expect(200).text())
        .doesNotContain("broken-secret")
        .doesNotContain(theirs.projectId());
    for (String event : events) {
      assertThat(us.get("/api/v1/quarantine/" + event).status()).isEqualTo(404);
      assertThat(us.post("/api/v1/quarantine/" + event + "/redrive", new JsonObject()).status())
          .isEqualTo(404);
    }
    us.post("/api/v1/quarantine/redrive", new JsonObject().put("all", true)).expect(200, 202);
    assertThat(them.get("/api/v1/quarantine").expect(200).text()).isEqualTo(listed);
  }

  @Test
  void whatStrangersSeeOfTheSystemNamesNobody() throws IOException {
    for (String path : List.of("/metrics", "/health/live", "/health/ready", "/openapi.json", "/")) {
      Answer seen = Plain.send(us.plain(path).GET().build());
      assertThat(seen.text())
          .as(path)
          .doesNotContain(theirs.projectId())
          .doesNotContain(onlyTheirs)
          .doesNotContain(SECRET_ID)
          .doesNotContain(theirs.domain());
    }
  }

  private void assertTheirsStandsAsItWas() throws IOException {
    JsonObject image = them.image(onlyTheirs, SECRET_ID).expect(200).json();
    assertThat(image.getString("status")).isEqualTo("visible");
    assertThat(image.getJsonObject("tags").getString("animal")).isEqualTo(SECRET_TAG);
    JsonObject found = them.searchByPicture(onlyTheirs, Pictures.jpeg(401), 10).expect(200).json();
    assertThat(ids(found)).containsExactly(SECRET_ID);
  }

  private Answer compatible(String method, String path, String body) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    headers.put("X-Auth-Token", ourToken);
    headers.put("Content-Type", "application/json");
    HttpRequest.Builder request = us.plain(path);
    headers.forEach(request::header);
    return Plain.send(
        request
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build());
  }

  private static List<String> ids(JsonObject found) {
    return found.getJsonArray("hits").stream()
        .map(hit -> ((JsonObject) hit).getString("id"))
        .toList();
  }
}
