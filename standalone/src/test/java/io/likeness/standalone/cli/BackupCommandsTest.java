package io.likeness.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.likeness.standalone.Standalone;
import io.likeness.standalone.StandaloneConfig;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.client.Login;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against whole systems. */
class BackupCommandsTest {

  private static final Path PICTURES = Path.of("..", "docs", "examples");
  private static final Duration SOON = Duration.ofMinutes(2);

  @TempDir Path folder;

  private String out = "";
  private String err = "";

  private int run(String... arguments) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    ByteArrayOutputStream notes = new ByteArrayOutputStream();
    Console console =
        new Console(
            new PrintStream(lines, true, StandardCharsets.UTF_8),
            new PrintStream(notes, true, StandardCharsets.UTF_8),
            false);
    List<String> all = new ArrayList<>(List.of("backup"));
    all.addAll(List.of(arguments));
    int code = Likeness.run(console, all.toArray(String[]::new));
    out = lines.toString(StandardCharsets.UTF_8);
    err = notes.toString(StandardCharsets.UTF_8);
    return code;
  }

  @Test
  void bringsAWholeClusterBackAsItWasAtAMoment() throws Exception {
    String store = folder.resolve("store").toString();
    Path old = folder.resolve("old");
    Path fresh = folder.resolve("fresh");
    StandaloneConfig config =
        StandaloneConfig.in(old)
            .with("shard.snapshot.store", store)
            .with("shard.snapshot.interval", "1s");
    String secret;
    try (Standalone system = Standalone.start(config);
        Api api = api(system)) {
      secret = system.credentials().secretKey();
      api.post("/instances", Api.object().put("name", "demo"));
      add(api, "lighthouse.jpg");
      await()
          .atMost(SOON)
          .until(() -> run("list", "--store", store) == 0 && out.lines().count() >= 8);
      add(api, "mug-red.jpg");
      Instant moment = Instant.now().plusMillis(1);
      await().until(() -> Instant.now().isAfter(moment));
      api.delete(Api.path("instances", "demo", "images", "mug-red.jpg"));
      add(api, "boats.png");
      String kafka = system.kafkaBootstrap();

      assertThat(run("check", "--store", store, "--kafka", kafka)).as(out + err).isZero();
      assertThat(out).contains("the same, 2 images").doesNotContain("DIFFERENT");
      assertThat(run("check", "--store", store, "--kafka", kafka, "--at", moment.toString()))
          .isZero();
      assertThat(
              run(
                  "restore",
                  "--store",
                  store,
                  "--data",
                  fresh.toString(),
                  "--kafka",
                  kafka,
                  "--at",
                  moment.toString(),
                  "--secrets-of",
                  old.toString()))
          .as(out + err)
          .isZero();
      assertThat(out).contains("1 instances, 2 images").contains("likeness up --data " + fresh);
      assertThat(run("restore", "--store", store, "--data", fresh.toString())).isEqualTo(1);
      assertThat(err).contains("holds a cluster already");
    }

    try (Standalone system = Standalone.start(StandaloneConfig.in(fresh));
        Api api = api(system)) {
      assertThat(system.credentials().secretKey()).isEqualTo(secret);
      assertThat(first(api, "lighthouse.jpg")).isEqualTo("lighthouse.jpg");
      assertThat(first(api, "mug-red.jpg")).isEqualTo("mug-red.jpg");
      assertThat(api.get("/instances/demo").path("images").asInt()).isEqualTo(2);
      // What is done now outranks what was.
      api.delete(Api.path("instances", "demo", "images", "mug-red.jpg"));
      add(api, "boats.png");
      assertThat(first(api, "boats.png")).isEqualTo("boats.png");
      assertThat(first(api, "mug-red.jpg")).isNotEqualTo("mug-red.jpg");
    }
  }

  @Test
  void saysWhatIsWrongWithTheMomentAskedFor() {
    String store = folder.resolve("empty").toString();

    assertThat(run("check", "--store", store, "--at", "yesterday")).isEqualTo(1);
    assertThat(err).contains("holds no copy of meta");
    assertThat(run("list", "--store", store)).isZero();
    assertThat(out).contains("no copies of meta");
    assertThat(run("restore", "--store", store)).isEqualTo(2);
    assertThat(err).contains("--data");
  }

  private static Api api(Standalone system) {
    return new Api(
        system.endpoint(),
        new Login(system.credentials().accessKey(), system.credentials().secretKey()));
  }

  private static void add(Api api, String name) throws IOException {
    String path = Api.path("instances", "demo", "images", name);
    api.call(
            "PUT",
            path + Api.query(Map.of("wait", "30s")),
            Api.Body.picture(BodyPublishers.ofFile(PICTURES.resolve(name))))
        .orThrow();
  }

  private static String first(Api api, String name) throws IOException {
    return api.call(
            "POST",
            "/instances/demo/search",
            Api.Body.picture(BodyPublishers.ofFile(PICTURES.resolve(name))))
        .orThrow()
        .path("hits")
        .path(0)
        .path("id")
        .asText();
  }
}
