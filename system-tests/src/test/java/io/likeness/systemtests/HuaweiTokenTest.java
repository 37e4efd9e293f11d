package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.likeness.bench.api.Account;
import io.likeness.bench.api.Answer;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The v1 API with a token in place of a signature: by plain HTTP, and with curl. */
class HuaweiTokenTest {

  private final TheSystem system = TheSystem.shared();
  private final Account account = system.admin();

  @Test
  void givesATokenForAPasswordAndSaysWhoseItIs() throws IOException {
    Answer given =
        Iam.post(
            system.endpoint(),
            "/v3/auth/tokens",
            "",
            Iam.passwordRequest(account, account.password()));
    String token = given.header("X-Subject-Token");
    Answer shown =
        Plain.send(
            HttpRequest.newBuilder(uri("/v3/auth/tokens"))
                .header("X-Auth-Token", token)
                .header("X-Subject-Token", token)
                .GET()
                .build());

    assertThat(given.status()).isEqualTo(201);
    assertThat(token).isNotEmpty();
    assertThat(given.text()).doesNotContain(token);
    assertThat(shown.status()).isEqualTo(200);
    for (Answer answer : List.of(given, shown)) {
      JsonObject body = answer.json().getJsonObject("token");
      assertThat(body.getJsonArray("methods")).isEqualTo(new JsonArray().add("password"));
      assertThat(body.getJsonObject("project").getString("id")).isEqualTo(account.projectId());
      assertThat(body.getJsonObject("project").getJsonObject("domain").getString("name"))
          .isEqualTo(account.domain());
      assertThat(body.getJsonObject("user").getString("name")).isEqualTo(account.user());
      assertThat(body.getJsonArray("roles")).isNotNull();
      assertThat(body.containsKey("catalog")).isTrue();
      assertThat(body.getString("issued_at")).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:]{8}\\.\\d{6}Z");
      assertThat(
              Instant.parse(body.getString("expires_at")).getEpochSecond()
                  - Instant.parse(body.getString("issued_at")).getEpochSecond())
          .isEqualTo(24 * 3600);
    }
  }

  @Test
  void refusesAWrongPasswordInIamsOwnShape() throws IOException {
    Answer refused =
        Iam.post(system.endpoint(), "/v3/auth/tokens", "", Iam.passwordRequest(account, "not it"));

    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.json().getJsonObject("error").getInteger("code")).isEqualTo(401);
    assertThat(refused.json().getJsonObject("error").getString("title")).isEqualTo("Unauthorized");
  }

  @Test
  void findsTheProjectByTheNameOfARegion() throws IOException {
    Answer found =
        Plain.send(
            HttpRequest.newBuilder(uri("/v3/projects?name=cn-north-4"))
                .header("X-Auth-Token", Iam.token(system.endpoint(), account))
                .GET()
                .build());

    assertThat(found.status()).isEqualTo(200);
    JsonArray projects = found.json().getJsonArray("projects");
    assertThat(projects).hasSize(1);
    JsonObject project = projects.getJsonObject(0);
    assertThat(project.getString("id")).isEqualTo(account.projectId());
    assertThat(project.getString("name")).isEqualTo("cn-north-4");
    assertThat(project.getBoolean("enabled")).isTrue();
    assertThat(found.json().getJsonObject("links")).isNotNull();
  }

  @Test
  void servesTheWholeApiToAToken() throws IOException {
    lifeOfAPicture(new OverHttp(Iam.token(system.endpoint(), account)));
  }

  @Test
  void servesTheWholeApiToCurl(@TempDir Path folder) throws IOException {
    assumeTrue(
        List.of("/usr/bin/curl", "/bin/curl", "/usr/local/bin/curl").stream()
            .anyMatch(curl -> Files.isExecutable(Path.of(curl))),
        "no curl on this machine");
    lifeOfAPicture(new OverCurl(Iam.token(system.endpoint(), account), folder));
  }

  /** Operations 1 to 8 in one go. */
  private void lifeOfAPicture(Caller caller) throws IOException {
    String name = system.instanceName();
    String project = "/v1/" + account.projectId();
    String image = project + "/" + name + "/image";
    String file = Base64.getEncoder().encodeToString(Pictures.jpeg(71));

    JsonObject created =
        caller.call(
            "POST",
            project + "/service",
            new JsonObject()
                .put("name", name)
                .put("model", "common-search")
                .put("tags", new JsonArray().add("animal")));
    JsonObject shown = caller.call("GET", project + "/service/" + name, null);
    JsonObject added =
        caller.call(
            "POST",
            image,
            new JsonObject()
                .put("file", file)
                .put("path", "a")
                .put("tags", new JsonObject().put("animal", "cat")));
    JsonObject there = caller.call("POST", image + "/check", new JsonObject().put("path", "a"));
    JsonObject changed =
        caller.call(
            "PUT",
            image,
            new JsonObject().put("path", "a").put("tags", new JsonObject().put("animal", "dog")));
    JsonObject found =
        caller.call("POST", image + "/search", new JsonObject().put("file", file).put("limit", 3));
    JsonObject deleted = caller.call("DELETE", image, new JsonObject().put("path", "a"));
    JsonObject gone = caller.call("POST", image + "/check", new JsonObject().put("path", "a"));
    JsonObject ended = caller.call("DELETE", project + "/service/" + name, null);

    assertThat(created.getString("instanceName")).isEqualTo(name);
    assertThat(shown).isEqualTo(created);
    assertThat(added.getString("result")).isEqualToIgnoringCase("success");
    assertThat(there.getValue("exist")).isEqualTo("true");
    assertThat(changed.getString("result")).isEqualTo("Success");
    assertThat(found.getInteger("count")).isEqualTo(1);
    JsonObject hit = found.getJsonArray("result").getJsonObject(0);
    assertThat(hit.getString("path")).isEqualTo("a");
    assertThat(hit.getNumber("sim").doubleValue()).isBetween(0.99, 1.0);
    assertThat(hit.getJsonObject("tags").getMap()).isEqualTo(Map.of("animal", "dog"));
    assertThat(deleted.getString("result")).isEqualTo("Success");
    assertThat(gone.getValue("exist")).isEqualTo("false");
    assertThat(ended.getString("result")).isEqualTo("success");
  }

  private URI uri(String path) {
    return URI.create(system.endpoint() + path);
  }

  /** Makes one call that must succeed with 200. */
  private interface Caller {
    JsonObject call(String method, String path, @Nullable JsonObject body) throws IOException;
  }

  private final class OverHttp implements Caller {
    private final String token;

    private OverHttp(String token) {
      this.token = token;
    }

    @Override
    public JsonObject call(String method, String path, @Nullable JsonObject body)
        throws IOException {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(uri(path))
              .header("X-Auth-Token", token)
              .method(
                  method,
                  body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.encode()));
      if (body != null) {
        request.header("Content-Type", "application/json");
      }
      return Plain.send(request.build()).expect(200).json();
    }
  }

  private final class OverCurl implements Caller {
    private final String token;
    private final Path folder;

    private OverCurl(String token, Path folder) {
      this.token = token;
      this.folder = folder;
    }

    @Override
    public JsonObject call(String method, String path, @Nullable JsonObject body)
        throws IOException {
      List<String> words =
          new ArrayList<>(
              List.of(
                  "curl",
                  "--silent",
                  "--show-error",
                  "--fail-with-body",
                  "--max-time",
                  "60",
                  "-X",
                  method,
                  "-H",
                  "X-Auth-Token: " + token));
      if (body != null) {
        Path file = Files.writeString(folder.resolve("body.json"), body.encode());
        words.addAll(List.of("-H", "Content-Type: application/json", "--data-binary", "@" + file));
      }
      words.add(uri(path).toString());
      Path out = folder.resolve("out");
      Process curl =
          new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(out.toFile()).start();
      try {
        int status = curl.waitFor();
        String text = Files.readString(out, StandardCharsets.UTF_8);
        assertThat(status).as(text).isZero();
        return new JsonObject(text);
      } catch (InterruptedException e) {
        curl.destroyForcibly();
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while curl ran", e);
      }
    }
  }
}
