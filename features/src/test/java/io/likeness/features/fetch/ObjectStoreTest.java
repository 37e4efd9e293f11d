package io.likeness.features.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.likeness.wire.RejectionKind;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ObjectStoreTest {

  private static OwnObjects server;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    server = new OwnObjects(folder.resolve("s3"));
    server.put(OwnObjects.BUCKET, "cats/one 100%.jpg", "pixels".getBytes(UTF_8));
    server.put(OwnObjects.BUCKET, "large.jpg", new byte[1001]);
    server.put(OwnObjects.BUCKET, "just.jpg", new byte[1000]);
    server.put(OwnObjects.CLOSED_BUCKET, "key", "secret".getBytes(UTF_8));
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static FetchOutcome fetch(Map<String, ObjectStoreConfig> stores, String address) {
    FetchConfig config =
        new FetchConfig(
            List.of(),
            Set.of(),
            1000,
            Duration.ofSeconds(20),
            3,
            FetchConfig.Room.defaults(),
            stores);
    try (PictureFetcher fetcher = new PictureFetcher(config)) {
      return fetcher.fetch(address);
    }
  }

  private static FetchOutcome fetch(String address) {
    return fetch(Map.of("s3", server.config("test-secret", OwnObjects.BUCKET)), address);
  }

  @Test
  void readsAnObjectByItsKeyAsItStands() {
    assertThat(fetch("s3://" + OwnObjects.BUCKET + "/cats/one 100%.jpg"))
        .isEqualTo(new Fetched(ByteString.copyFromUtf8("pixels")));
  }

  @Test
  void readsTheOtherCloudsObjectsToo() {
    assertThat(
            fetch(
                Map.of("obs", server.config("test-secret", ObjectStoreConfig.ALL_BUCKETS)),
                "OBS://" + OwnObjects.BUCKET + "/cats/one 100%.jpg"))
        .isInstanceOf(Fetched.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3://secrets-of-tests/key", "obs://pictures-of-tests/just.jpg"})
  void staysClosedWhereNobodyOpenedIt(String address) {
    assertThat(fetch(address))
        .isInstanceOfSatisfying(
            FetchRefused.class,
            refused -> assertThat(refused.rejection().getDetail()).contains("not open"));
  }

  @Test
  void stopsAtTheFirstByteTooMany() {
    assertThat(fetch("s3://" + OwnObjects.BUCKET + "/just.jpg")).isInstanceOf(Fetched.class);
    assertThat(fetch("s3://" + OwnObjects.BUCKET + "/large.jpg"))
        .isInstanceOfSatisfying(
            FetchRefused.class,
            refused -> {
              assertThat(refused.rejection().getKind()).isEqualTo(RejectionKind.PICTURE_TOO_LARGE);
              assertThat(refused.rejection().getDetail()).contains("1001 bytes", "1000 bytes");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "test-secret, s3://pictures-of-tests/none.jpg, no such object",
    "wrong-secret, s3://pictures-of-tests/just.jpg, may not be read"
  })
  void asksOnceWhereAskingAgainChangesNothing(String secret, String address, String told) {
    FetchOutcome outcome =
        fetch(Map.of("s3", server.config(secret, ObjectStoreConfig.ALL_BUCKETS)), address);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            FetchFailed.class,
            failed -> {
              assertThat(failed.retry()).isFalse();
              assertThat(failed.rejection().getDetail()).contains(told).doesNotContain("secret");
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503, 429})
  void mayAskAStoreAgainThatFailsForTheMoment(int status) throws IOException {
    try (ScriptedServer store =
        ScriptedServer.saying(
            request -> "HTTP/1.1 " + status + " Slow Down\r\nContent-Length: 0\r\n\r\n")) {
      ObjectStoreConfig config =
          new ObjectStoreConfig(
              List.of("pictures"),
              Optional.of(URI.create(store.url(""))),
              Optional.empty(),
              Optional.of(new ObjectStoreConfig.Keys("a", "s")),
              true);

      assertThat(fetch(Map.of("s3", config), "s3://pictures/x"))
          .isInstanceOfSatisfying(FetchFailed.class, failed -> assertThat(failed.retry()).isTrue());
      assertThat(store.requests()).hasSize(1);
    }
  }

  @Test
  void endsAtItsDeadlineWhateverTheStoreDrips() throws IOException {
    try (ScriptedServer store =
        ScriptedServer.start(
            (request, output) -> {
              output.write("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n".getBytes(UTF_8));
              for (int i = 0; i < 900; i++) {
                output.write('x');
                output.flush();
                Thread.sleep(100);
              }
            })) {
      ObjectStoreConfig config =
          new ObjectStoreConfig(
              List.of("pictures"),
              Optional.of(URI.create(store.url(""))),
              Optional.empty(),
              Optional.of(new ObjectStoreConfig.Keys("a", "s")),
              true);
      FetchConfig brief =
          new FetchConfig(
              List.of(),
              Set.of(),
              1000,
              Duration.ofMillis(500),
              0,
              FetchConfig.Room.defaults(),
              Map.of("s3", config));
      try (PictureFetcher fetcher = new PictureFetcher(brief)) {
        assertThat(fetcher.fetch("s3://pictures/x"))
            .isInstanceOfSatisfying(
                FetchFailed.class,
                failed -> {
                  assertThat(failed.retry()).isTrue();
                  assertThat(failed.rejection().getDetail()).contains("500 ms");
                });
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "s3://ab/key, no bucket",
    "s3://UPPER/key, no bucket",
    "s3://-abc/key, no bucket",
    "s3://abc, key has 0 bytes",
    "s3://abc/, key has 0 bytes"
  })
  void refusesAddressesThatNameNoObject(String address, String told) {
    assertThatThrownBy(() -> ObjectAddress.parse(address)).hasMessageContaining(told);
  }

  @Test
  void neverShowsItsSecret() {
    assertThat(server.config("test-secret", "abc").toString())
        .contains("test-access")
        .doesNotContain("test-secret");
  }
}
