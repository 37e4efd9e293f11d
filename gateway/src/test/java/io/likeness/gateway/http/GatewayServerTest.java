package io.likeness.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.likeness.node.config.HostPort;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server over real sockets: what it lets in, what it refuses, and that it always answers. */
class GatewayServerTest {

  private static final int BODY_MAX = 200_000;

  private static Vertx vertx;

  private final ConcurrentLinkedQueue<ApiRequest> seen = new ConcurrentLinkedQueue<>();
  private final CountDownLatch gate = new CountDownLatch(1);
  private GatewayServer server = start(HttpLimits.DEFAULT);

  @BeforeAll
  static void startVertx() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void stopVertx() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @AfterEach
  void stop() {
    gate.countDown();
    server.close();
  }

  private GatewayServer start(HttpLimits limits) {
    return GatewayServer.start(
        vertx,
        new EdgeSettings(new HostPort("127.0.0.1", 0), 2, limits, Optional.empty()),
        this::route,
        new SimpleMeterRegistry());
  }

  private void restart(HttpLimits limits) {
    server.close();
    server = start(limits);
  }

  private Route route(String method, String path, RequestHeaders headers) {
    ErrorShape errors = ErrorShape.ofPath(path);
    return switch (path) {
      case "/no" -> new Route.Refuse(errors, EdgeFault.noSuchPath(method, path));
      case "/unread" -> new Route.Unread(errors, this::echo);
      case "/api/broken" ->
          new Route.Take(
              BODY_MAX,
              errors,
              request -> {
                throw new IllegalStateException("as the test wants it");
              });
      case "/gate" -> new Route.Take(BODY_MAX, errors, this::waitAtGate);
      default -> new Route.Take(BODY_MAX, errors, this::echo);
    };
  }

  private ApiResponse echo(ApiRequest request) {
    seen.add(request);
    return ApiResponse.json(
        200, "{\"size\":" + request.body().size() + ",\"path\":\"" + request.rawPath() + "\"}");
  }

  private ApiResponse waitAtGate(ApiRequest request) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return echo(request);
  }

  private RawClient client() throws IOException {
    return new RawClient(server.port());
  }

  private static String post(String path, long length) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n";
  }

  private static String get(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }

  @Test
  void namesEveryAnswerAndSaysItsType() throws Exception {
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send(get("/api/v1/x")).read();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("content-type")).isEqualTo("application/json");
      assertThat(answer.header("x-request-id")).matches("[0-9a-f]{32}");
      assertThat(answer.header("traceparent")).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
    }
  }

  @Test
  void goesOnWithTheCallersTrace() throws Exception {
    String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    try (RawClient client = client()) {
      RawClient.Answer answer =
          client.send("GET / HTTP/1.1\r\nHost: a\r\ntraceparent: " + trace + "\r\n\r\n").read();

      assertThat(answer.header("traceparent"))
          .startsWith("00-0af7651916cd43dd8448eb211c80319c-")
          .isNotEqualTo(trace);
    }
  }

  @Test
  void takesABodyOfExactlyTheLimitAndHashesIt() throws Exception {
    byte[] body = new byte[BODY_MAX];
    body[7] = 42;
    try (RawClient client = client()) {
      assertThat(client.send(post("/x", BODY_MAX)).send(body).read().status()).isEqualTo(200);
    }
    ApiRequest request = seen.remove();
    assertThat(request.body()).isEqualTo(ByteString.copyFrom(body));
    assertThat(request.bodySha256())
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body)));
  }

  @Test
  void refusesOneByteMoreBeforeItIsSent() throws Exception {
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send(post("/v1/x", BODY_MAX + 1L)).read();

      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.text()).contains("APIGW.0201").contains(answer.header("x-request-id"));
      assertThat(seen).isEmpty();
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void answersAClientThatSendsAllOfATooLargeBodyFirst() throws Exception {
    try (RawClient client = client()) {
      RawClient.Answer answer =
          client.send(post("/v1/x", BODY_MAX * 4L)).send(new byte[BODY_MAX * 4]).read();

      assertThat(answer.status()).isEqualTo(413);
    }
  }

  @Test
  void countsChunksToo() throws Exception {
    String head = "POST /api/v1/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    try (RawClient client = client()) {
      client.send(head).send(Integer.toHexString(BODY_MAX) + "\r\n").send(new byte[BODY_MAX]);
      assertThat(client.send("\r\n0\r\n\r\n").read().status()).isEqualTo(200);
      assertThat(seen.remove().body().size()).isEqualTo(BODY_MAX);
    }
    try (RawClient client = client()) {
      client.send(head).send(Integer.toHexString(BODY_MAX + 1) + "\r\n");
      RawClient.Answer answer = client.sendUnlessClosed(new byte[BODY_MAX + 1]).read();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.text()).contains("\"code\":\"body_too_large\"");
    }
  }

  @Test
  void invitesABodyOnlyWhenItWillTakeIt() throws Exception {
    String expecting = "Expect: 100-continue\r\n\r\n";
    try (RawClient client = client()) {
      client.send(post("/x", 3).replace("\r\n\r\n", "\r\n" + expecting));
      assertThat(client.read().status()).isEqualTo(100);
      assertThat(client.send("abc").read().status()).isEqualTo(200);
    }
    try (RawClient client = client()) {
      client.send(post("/x", BODY_MAX + 1L).replace("\r\n\r\n", "\r\n" + expecting));
      assertThat(client.read().status()).isEqualTo(413);
    }
  }

  @Test
  void tellsWhoIsUnknownWithoutReadingTheBody() throws Exception {
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send(post("/unread", 100)).read();

      assertThat(answer.status()).isEqualTo(200);
      assertThat(seen.remove().body()).isEqualTo(ByteString.EMPTY);
      assertThat(client.sendUnlessClosed(new byte[100]).isClosed()).isTrue();
    }
  }

  @Test
  void refusesUnknownPathsAndKeepsTheConnection() throws Exception {
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send(get("/no")).read();
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.text()).contains("APIGW.0101");
      assertThat(client.send(get("/x")).read().status()).isEqualTo(200);
    }
  }

  @Test
  void givesUpOnABodyThatDoesNotCome() throws Exception {
    restart(quick());
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send(post("/x", 10)).send("abc").read();

      assertThat(answer.status()).isEqualTo(408);
      assertThat(client.isClosed()).isTrue();
    }
    await().until(() -> server.admission().requests() == 0 && server.admission().bytes() == 0);
  }

  @Test
  void closesConnectionsThatSayNothing() throws Exception {
    restart(quick());
    try (RawClient silent = client();
        RawClient halfway = client()) {
      halfway.send("GET / HTTP/1.1\r\nHost: a\r\nX-Part");
      assertThat(silent.isClosed()).isTrue();
      assertThat(halfway.isClosed()).isTrue();
    }
    try (RawClient idle = client()) {
      assertThat(idle.send(get("/x")).read().status()).isEqualTo(200);
      assertThat(idle.isClosed()).isTrue();
    }
  }

  private static HttpLimits quick() {
    HttpLimits d = HttpLimits.DEFAULT;
    // Not so soon that a test that is kept waiting by its machine looks like a silent client.
    Duration soon = Duration.ofSeconds(2);
    return new HttpLimits(
        d.connectionsMax(),
        d.requestsMax(),
        d.bytesInFlightMax(),
        d.lineBytesMax(),
        d.headerBytesMax(),
        d.headersBytesMax(),
        soon,
        soon,
        soon,
        soon,
        d.drainDeadline());
  }

  @Test
  void answersWhatIsNoHttp() throws Exception {
    for (String request :
        new String[] {
          "what is this\r\n\r\n",
          "GET /\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n",
        }) {
      try (RawClient client = client()) {
        assertThat(client.send(request).read().status()).as(request).isEqualTo(400);
      }
    }
    assertThat(seen).isEmpty();
  }

  @Test
  void boundsTheRequestLineAndTheHeaders() throws Exception {
    String longest = "/v1/" + "x".repeat((32 << 10) - 4);
    try (RawClient client = client()) {
      assertThat(client.send(get(longest)).read().status()).isEqualTo(200);
    }
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send(get(longest + "x".repeat(20))).read();
      assertThat(answer.status()).isEqualTo(414);
      assertThat(answer.text()).contains("APIGW.0201");
    }
    String header = "GET /v1/x HTTP/1.1\r\nHost: a\r\nX-Long: " + "x".repeat(33 << 10) + "\r\n\r\n";
    try (RawClient client = client()) {
      assertThat(client.send(header).read().status()).isEqualTo(494);
    }
    StringBuilder many = new StringBuilder("GET /api/v1/x HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 6; i++) {
      many.append("X-Long-").append(i).append(": ").append("x".repeat(30 << 10)).append("\r\n");
    }
    try (RawClient client = client()) {
      assertThat(
              client
                  .sendUnlessClosed(
                      many.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII))
                  .read()
                  .status())
          .isEqualTo(431);
    }
  }

  @Test
  void forgetsABodyThatWasCutOff() throws Exception {
    try (RawClient client = client()) {
      client.send(post("/x", 100_000)).send(new byte[50_000]);
      await().until(() -> server.admission().requests() == 1);
    }
    await()
        .until(
            () ->
                server.admission().requests() == 0
                    && server.admission().bytes() == 0
                    && server.admission().connections() == 0);
    assertThat(seen).isEmpty();
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    try (RawClient client = client()) {
      client.send(get("/gate") + post("/two", 3) + "abc" + get("/three"));
      await().until(() -> server.admission().requests() == 1);
      gate.countDown();

      assertThat(client.read().text()).contains("/gate");
      assertThat(client.read().text()).contains("/two").contains("\"size\":3");
      assertThat(client.read().text()).contains("/three");
    }
  }

  @Test
  void refusesWhatDoesNotFitAndSaysWhenToComeAgain() throws Exception {
    HttpLimits d = HttpLimits.DEFAULT;
    restart(
        new HttpLimits(
            3,
            1,
            100_000,
            d.lineBytesMax(),
            d.headerBytesMax(),
            d.headersBytesMax(),
            d.headerDeadline(),
            d.bodyDeadline(),
            d.keepAlive(),
            d.answerDeadline(),
            d.drainDeadline()));
    try (RawClient first = client();
        RawClient second = client();
        RawClient third = client()) {
      first.send(get("/gate"));
      await().until(() -> server.admission().requests() == 1);

      RawClient.Answer busy = second.send(get("/v1/x")).read();
      assertThat(busy.status()).isEqualTo(429);
      assertThat(busy.header("retry-after")).isEqualTo("1");
      assertThat(busy.text()).contains("APIGW.0308");

      await().until(() -> server.admission().connections() == 3);
      try (RawClient fourth = client()) {
        assertThat(
                fourth
                    .sendUnlessClosed("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII))
                    .isClosed())
            .isTrue();
      }

      gate.countDown();
      assertThat(first.read().status()).isEqualTo(200);

      RawClient.Answer large =
          third.send(post("/api/v1/x", 150_000)).sendUnlessClosed(new byte[150_000]).read();
      assertThat(large.status()).isEqualTo(429);
      assertThat(large.text()).contains("\"code\":\"busy\"");
    }
    await().until(() -> server.admission().bytes() == 0);
  }

  @Test
  void compressesWhereItIsWelcome() throws Exception {
    String path = "/" + "long".repeat(500);
    try (RawClient client = client()) {
      RawClient.Answer answer =
          client
              .send("GET " + path + " HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
              .read();

      assertThat(answer.header("content-encoding")).isEqualTo("gzip");
      byte[] plain = new GZIPInputStream(new ByteArrayInputStream(answer.body())).readAllBytes();
      assertThat(new String(plain, StandardCharsets.UTF_8)).contains(path);
      assertThat(client.send(get(path)).read().text()).contains(path);
    }
  }

  @Test
  void refusesCompressedBodies() throws Exception {
    try (RawClient client = client()) {
      client.send(post("/api/v1/x", 3).replace("Host: a", "Host: a\r\nContent-Encoding: gzip"));
      assertThat(client.sendUnlessClosed(new byte[3]).read().status()).isEqualTo(415);
    }
  }

  @Test
  void answersWhenItIsItsOwnFault() throws Exception {
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send(get("/api/broken")).read();

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.text()).contains("\"code\":\"internal\"").doesNotContain("as the test");
      assertThat(client.send(get("/x")).read().status()).isEqualTo(200);
    }
  }

  @Test
  void leavesOutTheBodyForHead() throws Exception {
    try (RawClient client = client()) {
      RawClient.Answer answer = client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n").read(false);

      assertThat(answer.status()).isEqualTo(200);
      assertThat(Integer.parseInt(answer.header("content-length"))).isPositive();
      assertThat(client.send(get("/y")).read().text()).contains("/y");
    }
  }

  @Test
  void finishesWhatIsUnderWayBeforeItStops() throws Exception {
    try (RawClient client = client();
        RawClient idle = client()) {
      idle.send(get("/x")).read();
      client.send(get("/gate"));
      await().until(() -> server.admission().requests() == 1);
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
      assertThat(idle.isClosed()).isTrue();
      gate.countDown();

      RawClient.Answer answer = client.read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers()).containsAllEntriesOf(Map.of("connection", "close"));
      stopped.join();
    }
  }

  @Test
  void answersBehindTlsAsItDoesWithoutIt(@TempDir Path folder) throws Exception {
    TestCertificate certificate = new TestCertificate(folder);
    server.close();
    server =
        GatewayServer.start(
            vertx,
            new EdgeSettings(
                new HostPort("127.0.0.1", 0),
                2,
                HttpLimits.DEFAULT,
                Optional.of(certificate.onAnyPort())),
            this::route,
            new SimpleMeterRegistry());

    try (HttpClient https = HttpClient.newBuilder().sslContext(certificate.trusting()).build()) {
      HttpResponse<String> answer =
          https.send(
              HttpRequest.newBuilder(
                      URI.create("https://127.0.0.1:" + server.tlsPort().orElseThrow() + "/tls"))
                  .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[100_000]))
                  .build(),
              HttpResponse.BodyHandlers.ofString());

      assertThat(answer.body()).isEqualTo("{\"size\":100000,\"path\":\"/tls\"}");
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }
    try (RawClient plain = client()) {
      assertThat(plain.send(get("/plain")).read().text()).contains("/plain");
    }
  }

  @Test
  void hasNoPortForTlsWithoutACertificate() {
    assertThat(server.tlsPort()).isEmpty();
  }
}
