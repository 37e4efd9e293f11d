package io.likeness.standalone.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ModelDownloadTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  @TempDir Path folder;

  private byte[] content = new byte[300_000];
  private String tag = "\"one\"";

  /** How many bytes of an answer come before its connection is cut; -1 for all. */
  private final CopyOnWriteArrayList<Integer> cuts = new CopyOnWriteArrayList<>();

  private final CopyOnWriteArrayList<String> ranges = new CopyOnWriteArrayList<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    new Random(1).nextBytes(content);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/model.onnx", this::answer);
    server.createContext("/status", exchange -> status(exchange));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void status(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    ranges.add(path);
    exchange.sendResponseHeaders(Integer.parseInt(path.substring("/status/".length())), -1);
    exchange.close();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("Range");
    String ifRange = exchange.getRequestHeaders().getFirst("If-Range");
    ranges.add(String.valueOf(range));
    boolean part = range != null && tag.equals(ifRange);
    int from = part ? Integer.parseInt(range.substring("bytes=".length(), range.length() - 1)) : 0;
    exchange.getResponseHeaders().set("ETag", tag);
    if (part) {
      exchange
          .getResponseHeaders()
          .set(
              "Content-Range", "bytes " + from + "-" + (content.length - 1) + "/" + content.length);
    }
    exchange.sendResponseHeaders(part ? 206 : 200, content.length - from);
    int cut = cuts.isEmpty() ? -1 : cuts.removeFirst();
    int bytes = cut < 0 ? content.length - from : cut;
    try {
      exchange.getResponseBody().write(content, from, bytes);
      exchange.getResponseBody().flush();
    } finally {
      exchange.close();
    }
  }

  private URI url(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  private Path file() {
    return folder.resolve("mine").resolve("model.onnx");
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private String get(long bytesMax, int attempts, Duration silence) {
    return get(url("/model.onnx"), bytesMax, attempts, silence, sha256(content));
  }

  private String get(URI from, long bytesMax, int attempts, Duration silence, String sha256) {
    ModelDownload download =
        new ModelDownload(bytesMax, attempts, Duration.ofMillis(1), silence, line -> {});
    try {
      return download.get(from, file(), Optional.of(sha256));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertWhole() throws IOException {
    assertThat(Files.readAllBytes(file())).isEqualTo(content);
    try (var left = Files.list(folder.resolve("mine"))) {
      assertThat(left).containsExactly(file());
    }
  }

  @Test
  void goesOnWhereItWasCutOff() throws IOException {
    cuts.addAll(List.of(100_000, 50_000));

    assertThat(get(1 << 20, 3, LONG)).isEqualTo(sha256(content));

    assertThat(ranges).hasSize(3).first().isEqualTo("null");
    assertThat(ranges.get(2)).startsWith("bytes=").isNotEqualTo("bytes=0-");
    assertWhole();
  }

  @Test
  void goesOnInALaterRun() throws IOException {
    cuts.add(120_000);
    assertThatThrownBy(() -> get(1 << 20, 1, LONG)).hasMessageContaining("are kept");

    var unused = get(1 << 20, 1, LONG);

    assertThat(ranges.getLast()).startsWith("bytes=").isNotEqualTo("bytes=0-");
    assertWhole();
  }

  @Test
  void beginsAnewWhereTheFileHasChanged() throws IOException {
    cuts.add(120_000);
    assertThatThrownBy(() -> get(1 << 20, 1, LONG)).hasMessageContaining("are kept");
    content = Arrays.copyOf(content, 200_000);
    content[5] ^= 1;
    tag = "\"two\"";

    var unused = get(1 << 20, 1, LONG);

    assertWhole();
  }

  @Test
  void throwsAwayWhatHasAnotherChecksum() throws IOException {
    String other = sha256(new byte[1]);
    assertThatThrownBy(() -> get(url("/model.onnx"), 1 << 20, 1, LONG, other))
        .hasMessageContaining(sha256(content))
        .hasMessageContaining(other);
    try (var left = Files.list(folder.resolve("mine"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void refusesMoreBytesThanItsBound() {
    assertThatThrownBy(() -> get(299_999, 3, LONG))
        .hasMessageContaining("300000 bytes, at most 299999");
    assertThat(ranges).hasSize(1);
  }

  @Test
  void givesUpOnAServerThatFallsSilent() throws IOException {
    server.createContext(
        "/silent",
        exchange -> {
          exchange.sendResponseHeaders(200, 1000);
          exchange.getResponseBody().write(1);
          exchange.getResponseBody().flush();
        });

    assertThatThrownBy(
            () -> get(url("/silent"), 1 << 20, 1, Duration.ofMillis(300), sha256(content)))
        .hasMessageContaining("could not be read in 1 tries");
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 403})
  void asksOnceWhereAskingAgainChangesNothing(int status) {
    assertThatThrownBy(() -> get(url("/status/" + status), 1 << 20, 3, LONG, sha256(content)))
        .hasMessageContaining("status " + status);
    assertThat(ranges).hasSize(1);
  }

  @Test
  void asksAServerAgainThatFailsForTheMoment() {
    assertThatThrownBy(() -> get(url("/status/503"), 1 << 20, 3, LONG, sha256(content)))
        .hasMessageContaining("in 3 tries");
    assertThat(ranges).hasSize(3);
  }

  @Test
  void copiesAFile() throws IOException {
    Path from = Files.write(folder.resolve("from.onnx"), content);

    assertThat(get(from.toUri(), 1 << 20, 1, LONG, sha256(content))).isEqualTo(sha256(content));

    assertWhole();
    assertThat(from).exists();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://models.example/x", "ftp://models.example/x", "model.onnx", "https:///x"})
  void refusesAddressesItDoesNotTrust(String address) {
    assertThatThrownBy(() -> ModelDownload.check(URI.create(address), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
