package io.likeness.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.client.Login;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole system with nothing replaced: Kafka, Hazelcast, the model, every role. */
class StandaloneTest {

  private static final Path PICTURES = Path.of("..", "docs", "examples");

  @TempDir Path folder;

  @Test
  void findsAfterARestartWhatWasAddedBefore() throws Exception {
    StandaloneConfig config = StandaloneConfig.in(folder.resolve("data"));
    String secret;
    String kafka;
    try (Standalone system = Standalone.start(config)) {
      assertThat(system.isFirstStart()).isTrue();
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(config.data().resolve("credentials.json"))))
          .isEqualTo("rw-------");
      secret = system.credentials().secretKey();
      kafka = system.kafkaBootstrap();
      try (Api api = api(system)) {
        api.post("/instances", Api.object().put("name", "demo"));
        for (String name : new String[] {"lighthouse.jpg", "mug-red.jpg", "boats.png"}) {
          add(api, name);
        }
        assertThat(first(api, "mug-red.jpg")).isEqualTo("mug-red.jpg");
        api.delete(Api.path("instances", "demo", "images", "mug-red.jpg"));
        assertThat(first(api, "mug-red.jpg")).isNotEqualTo("mug-red.jpg");
      }
      assertThatThrownBy(() -> Standalone.start(config))
          .isInstanceOf(CannotStart.class)
          .hasMessageContaining("is in use by process " + ProcessHandle.current().pid());
    }
    assertThat(config.data().resolve("endpoint.json")).doesNotExist();

    try (Standalone system = Standalone.start(config)) {
      assertThat(system.isFirstStart()).isFalse();
      assertThat(system.credentials().secretKey()).isEqualTo(secret);
      assertThat(system.kafkaBootstrap()).isEqualTo(kafka);
      assertThat(system.failure()).isEmpty();
      try (Api api = api(system)) {
        assertThat(first(api, "lighthouse.jpg")).isEqualTo("lighthouse.jpg");
        assertThat(api.get("/instances/demo").path("images").asInt()).isEqualTo(2);
      }
    }
  }

  @Test
  void saysWhichPortIsTakenBeforeAnythingStarts() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      StandaloneConfig config = StandaloneConfig.in(folder).onPort(taken.getLocalPort());

      assertThatThrownBy(() -> Standalone.start(config))
          .isInstanceOf(CannotStart.class)
          .hasMessageContaining("127.0.0.1:" + taken.getLocalPort());
      assertThat(folder.resolve("kafka")).doesNotExist();
    }
  }

  @Test
  void refusesAKeyThatNoRoleKnows() {
    StandaloneConfig config = StandaloneConfig.in(folder).with("shard.colour", "red");

    assertThatThrownBy(() -> Standalone.start(config))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("shard.colour is not a known key");
  }

  private static Api api(Standalone system) {
    return new Api(
        system.endpoint(),
        new Login(system.credentials().accessKey(), system.credentials().secretKey()));
  }

  private static void add(Api api, String name) throws IOException {
    JsonNode answer =
        api.call(
                "PUT",
                Api.path("instances", "demo", "images", name) + Api.query(Map.of("wait", "30s")),
                Api.Body.picture(BodyPublishers.ofFile(PICTURES.resolve(name))))
            .orThrow();
    assertThat(answer.path("status").asText()).isEqualTo("visible");
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
