package io.likeness.features.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PictureFetcherTest {

  private static final String LOOPBACK = "127.0.0.0/8";

  private static FetchConfig config(ScriptedServer server) {
    return config(server, 1000, Duration.ofSeconds(20));
  }

  private static FetchConfig config(ScriptedServer server, long bytesMax, Duration deadline) {
    return new FetchConfig(List.of(LOOPBACK), Set.of(server.port()), bytesMax, deadline, 3);
  }

  private static PictureFetcher open(ScriptedServer server) {
    return new PictureFetcher(config(server));
  }

  private static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static Rejection refused(FetchOutcome outcome) {
    assertThat(outcome).isInstanceOf(FetchRefused.class);
    return ((FetchRefused) outcome).rejection();
  }

  private static FetchFailed failed(FetchOutcome outcome) {
    assertThat(outcome).isInstanceOf(FetchFailed.class);
    return (FetchFailed) outcome;
  }

  private static void assertContent(FetchOutcome outcome, String content) {
    assertThat(outcome).isEqualTo(new Fetched(ByteString.copyFrom(content, ISO_8859_1)));
  }

  @Test
  void fetchesWhatTheAddressGives() throws IOException {
    try (ScriptedServer server = ScriptedServer.saying(request -> ok("pixels"))) {
      FetchOutcome outcome = open(server).fetch(server.url("/a/b.jpg?size=1&x=%20y"));

      assertContent(outcome, "pixels");
      assertThat(server.requests().getFirst())
          .startsWith("GET /a/b.jpg?size=1&x=%20y HTTP/1.1\r\n")
          .contains("\r\nHost: 127.0.0.1:" + server.port() + "\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1/x",
        "http://localhost/x",
        "http://localhost./x",
        "http://127.1/x",
        "http://2130706433/x",
        "http://0x7f000001/x",
        "http://0x7f.0.0.1/x",
        "http://0177.0.0.1/x",
        "http://017700000001/x",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://[::ffff:7f00:1]/x",
        "http://[0:0:0:0:0:0:0:1]/x",
        "http://[64:ff9b::7f00:1]/x",
        "http://0/x",
        "http://0.0.0.0/x",
        "http://169.254.169.254/latest/meta-data/",
        "http://2852039166/latest/meta-data/",
        "http://100.100.100.200/latest/meta-data/",
        "http://10.0.0.1/x",
        "http://192.168.1.1/x",
        "http://172.20.0.1/x",
        "http://[fd00:ec2::254]/x",
        "http://[fe80::1]/x",
        "http://224.0.0.1/x"
      })
  void neverConnectsInsideInAnyNotation(String url) {
    FetchOutcome outcome = new PictureFetcher(FetchConfig.defaults()).fetch(url);

    // Some notations are no URL at all, some are names nobody knows; none may be followed.
    switch (outcome) {
      case Fetched fetched -> throw new AssertionError("fetched " + url);
      case FetchRefused refused ->
          assertThat(refused.rejection().getKind()).isEqualTo(RejectionKind.FETCH_REFUSED);
      case FetchFailed failed -> assertThat(failed.rejection().getDetail()).contains("no address");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://pictures.example/x, must be http or https",
    "file:///etc/passwd, must be http or https",
    "jar:http://pictures.example/x!/y, must be http or https",
    "//pictures.example/x, must be http or https",
    "http:///x, names no host",
    "http://user:secret@pictures.example/x, user name",
    "http://pictures.example:22/x, port 22",
    "http://pictures.example:6379/x, port 6379",
    "http://pictures.example/a b, no URL",
    "'', must be http or https"
  })
  void refusesAddressesItDoesNotFollow(String url, String told) {
    Rejection rejection = refused(new PictureFetcher(FetchConfig.defaults()).fetch(url));

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.FETCH_REFUSED);
    assertThat(rejection.getDetail()).contains(told).doesNotContain("secret");
  }

  @Test
  void connectsToTheAddressItChecked() throws IOException {
    try (ScriptedServer server = ScriptedServer.saying(request -> ok("pixels"))) {
      List<String> asked = new ArrayList<>();
      PictureFetcher fetcher =
          new PictureFetcher(
              config(server),
              host -> {
                asked.add(host);
                return List.of(InetAddress.ofLiteral("127.0.0.1"));
              },
              (SSLSocketFactory) SSLSocketFactory.getDefault());

      // No directory knows this name: had it been resolved again, nothing would have come back.
      assertContent(fetcher.fetch("http://pictures.invalid:" + server.port() + "/x"), "pixels");
      assertThat(asked).containsExactly("pictures.invalid");
      assertThat(server.requests().getFirst()).contains("Host: pictures.invalid:" + server.port());
    }
  }

  @Test
  void triesTheNextAddressWhereOneIsDead() throws IOException {
    try (ScriptedServer server = ScriptedServer.saying(request -> ok("pixels"))) {
      // The server listens on the second address only.
      PictureFetcher fetcher =
          new PictureFetcher(
              config(server),
              host ->
                  List.of(InetAddress.ofLiteral("127.0.0.2"), InetAddress.ofLiteral("127.0.0.1")),
              (SSLSocketFactory) SSLSocketFactory.getDefault());

      assertContent(fetcher.fetch("http://pictures.invalid:" + server.port() + "/x"), "pixels");
    }
  }

  @Test
  void refusesANameThatMixesPublicAndPrivate() {
    PictureFetcher fetcher =
        new PictureFetcher(
            FetchConfig.defaults(),
            host -> List.of(InetAddress.ofLiteral("1.1.1.1"), InetAddress.ofLiteral("10.0.0.7")),
            (SSLSocketFactory) SSLSocketFactory.getDefault());

    Rejection rejection = refused(fetcher.fetch("http://pictures.example/x"));

    assertThat(rejection.getDetail()).contains("pictures.example").doesNotContain("10.0.0.7");
  }

  @Test
  void followsRedirectsUpToTheirBound() throws IOException {
    try (ScriptedServer server =
        ScriptedServer.saying(
            request -> {
              int step = Integer.parseInt(request.substring(5, request.indexOf(' ', 5)));
              return step == 0
                  ? ok("pixels")
                  : "HTTP/1.1 302 Found\r\nLocation: /" + (step - 1) + "\r\n\r\n";
            })) {
      assertContent(open(server).fetch(server.url("/3")), "pixels");
      assertThat(refused(open(server).fetch(server.url("/4"))).getDetail())
          .contains("over 3 times");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://169.254.169.254/latest/",
        "http://10.0.0.1/x",
        "http://[::1]/x",
        "http://127.0.0.1:22/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/x"
      })
  void checksRedirectsLikeTheFirstAddress(String location) throws IOException {
    try (ScriptedServer server =
        ScriptedServer.saying(
            request -> "HTTP/1.1 302 Found\r\nLocation: " + location + "\r\n\r\n")) {
      assertThat(refused(open(server).fetch(server.url("/"))).getKind())
          .isEqualTo(RejectionKind.FETCH_REFUSED);
      assertThat(server.requests()).hasSize(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"length", "chunked", "close"})
  void stopsAtTheFirstByteTooMany(String way) throws IOException {
    for (int bytes : new int[] {1000, 1001}) {
      String body = "x".repeat(bytes);
      String answer =
          switch (way) {
            case "length" -> ok(body);
            case "chunked" ->
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "1F4;note\r\n"
                    + body.substring(0, 500)
                    + "\r\n"
                    + Integer.toHexString(bytes - 500)
                    + "\r\n"
                    + body.substring(500)
                    + "\r\n0\r\n\r\n";
            default -> "HTTP/1.1 200 OK\r\n\r\n" + body;
          };
      try (ScriptedServer server = ScriptedServer.saying(request -> answer)) {
        FetchOutcome outcome = open(server).fetch(server.url("/"));

        if (bytes == 1000) {
          assertContent(outcome, body);
        } else {
          assertThat(refused(outcome).getKind()).isEqualTo(RejectionKind.PICTURE_TOO_LARGE);
          assertThat(refused(outcome).getDetail()).contains("at most 1000 bytes");
        }
      }
    }
  }

  @Test
  void stopsAnAnswerWithoutEnd() throws IOException {
    try (ScriptedServer server =
        ScriptedServer.start(
            (request, output) -> {
              output.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(ISO_8859_1));
              while (true) {
                output.write(new byte[8192]);
              }
            })) {
      assertThat(refused(open(server).fetch(server.url("/"))).getKind())
          .isEqualTo(RejectionKind.PICTURE_TOO_LARGE);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"silence", "head", "body"})
  void endsAtItsDeadlineWhateverThePeerDrips(String when) throws IOException {
    CountDownLatch over = new CountDownLatch(1);
    try (ScriptedServer server =
        ScriptedServer.start(
            (request, output) -> {
              if (when.equals("body")) {
                output.write("HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n".getBytes(ISO_8859_1));
              }
              // A byte now and then keeps every read alive.
              while (!over.await(20, TimeUnit.MILLISECONDS)) {
                if (!when.equals("silence")) {
                  output.write('H');
                  output.flush();
                }
              }
            })) {
      FetchConfig config = config(server, 1000, Duration.ofMillis(300));

      FetchFailed failed = failed(new PictureFetcher(config).fetch(server.url("/")));

      assertThat(failed.retry()).isTrue();
      assertThat(failed.rejection().getDetail()).contains("within 300 ms");
    } finally {
      over.countDown();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "404,false",
    "403,false",
    "410,false",
    "408,true",
    "429,true",
    "500,true",
    "503,true"
  })
  void tellsWhetherAskingAgainMayHelp(int status, boolean retry) throws IOException {
    try (ScriptedServer server =
        ScriptedServer.saying(
            request -> "HTTP/1.1 " + status + " No\r\nContent-Length: 0\r\n\r\n")) {
      FetchFailed failed = failed(open(server).fetch(server.url("/")));

      assertThat(failed.retry()).isEqualTo(retry);
      assertThat(failed.rejection().getKind()).isEqualTo(RejectionKind.FETCH_FAILED);
      assertThat(failed.rejection().getDetail()).contains("" + status);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7|7",
        "Wed, 01 Jan 2020 00:00:00 GMT|0",
        "soon|0",
        "-3|0",
        "99999999999999999999|0",
        "''|0"
      })
  void tellsHowLongItIsToBeLeftAlone(String retryAfter, long seconds) throws IOException {
    try (ScriptedServer server =
        ScriptedServer.saying(
            request ->
                "HTTP/1.1 429 Wait\r\nRetry-After: "
                    + retryAfter
                    + "\r\nContent-Length: 0\r\n\r\n")) {
      FetchFailed failed = failed(open(server).fetch(server.url("/")));

      assertThat(failed.notBefore()).isEqualTo(Duration.ofSeconds(seconds));
    }
  }

  @Test
  void takesADateToBeLeftAloneUntil() throws IOException {
    String then =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusHours(2));
    try (ScriptedServer server =
        ScriptedServer.saying(
            request ->
                "HTTP/1.1 503 Later\r\nRetry-After: " + then + "\r\nContent-Length: 0\r\n\r\n")) {
      FetchFailed failed = failed(open(server).fetch(server.url("/")));

      assertThat(failed.notBefore()).isBetween(Duration.ofMinutes(100), Duration.ofHours(2));
    }
  }

  @Test
  void mayRetryWhenNobodyListens() throws IOException {
    ScriptedServer server = ScriptedServer.saying(request -> "");
    server.close();

    assertThat(failed(open(server).fetch(server.url("/"))).retry()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 302 Found\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://[broken/\r\n\r\n"
      })
  void refusesAnswersThatBreakTheProtocol(String answer) throws IOException {
    try (ScriptedServer server = ScriptedServer.saying(request -> answer)) {
      assertThat(refused(open(server).fetch(server.url("/"))).getKind())
          .isEqualTo(RejectionKind.FETCH_REFUSED);
    }
  }

  @Test
  void refusesAHeadWithoutEnd() throws IOException {
    try (ScriptedServer server =
        ScriptedServer.saying(
            request -> "HTTP/1.1 200 OK\r\n" + "X-Filler: yes\r\n".repeat(10_000))) {
      assertThat(refused(open(server).fetch(server.url("/"))).getDetail()).contains("head");
    }
  }

  @Test
  void mayRetryABodyThatEndsEarly() throws IOException {
    try (ScriptedServer server =
        ScriptedServer.saying(request -> "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")) {
      FetchFailed failed = failed(open(server).fetch(server.url("/")));

      assertThat(failed.retry()).isTrue();
      assertThat(failed.rejection().getDetail()).contains("7 bytes before");
    }
  }

  @Test
  void verifiesTheHostsNameOverTls(@TempDir Path folder) throws Exception {
    SSLContext tls = selfSigned(folder, "pictures.example");
    try (ScriptedServer server =
        ScriptedServer.start(
            tls.getServerSocketFactory(),
            (request, output) -> output.write(ok("pixels").getBytes(ISO_8859_1)))) {
      PictureFetcher fetcher =
          new PictureFetcher(
              config(server),
              host -> List.of(InetAddress.ofLiteral("127.0.0.1")),
              tls.getSocketFactory());

      assertContent(fetcher.fetch("https://pictures.example:" + server.port() + "/"), "pixels");
      FetchFailed other = failed(fetcher.fetch("https://other.example:" + server.port() + "/"));
      assertThat(other.retry()).isFalse();
      assertThat(other.rejection().getDetail()).contains("other.example", "TLS");
    }
  }

  private static SSLContext selfSigned(Path folder, String host)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = folder.resolve("keys.p12");
    char[] password = "changeit".toCharArray();
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                "server",
                "-validity",
                "2",
                "-dname",
                "CN=" + host,
                "-ext",
                "SAN=dns:" + host,
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(password),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), ISO_8859_1);
    assertThat(keytool.waitFor()).describedAs(said).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream input = Files.newInputStream(store)) {
      keys.load(input, password);
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, password);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
