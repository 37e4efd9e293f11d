package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.api.Account;
import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * More than a hundred kinds of bad request. Each gets its documented status and code in the shape
 * of its API, and after each one a good request still works; at the end no thread is left over.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadRequestsTest {

  /** Threads of pools and connections that come and go by themselves. */
  private static final int THREADS_SLACK = 40;

  private static final String TINY =
      Base64.getEncoder().encodeToString(Pictures.encode(Pictures.draw(1, 99, 300), "png"));

  private final TheSystem system = TheSystem.shared();
  private final Account account = system.newAccount();
  private final ApiClient api = new ApiClient(system.endpoint(), account);
  private final String host = system.endpoint().getAuthority();
  private final String picture = Base64.getEncoder().encodeToString(Pictures.jpeg(301));
  private String instance = "";
  private String token = "";
  private String v1 = "";
  private String image = "";
  private int threadsBefore;

  /** One bad request: what it is, how it is sent, and what must come back. */
  record Bad(String name, int status, String code, Sending sending) {
    interface Sending {
      Answer send() throws IOException;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  @BeforeAll
  void prepare() throws IOException {
    instance = system.instanceName();
    api.createInstance(instance, List.of("animal"), List.of("price")).expect(201);
    api.add(instance, "here", Pictures.jpeg(301), "10s").expect(200);
    token = Iam.token(system.endpoint(), account);
    v1 = "/v1/" + account.projectId();
    image = v1 + "/" + instance + "/image";
    threadsBefore = ManagementFactory.getThreadMXBean().getThreadCount();
  }

  @AfterAll
  void close() {
    api.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("all")
  void answersWithTheDocumentedError(Bad bad) throws IOException {
    Answer answer = bad.sending().send();

    assertThat(answer.status() + " " + code(answer))
        .as("%s: %s", bad.name(), answer)
        .isEqualTo(bad.status() + " " + bad.code());
    assertThat(answer.header("Content-Type")).startsWith("application/json");
    assertThat(answer.body().length).as("an error is never large").isLessThan(4096);
    assertThat(api.image(instance, "here").expect(200).json().getString("status"))
        .isEqualTo("visible");
  }

  @Test
  void countsToMoreThanAHundred() {
    assertThat(all().count()).isGreaterThanOrEqualTo(100);
    assertThat(all().map(Bad::name).distinct().count()).isEqualTo(all().count());
  }

  @Test
  void aConnectionThatBreaksOffInTheMiddleHarmsNobody() throws IOException {
    byte[] body = new byte[200_000];
    for (int i = 0; i < 50; i++) {
      Map<String, String> headers = headers();
      headers.put("Content-Length", "1000000");
      Wire.abandon(
          system.endpoint(), Wire.request("POST", image, headers, Arrays.copyOf(body, i * 4000)));
      Wire.abandon(system.endpoint(), "POST ".getBytes(StandardCharsets.US_ASCII));
    }

    JsonObject found = api.searchByPicture(instance, Pictures.jpeg(301), 1).expect(200).json();
    assertThat(found.getJsonArray("hits").getJsonObject(0).getString("id")).isEqualTo("here");
  }

  @Test
  void fiveWrongSignaturesLockTheKeyEvenForARightOne() throws IOException {
    Account locked = system.newAccount();
    String path = "/v1/" + locked.projectId() + "/service/none";
    Account wrong = withSecret(locked, "wrong");
    assertThat(signed(locked, locked, "GET", path, "", Instant.now()).status()).isEqualTo(400);

    for (int i = 0; i < 5; i++) {
      assertThat(code(signed(wrong, wrong, "GET", path, "", Instant.now())))
          .isEqualTo("APIGW.0301");
    }
    Answer right = signed(locked, locked, "GET", path, "", Instant.now());

    assertThat(right.status()).isEqualTo(401);
    assertThat(code(right)).isEqualTo("APIGW.0301");
    assertThat(right.text()).contains("locked");
  }

  @Test
  void leavesNoThreadBehind() throws IOException {
    for (Bad bad : all().toList()) {
      bad.sending().send();
    }
    api.searchByPicture(instance, Pictures.jpeg(301), 1).expect(200);

    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(ManagementFactory.getThreadMXBean().getThreadCount())
                    .isLessThan(threadsBefore + THREADS_SLACK));
  }

  Stream<Bad> all() {
    return Stream.of(signatures(), tokens(), edge(), iam(), v1Instances(), v1Pictures(), own())
        .flatMap(List::stream);
  }

  // ---- Who asks ----

  private List<Bad> signatures() {
    String path = v1 + "/service/" + instance;
    Instant now = Instant.now();
    String good = "SDK-HMAC-SHA256 Access=" + account.accessKey();
    return List.of(
        authorization("an Authorization of one word", "hello"),
        authorization("a signature without its parts", "SDK-HMAC-SHA256"),
        authorization(
            "a signature that is no hex",
            good + ", SignedHeaders=host;x-sdk-date, Signature=" + "x".repeat(64)),
        authorization(
            "a signature that is too short",
            good + ", SignedHeaders=host;x-sdk-date, Signature=abcd"),
        authorization(
            "a signature without the date",
            good + ", SignedHeaders=host, Signature=" + "0".repeat(64)),
        authorization(
            "a signed header that is not sent",
            good + ", SignedHeaders=host;x-absent;x-sdk-date, Signature=" + "0".repeat(64)),
        authorization(
            "a signed header named twice",
            good + ", SignedHeaders=host;host;x-sdk-date, Signature=" + "0".repeat(64)),
        authorization(
            "an algorithm nobody offers",
            "SDK-HMAC-SM3 Access=a, SignedHeaders=x-sdk-date, Signature=" + "0".repeat(64)),
        authorization(
            "a derived signature",
            "V11-HMAC-SHA256 Credential=a/20260101/r/s, SignedHeaders=x-sdk-date, Signature=00"),
        authorization("HTTP Basic where it is not offered", basic(account.secretKey())),
        new Bad("no credentials at all", 401, "APIGW.0301", () -> plain("GET", path, Map.of(), "")),
        new Bad(
            "an access key of nobody",
            401,
            "APIGW.0301",
            () -> {
              Account nobody = withKey(account, "NOBODY00000000000001");
              return signed(nobody, nobody, "GET", path, "", Instant.now());
            }),
        new Bad(
            "a wrong secret key",
            401,
            "APIGW.0301",
            () -> {
              Account other = system.newAccount();
              Account wrong = withSecret(other, "not the secret");
              return signed(
                  wrong, wrong, "GET", "/v1/" + other.projectId() + "/service/x", "", now());
            }),
        new Bad(
            "a clock 16 minutes slow",
            401,
            "APIGW.0301",
            () -> signed(account, account, "GET", path, "", now.minus(Duration.ofMinutes(16)))),
        new Bad(
            "a clock 16 minutes fast",
            401,
            "APIGW.0301",
            () -> signed(account, account, "GET", path, "", now.plus(Duration.ofMinutes(16)))),
        new Bad(
            "a date that is none",
            401,
            "APIGW.0301",
            () -> {
              Map<String, String> headers = signature("GET", path, "", Instant.now());
              headers.put("x-sdk-date", "20261399T000000Z");
              return plain("GET", path, headers, "");
            }),
        new Bad(
            "a date in another form",
            401,
            "APIGW.0301",
            () -> {
              Map<String, String> headers = signature("GET", path, "", Instant.now());
              headers.put("x-sdk-date", Instant.now().toString());
              return plain("GET", path, headers, "");
            }),
        new Bad(
            "a date missing",
            401,
            "APIGW.0301",
            () -> {
              Map<String, String> headers = signature("GET", path, "", Instant.now());
              headers.remove("x-sdk-date");
              return plain("GET", path, headers, "");
            }),
        tampered(
            "a body changed after signing",
            "POST",
            image + "/check",
            "{\"path\":\"a\"}",
            "POST",
            image + "/check",
            "{\"path\":\"b\"}"),
        tampered("a path changed after signing", "GET", path, "", "GET", path + "x", ""),
        tampered("a method changed after signing", "GET", path, "", "DELETE", path, ""),
        tampered("a query added after signing", "GET", path, "", "GET", path + "?a=b", ""),
        new Bad(
            "a hash that is not the body's",
            401,
            "APIGW.0301",
            () -> {
              Map<String, String> headers =
                  signature("POST", image + "/check", "{\"path\":\"a\"}", Instant.now());
              headers.put("x-sdk-content-sha256", "0".repeat(64));
              return plain("POST", image + "/check", headers, "{\"path\":\"a\"}");
            }),
        new Bad(
            "a write sent again on another connection",
            401,
            "APIGW.0301",
            () -> {
              String body = "{\"path\":\"never there " + System.nanoTime() + "\"}";
              Map<String, String> headers = signature("DELETE", image, body, Instant.now());
              headers.put("Host", host);
              headers.put("Content-Type", "application/json");
              headers.put("Content-Length", Integer.toString(body.length()));
              byte[] bytes =
                  Wire.request("DELETE", image, headers, body.getBytes(StandardCharsets.UTF_8));
              assertThat(code(Wire.send(system.endpoint(), bytes))).isEqualTo("IS.0016");
              return Wire.send(system.endpoint(), bytes);
            }),
        new Bad(
            "two Authorization headers",
            401,
            "APIGW.0301",
            () -> {
              Map<String, String> headers = signature("GET", path, "", Instant.now());
              headers.put("Host", host);
              headers.put("Authorization", "SDK-HMAC-SHA256");
              return Wire.send(system.endpoint(), Wire.request("GET", path, headers, new byte[0]));
            }),
        new Bad(
            "a project id header of somebody else",
            403,
            "APIGW.0302",
            () -> {
              Map<String, String> headers = new TreeMap<>(Map.of("X-Auth-Token", token));
              headers.put("X-Project-Id", system.admin().projectId());
              return plain("GET", path, headers, "");
            }),
        new Bad(
            "a signed call into a foreign project",
            403,
            "APIGW.0302",
            () ->
                signed(
                    account,
                    account,
                    "GET",
                    "/v1/" + system.admin().projectId() + "/service/x",
                    "",
                    Instant.now())),
        new Bad(
            "a security token that is none",
            401,
            "APIGW.0301",
            () -> {
              Map<String, String> headers = signature("GET", path, "", Instant.now());
              headers.put("x-security-token", "AAAA");
              return plain("GET", path, headers, "");
            }));
  }

  private Bad authorization(String name, String value) {
    return new Bad(
        name,
        401,
        "APIGW.0301",
        () ->
            plain(
                "GET",
                v1 + "/service/" + instance,
                Map.of("Authorization", value, "X-Sdk-Date", Signer.date(Instant.now())),
                ""));
  }

  /**
   * Signed as the first, sent as the second; of an account of its own, since it counts to the lock.
   */
  private Bad tampered(
      String name,
      String method,
      String path,
      String body,
      String sentMethod,
      String sentPath,
      String sentBody) {
    return new Bad(
        name,
        401,
        "APIGW.0301",
        () -> {
          Account own = system.newAccount();
          Map<String, String> headers =
              Signer.sign(own, host, method, mine(path, own), body, Instant.now());
          return plain(sentMethod, mine(sentPath, own), headers, sentBody);
        });
  }

  private String mine(String path, Account own) {
    return path.replace(account.projectId(), own.projectId());
  }

  private List<Bad> tokens() {
    String path = v1 + "/service/" + instance;
    return List.of(
        new Bad(
            "an empty token",
            401,
            "APIGW.0301",
            () -> plain("GET", path, Map.of("X-Auth-Token", ""), "")),
        new Bad(
            "a token that is none",
            401,
            "APIGW.0301",
            () -> plain("GET", path, Map.of("X-Auth-Token", "MIIabc"), "")),
        new Bad(
            "a token with a letter changed",
            401,
            "APIGW.0301",
            () -> plain("GET", path, Map.of("X-Auth-Token", changed(token)), "")),
        new Bad(
            "a token as long as a header may be",
            401,
            "APIGW.0301",
            () -> plain("GET", path, Map.of("X-Auth-Token", "A".repeat(30_000)), "")),
        new Bad(
            "a token of another account",
            403,
            "APIGW.0302",
            () ->
                plain(
                    "GET",
                    path,
                    Map.of("X-Auth-Token", Iam.token(system.endpoint(), system.admin())),
                    "")),
        new Bad(
            "a token of no project",
            403,
            "APIGW.0302",
            () -> {
              JsonObject wish = Iam.passwordRequest(account, account.password());
              wish.getJsonObject("auth").remove("scope");
              String unscoped =
                  Iam.post(system.endpoint(), "/v3/auth/tokens", "", wish)
                      .expect(201)
                      .header("X-Subject-Token");
              return plain("GET", path, Map.of("X-Auth-Token", unscoped), "");
            }));
  }

  // ---- The server itself ----

  private List<Bad> edge() {
    return List.of(
        new Bad("a path nobody serves", 404, "APIGW.0101", () -> v1("GET", "/v9/x/y", null)),
        new Bad("a method nobody serves", 404, "APIGW.0101", () -> v1("PATCH", image, "{}")),
        new Bad("a read of a path for writes", 404, "APIGW.0101", () -> v1("GET", image, null)),
        new Bad(
            "a path one level too deep",
            404,
            "APIGW.0101",
            () -> v1("POST", image + "/search/more", "{}")),
        new Bad(
            "a native path nobody serves", 404, "no_such_path", () -> api.get("/api/v1/nothing")),
        new Bad("a version nobody serves", 404, "APIGW.0101", () -> api.get("/api/v7/models")),
        new Bad(
            "a method a native path does not take",
            405,
            "method_not_allowed",
            () ->
                api.call(
                    "PUT", "/api/v1/instances", BodyPublishers.ofString("{}"), "application/json")),
        new Bad(
            "a request line of 40 KB",
            414,
            "APIGW.0201",
            () -> wire("GET", v1 + "/service/" + "a".repeat(40_000), Map.of(), "")),
        new Bad(
            "a header of 40 KB",
            494,
            "APIGW.0201",
            () -> wire("GET", v1 + "/service/a", Map.of("X-Large", "a".repeat(40_000)), "")),
        new Bad(
            "headers of 200 KB together",
            494,
            "APIGW.0201",
            () -> {
              Map<String, String> many = new TreeMap<>();
              for (int i = 0; i < 20; i++) {
                many.put("X-Many-" + i, "a".repeat(10_000));
              }
              return wire("GET", v1 + "/service/a", many, "");
            }),
        new Bad(
            "a native header of 40 KB",
            431,
            "headers_too_large",
            () -> wire("GET", "/api/v1/models", Map.of("X-Large", "a".repeat(40_000)), "")),
        new Bad(
            "a body that says it has 13 MiB",
            413,
            "APIGW.0201",
            () -> wire("POST", image, Map.of("Content-Length", "" + (13 << 20)), "")),
        new Bad(
            "a body that says it has 9 exabytes",
            413,
            "APIGW.0201",
            () -> wire("POST", image, Map.of("Content-Length", "900000000000000000"), "")),
        new Bad(
            "a chunked body that never says how large it is",
            413,
            "APIGW.0201",
            () -> chunked(image, 13)),
        new Bad(
            "a native body that says it has 100 MiB",
            413,
            "body_too_large",
            () ->
                wire(
                    "POST",
                    "/api/v1/instances/" + instance + "/images",
                    Map.of(
                        "Content-Length",
                        "" + (100 << 20),
                        "Authorization",
                        basic(account.secretKey())),
                    "")),
        new Bad(
            "a small JSON body that says it has 13 MiB",
            413,
            "body_too_large",
            () ->
                wire(
                    "POST",
                    "/api/v1/instances",
                    Map.of(
                        "Content-Length",
                        "" + (13 << 20),
                        "Authorization",
                        basic(account.secretKey())),
                    "")),
        new Bad(
            "a length that is no number",
            400,
            "APIGW.0201",
            () -> wire("POST", image, Map.of("Content-Length", "ten"), "")),
        new Bad(
            "a negative length",
            400,
            "APIGW.0201",
            () -> wire("POST", image, Map.of("Content-Length", "-5"), "")),
        new Bad(
            "a body in a coding nobody asked for",
            415,
            "APIGW.0201",
            () -> v1("POST", image + "/check", "{}", Map.of("Content-Encoding", "gzip"))),
        new Bad(
            "two Host headers",
            400,
            "APIGW.0201",
            () -> wire("GET", v1 + "/service/a", Map.of("host", "elsewhere"), "")),
        new Bad(
            "a line that is no request",
            400,
            "APIGW.0201",
            () ->
                Wire.send(
                    system.endpoint(),
                    "what is this\r\n\r\n".getBytes(StandardCharsets.US_ASCII))));
  }

  // ---- IAM ----

  private List<Bad> iam() {
    return List.of(
        iam("a body that is no JSON", 400, "oh dear"),
        iam("an empty wish for a token", 400, "{}"),
        iam("a wish for a token as a list", 400, "[]"),
        iam(
            "a method of identity nobody knows",
            400,
            Iam.passwordRequest(account, "x").encode().replace("[\"password\"]", "[\"magic\"]")),
        iam("a wrong password", 401, Iam.passwordRequest(account, "wrong").encode()),
        iam(
            "a user nobody knows",
            401,
            Iam.passwordRequest(account, account.password())
                .encode()
                .replace("\"" + account.user() + "\"", "\"nobody\"")),
        iam(
            "a scope of a foreign project",
            403,
            Iam.passwordRequest(account, account.password())
                .encode()
                .replace(account.projectId(), system.admin().projectId())),
        new Bad(
            "a validation without a caller",
            401,
            "401",
            () -> plain("GET", "/v3/auth/tokens", Map.of("X-Subject-Token", token), "")),
        new Bad(
            "a validation of nothing",
            400,
            "400",
            () -> plain("GET", "/v3/auth/tokens", Map.of("X-Auth-Token", token), "")),
        new Bad(
            "a validation of a token that is none",
            404,
            "404",
            () ->
                plain(
                    "GET",
                    "/v3/auth/tokens",
                    Map.of("X-Auth-Token", token, "X-Subject-Token", "x"),
                    "")),
        new Bad(
            "a look for projects by nobody",
            401,
            "401",
            () -> plain("GET", "/v3/projects?name=cn-north-4", Map.of(), "")),
        new Bad("a temporary key for 899 seconds", 400, "400", () -> temporaryKey(899)),
        new Bad("a temporary key for longer than a day", 400, "400", () -> temporaryKey(86401)));
  }

  private Bad iam(String name, int status, String body) {
    return new Bad(
        name,
        status,
        Integer.toString(status),
        () -> plain("POST", "/v3/auth/tokens", Map.of("Content-Type", "application/json"), body));
  }

  private Answer temporaryKey(int seconds) throws IOException {
    return v1(
        "POST",
        "/v3.0/OS-CREDENTIAL/securitytokens",
        "{\"auth\":{\"identity\":{\"methods\":[\"token\"],\"token\":{\"duration_seconds\":"
            + seconds
            + "}}}}");
  }

  // ---- Huawei ImageSearch v1 ----

  private List<Bad> v1Instances() {
    String service = v1 + "/service";
    return List.of(
        is("IS.0001", "no body to create an instance from", "POST", service, ""),
        is(
            "IS.0008",
            "a body to create an instance from that is no JSON",
            "POST",
            service,
            "name=a"),
        is("IS.0008", "a body that is a list", "POST", service, "[{\"name\":\"a\"}]"),
        is("IS.0008", "a body that breaks off", "POST", service, "{\"name\":\"a\",\"mod"),
        is("IS.0008", "a body with something behind", "POST", service, "{} {}"),
        is(
            "IS.0008",
            "a field that comes twice",
            "POST",
            service,
            "{\"name\":\"a\",\"name\":\"b\"}"),
        is(
            "IS.0008",
            "a body of ten thousand brackets",
            "POST",
            service,
            "{\"x\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}"),
        is("IS.0008", "a body that is not UTF-8", "POST", service, "{\"name\":\"\uD800\"}"),
        is(
            "IS.0001",
            "an instance without a name",
            "POST",
            service,
            "{\"model\":\"common-search\"}"),
        is("IS.0003", "an instance with an empty name", "POST", service, create("")),
        is(
            "IS.0002",
            "an instance named by a number",
            "POST",
            service,
            "{\"name\":7,\"model\":\"common-search\"}"),
        is("IS.0007", "an instance name with capitals", "POST", service, create("Shoes")),
        is(
            "IS.0007",
            "an instance name that begins with a digit",
            "POST",
            service,
            create("1shoe")),
        is("IS.0007", "an instance name of 17 letters", "POST", service, create("a".repeat(17))),
        is("IS.0007", "an instance name that climbs", "POST", service, create("../../etc")),
        is(
            "IS.0007",
            "an instance name of a thousand letters",
            "POST",
            service,
            create("a".repeat(1000))),
        is(
            "IS.0007",
            "an instance name with a control character",
            "POST",
            service,
            create("a\\u0000b")),
        is("IS.0007", "an instance named service", "POST", service, create("service")),
        is("IS.0007", "an instance named image", "POST", service, create("image")),
        is("IS.0007", "an instance name taken", "POST", service, create(instance)),
        is("IS.0001", "an instance without a model", "POST", service, "{\"name\":\"x\"}"),
        is(
            "IS.0015",
            "a model nobody has",
            "POST",
            service,
            "{\"name\":\"x\",\"model\":\"crystal-ball\"}"),
        is("IS.0002", "a level nobody offers", "POST", service, createWith("\"level\":5")),
        is("IS.0002", "a level as text", "POST", service, createWith("\"level\":\"30000000\"")),
        is("IS.0002", "tag keys as text", "POST", service, createWith("\"tags\":\"animal\"")),
        is(
            "IS.0002",
            "eleven tag keys",
            "POST",
            service,
            createWith(
                "\"tags\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\",\"k\"]")),
        is(
            "IS.0002",
            "a tag key with capitals",
            "POST",
            service,
            createWith("\"tags\":[\"Animal\"]")),
        is(
            "IS.0002",
            "a description that is a number",
            "POST",
            service,
            createWith("\"description\":1")),
        is("IS.0007", "a look at an instance nobody has", "GET", service + "/nobodys", null),
        is(
            "IS.0007",
            "a look at an instance by a path that climbs",
            "GET",
            service + "/..%2f..%2fetc",
            null),
        is(
            "IS.0007",
            "a deletion of an instance nobody has",
            "DELETE",
            service + "/nobodys",
            null));
  }

  private List<Bad> v1Pictures() {
    String add = image;
    String search = image + "/search";
    String check = image + "/check";
    return List.of(
        is("IS.0001", "a picture without a path", "POST", add, "{\"file\":\"" + picture + "\"}"),
        is("IS.0003", "a picture with an empty path", "POST", add, file(picture, "")),
        is(
            "IS.0002",
            "a picture with a number as path",
            "POST",
            add,
            "{\"file\":\"" + picture + "\",\"path\":3}"),
        is("IS.0016", "a path of 513 bytes", "POST", add, file(picture, "p".repeat(513))),
        is("IS.0016", "a path with a line end", "POST", add, file(picture, "a\\nb")),
        is("IS.0008", "a path with half a character", "POST", add, file(picture, "\\ud83d")),
        is("IS.0002", "a file that is no base64", "POST", add, file("%%%%", "x")),
        is("IS.0002", "a file that is a number", "POST", add, "{\"file\":1,\"path\":\"x\"}"),
        is("IS.0003", "an empty file", "POST", add, file("", "x")),
        is(
            "IS.0002",
            "a text in place of a picture",
            "POST",
            add,
            file(base64("hello, I am a text"), "x")),
        is(
            "IS.0002",
            "a picture that breaks off",
            "POST",
            add,
            file(base64(Arrays.copyOf(Pictures.png(5), 900)), "x")),
        is("IS.0002", "a picture of 99 pixels", "POST", add, file(TINY, "x")),
        is(
            "IS.0002",
            "a picture of 2049 pixels",
            "POST",
            add,
            file(base64(Pictures.encode(Pictures.draw(1, 2049, 100), "png")), "x")),
        is(
            "IS.0002",
            "a PNG that claims two billion pixels",
            "POST",
            add,
            file(base64(bomb()), "x")),
        is("IS.0002", "tags as a list", "POST", add, tagged("[\"cat\"]")),
        is("IS.0002", "a tag that is a number", "POST", add, tagged("{\"animal\":1}")),
        is("IS.0003", "a tag that is empty", "POST", add, tagged("{\"animal\":\"\"}")),
        is(
            "IS.0002",
            "a tag of 65 characters",
            "POST",
            add,
            tagged("{\"animal\":\"" + "a".repeat(65) + "\"}")),
        is("IS.0002", "a tag nobody declared", "POST", add, tagged("{\"colour\":\"red\"}")),
        is(
            "IS.0016",
            "a path to fetch from that is no address",
            "POST",
            add,
            "{\"path\":\"shelf/7\"}"),
        is(
            "IS.0016",
            "a path to fetch from on this machine",
            "POST",
            add,
            "{\"path\":\"http://127.0.0.1:1/a.jpg\"}"),
        is(
            "IS.0016",
            "a path to fetch from of the machine's own metadata",
            "POST",
            add,
            "{\"path\":\"http://169.254.169.254/latest\"}"),
        is(
            "IS.0016",
            "a path to fetch from in the file system",
            "POST",
            add,
            "{\"path\":\"file:///etc/passwd\"}"),
        is(
            "IS.0007",
            "a picture for an instance nobody has",
            "POST",
            v1 + "/nobodys/image",
            file(picture, "x")),
        is("IS.0003", "a search for nothing", "POST", search, "{}"),
        is("IS.0002", "a limit of 0", "POST", search, "{\"path\":\"here\",\"limit\":0}"),
        is("IS.0002", "a limit of 101", "POST", search, "{\"path\":\"here\",\"limit\":101}"),
        is("IS.0002", "a limit as text", "POST", search, "{\"path\":\"here\",\"limit\":\"10\"}"),
        is(
            "IS.0002",
            "a limit of one and a half",
            "POST",
            search,
            "{\"path\":\"here\",\"limit\":1.5}"),
        is("IS.0002", "an offset below 0", "POST", search, "{\"path\":\"here\",\"offset\":-1}"),
        is(
            "IS.0002",
            "an offset beyond everything",
            "POST",
            search,
            "{\"path\":\"here\",\"offset\":2147483647}"),
        is(
            "IS.0002",
            "an offset no integer holds",
            "POST",
            search,
            "{\"path\":\"here\",\"offset\":99999999999999999999}"),
        is("IS.0002", "is_crop as text", "POST", search, "{\"path\":\"here\",\"is_crop\":\"yes\"}"),
        is("IS.0002", "a box as a list", "POST", search, "{\"path\":\"here\",\"box\":[1,2,3,4]}"),
        is(
            "IS.0001",
            "a box without a side",
            "POST",
            search,
            "{\"path\":\"here\",\"box\":{\"x\":1,\"y\":1,\"width\":5}}"),
        is(
            "IS.0002",
            "a box of no width",
            "POST",
            search,
            "{\"path\":\"here\",\"box\":{\"x\":1,\"y\":1,\"width\":0,\"height\":5}}"),
        is(
            "IS.0002",
            "a box outside of the picture",
            "POST",
            search,
            "{\"file\":\""
                + picture
                + "\",\"is_crop\":true,\"box\":{\"x\":5000,\"y\":0,\"width\":50,\"height\":50}}"),
        is("IS.0016", "a search by a path nobody added", "POST", search, "{\"path\":\"nowhere\"}"),
        is(
            "IS.0002",
            "a search by a text in place of a picture",
            "POST",
            search,
            "{\"file\":\"" + base64("no picture") + "\"}"),
        is("IS.0001", "a check of nothing", "POST", check, "{}"),
        is("IS.0002", "a check of a list", "POST", check, "{\"path\":[\"here\"]}"),
        is("IS.0001", "new tags that are missing", "PUT", image, "{\"path\":\"here\"}"),
        is(
            "IS.0002",
            "new tags nobody declared",
            "PUT",
            image,
            "{\"path\":\"here\",\"tags\":{\"colour\":\"red\"}}"),
        is(
            "IS.0016",
            "new tags for a path nobody added",
            "PUT",
            image,
            "{\"path\":\"nowhere\",\"tags\":{\"animal\":\"cat\"}}"),
        is(
            "IS.0016",
            "a deletion of a path nobody added",
            "DELETE",
            image,
            "{\"path\":\"nowhere\"}"),
        is("IS.0001", "a deletion without a body", "DELETE", image, null));
  }

  private Bad is(String code, String name, String method, String path, @Nullable String body) {
    return new Bad("v1: " + name, 400, code, () -> v1(method, path, body));
  }

  private static String create(String name) {
    return "{\"name\":\"" + name + "\",\"model\":\"common-search\"}";
  }

  private String createWith(String field) {
    return "{\"name\":\"never\",\"model\":\"common-search\"," + field + "}";
  }

  private static String file(String base64, String path) {
    return "{\"file\":\"" + base64 + "\",\"path\":\"" + path + "\"}";
  }

  private String tagged(String tags) {
    return "{\"file\":\"" + picture + "\",\"path\":\"x\",\"tags\":" + tags + "}";
  }

  // ---- The native API ----

  private List<Bad> own() {
    String mine = "/api/v1/instances/" + instance;
    String images = mine + "/images";
    String search = mine + "/search";
    return List.of(
        new Bad(
            "nobody asks the native API",
            401,
            "unauthorized",
            () -> plain("GET", "/api/v1/instances", Map.of(), "")),
        new Bad(
            "the native API with a wrong secret",
            401,
            "unauthorized",
            () -> {
              Account other = system.newAccount();
              try (ApiClient wrong = new ApiClient(system.endpoint(), withSecret(other, "x"))) {
                return wrong.get("/api/v1/instances");
              }
            }),
        new Bad(
            "Basic that is no base64",
            401,
            "unauthorized",
            () -> plain("GET", "/api/v1/instances", Map.of("Authorization", "Basic ***"), "")),
        json("an instance of no fields", 400, "invalid_request", "/api/v1/instances", "{}"),
        json("an instance as a list", 400, "invalid_request", "/api/v1/instances", "[]"),
        json(
            "an instance in broken JSON",
            400,
            "invalid_request",
            "/api/v1/instances",
            "{\"name\":"),
        json(
            "an instance with a field nobody knows",
            400,
            "invalid_request",
            "/api/v1/instances",
            "{\"name\":\"never\",\"colour\":\"red\"}"),
        json(
            "an instance named by a path",
            400,
            "invalid_request",
            "/api/v1/instances",
            "{\"name\":\"../x\"}"),
        json(
            "an instance named image, natively",
            400,
            "invalid_request",
            "/api/v1/instances",
            "{\"name\":\"image\"}"),
        json(
            "an instance of a model nobody has",
            400,
            "invalid_request",
            "/api/v1/instances",
            "{\"name\":\"never\",\"model\":\"crystal-ball\"}"),
        json(
            "an instance name taken, natively",
            409,
            "name_taken",
            "/api/v1/instances",
            "{\"name\":\"" + instance + "\"}"),
        json(
            "tag keys that are numbers",
            400,
            "invalid_request",
            "/api/v1/instances",
            "{\"name\":\"never\",\"tags\":[1]}"),
        get("an instance nobody has", 404, "no_such_instance", "/api/v1/instances/nobodys"),
        get(
            "an instance by a path that climbs",
            404,
            "no_such_instance",
            "/api/v1/instances/..%2F..%2Fetc%2Fpasswd"),
        get("a list with a limit of 0", 400, "invalid_request", images + "?limit=0"),
        get("a list with a limit of 1001", 400, "invalid_request", images + "?limit=1001"),
        get("a list with a limit of letters", 400, "invalid_request", images + "?limit=ten"),
        get("a list with a parameter nobody knows", 400, "invalid_request", images + "?colour=red"),
        get("an image by a token that is none", 400, "invalid_request", images + "/here?token=abc"),
        get(
            "an image with a wait of letters",
            400,
            "invalid_request",
            images + "/here?token=1.0.0&wait=long"),
        get(
            "an image by an id with a control character",
            400,
            "invalid_request",
            images + "/a%01b"),
        get("an image by an id that cannot be decoded", 400, "invalid_request", images + "/a%ZZ"),
        get("an image by an id too long", 400, "invalid_request", images + "/" + "a".repeat(513)),
        get("quarantine of no event", 404, "no_such_event", "/api/v1/quarantine/1.0.999999"),
        get("quarantine by a name", 400, "invalid_request", "/api/v1/quarantine/abc"),
        get("the cluster by somebody who is no administrator", 403, "forbidden", "/api/v1/cluster"),
        get(
            "the accounts by somebody who is no administrator",
            403,
            "forbidden",
            "/api/v1/accounts"),
        json(
            "an account by somebody who is no administrator",
            403,
            "forbidden",
            "/api/v1/accounts",
            "{\"domain\":\"d\",\"user\":\"u\"}"),
        bytes("no bytes at all", 400, "invalid_request", images + "?id=x", new byte[0]),
        bytes(
            "bytes of no picture",
            422,
            "unsupported_format",
            images + "?id=x",
            "just words".getBytes(StandardCharsets.UTF_8)),
        bytes(
            "a page in place of a picture",
            422,
            "unsupported_format",
            images + "?id=x",
            "<html><script>alert(1)</script></html>".getBytes(StandardCharsets.UTF_8)),
        bytes(
            "a picture cut in the middle",
            422,
            "broken_picture",
            images + "?id=x",
            Arrays.copyOf(Pictures.png(5), 900)),
        bytes(
            "a PNG that claims too many pixels",
            422,
            "picture_too_large",
            images + "?id=x",
            bomb()),
        bytes(
            "a picture with a tag nobody declared",
            400,
            "invalid_request",
            images + "?id=x&tags.colour=red",
            Pictures.jpeg(5)),
        bytes(
            "a picture with a wait of an hour",
            400,
            "invalid_request",
            images + "?id=x&wait=1h",
            Pictures.jpeg(5)),
        bytes(
            "a picture under an id too long",
            400,
            "invalid_request",
            images + "?id=" + "a".repeat(513),
            Pictures.jpeg(5)),
        json("an image of nothing", 400, "invalid_request", images, "{\"id\":\"x\"}"),
        json(
            "an image of two pictures",
            400,
            "invalid_request",
            images,
            "{\"id\":\"x\",\"image_base64\":\""
                + picture
                + "\",\"url\":\"https://example.com/a\"}"),
        json(
            "an image in broken base64",
            400,
            "invalid_request",
            images,
            "{\"id\":\"x\",\"image_base64\":\"%%%\"}"),
        json(
            "an image of this machine",
            422,
            "fetch_refused",
            images,
            "{\"id\":\"x\",\"url\":\"http://127.0.0.1:1/a.jpg\",\"tags\":{}}"),
        json(
            "an image of a file",
            400,
            "invalid_request",
            images,
            "{\"id\":\"x\",\"url\":\"file:///etc/passwd\"}"),
        json(
            "a vector of three dimensions",
            400,
            "invalid_request",
            images,
            "{\"id\":\"x\",\"vector\":[1,2,3]}"),
        json(
            "a vector of words",
            400,
            "invalid_request",
            images,
            "{\"id\":\"x\",\"vector\":[\"one\"]}"),
        json(
            "an image with a number as text",
            400,
            "invalid_request",
            images,
            "{\"id\":\"x\",\"image_base64\":\"" + picture + "\",\"numbers\":{\"price\":\"7\"}}"),
        json(
            "an image cropped to nothing",
            400,
            "invalid_request",
            images,
            "{\"id\":\"x\",\"image_base64\":\""
                + picture
                + "\",\"crop\":{\"x\":0,\"y\":0,\"width\":0,\"height\":0}}"),
        json(
            "an image cropped outside",
            422,
            "bad_crop",
            images,
            "{\"id\":\"x\",\"image_base64\":\""
                + picture
                + "\",\"crop\":{\"x\":900,\"y\":900,\"width\":10,\"height\":10}}"),
        new Bad(
            "a form without a file",
            400,
            "invalid_request",
            () ->
                api.call(
                    "POST",
                    images,
                    BodyPublishers.ofString(
                        "--b\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\nx\r\n--b--\r\n"),
                    "multipart/form-data; boundary=b")),
        new Bad(
            "a form that breaks off",
            400,
            "invalid_request",
            () ->
                api.call(
                    "POST",
                    images,
                    BodyPublishers.ofString("--b\r\nContent-Disposition: form-data; na"),
                    "multipart/form-data; boundary=b")),
        json(
            "a search by two things",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"image_base64\":\"" + picture + "\"}"),
        json(
            "a native limit of 0", 400, "invalid_request", search, "{\"id\":\"here\",\"limit\":0}"),
        json(
            "a native limit of 1001",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"limit\":1001}"),
        json(
            "a window deeper than 10000",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"offset\":9995,\"limit\":10}"),
        json(
            "a score above 1",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"min_score\":1.5}"),
        json(
            "a deadline that is none",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"deadline\":\"soon\"}"),
        json(
            "a filter nobody knows",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"filter\":{\"colour\":\"red\"}}"),
        json(
            "a filter of two things",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"filter\":{\"id_prefix\":\"a\",\"not\":{\"id_prefix\":\"b\"}}}"),
        json(
            "a filter forty deep",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"filter\":"
                + "{\"not\":".repeat(40)
                + "{\"id_prefix\":\"a\"}"
                + "}".repeat(40)
                + "}"),
        json(
            "a search by an id nobody added", 404, "no_such_image", search, "{\"id\":\"nowhere\"}"),
        json(
            "a search with a token that is none",
            400,
            "invalid_request",
            search,
            "{\"id\":\"here\",\"tokens\":[\"abc\"]}"),
        json(
            "a search in an instance nobody has",
            404,
            "no_such_instance",
            "/api/v1/instances/nobodys/search",
            "{\"id\":\"here\"}"),
        bytes(
            "a search by bytes of no picture",
            422,
            "unsupported_format",
            search,
            "just words".getBytes(StandardCharsets.UTF_8)),
        new Bad(
            "new attributes for an image nobody added",
            404,
            "no_such_image",
            () ->
                api.call(
                    "PATCH",
                    images + "/nowhere",
                    BodyPublishers.ofString("{\"tags\":{\"animal\":\"cat\"}}"),
                    "application/json")),
        new Bad(
            "new attributes nobody declared",
            400,
            "invalid_request",
            () ->
                api.call(
                    "PATCH",
                    images + "/here",
                    BodyPublishers.ofString("{\"tags\":{\"colour\":\"red\"}}"),
                    "application/json")),
        new Bad(
            "a deletion of an instance nobody has, natively",
            404,
            "no_such_instance",
            () -> api.call("DELETE", "/api/v1/instances/nobodys", BodyPublishers.noBody(), "")));
  }

  private Bad json(String name, int status, String code, String path, String body) {
    return new Bad(
        "native: " + name,
        status,
        code,
        () -> api.call("POST", path, BodyPublishers.ofString(body), "application/json"));
  }

  private Bad bytes(String name, int status, String code, String path, byte[] body) {
    return new Bad(
        "native: " + name,
        status,
        code,
        () -> api.call("POST", path, BodyPublishers.ofByteArray(body), "application/octet-stream"));
  }

  private Bad get(String name, int status, String code, String path) {
    return new Bad("native: " + name, status, code, () -> wireGet(path));
  }

  // ---- How it is sent ----

  /** With a good token: only what is asked is bad. */
  private Answer v1(String method, String path, @Nullable String body) throws IOException {
    return v1(method, path, body, Map.of());
  }

  private Answer v1(String method, String path, @Nullable String body, Map<String, String> more)
      throws IOException {
    Map<String, String> headers = new TreeMap<>(more);
    headers.put("X-Auth-Token", token);
    headers.put("Content-Type", "application/json");
    return plain(method, path, headers, body == null ? "" : body);
  }

  private Answer plain(String method, String path, Map<String, String> headers, String body)
      throws IOException {
    HttpRequest.Builder request = api.plain(path);
    headers.forEach(request::header);
    // Lone surrogates become bytes that are no UTF-8, as a careless client would send them.
    byte[] bytes =
        body.indexOf('\uD800') >= 0
            ? body.replace('\uD800', '\u00ff').getBytes(StandardCharsets.ISO_8859_1)
            : body.getBytes(StandardCharsets.UTF_8);
    return Plain.send(
        request
            .method(
                method,
                bytes.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(bytes))
            .build());
  }

  private Map<String, String> headers() {
    Map<String, String> headers = new TreeMap<>();
    headers.put("Host", host);
    headers.put("X-Auth-Token", token);
    headers.put("Content-Type", "application/json");
    return headers;
  }

  private Answer wire(String method, String target, Map<String, String> more, String body)
      throws IOException {
    Map<String, String> headers = headers();
    headers.putAll(more);
    return Wire.send(
        system.endpoint(),
        Wire.request(method, target, headers, body.getBytes(StandardCharsets.UTF_8)));
  }

  /** For targets that a URI cannot hold. */
  private Answer wireGet(String target) throws IOException {
    Map<String, String> headers = new TreeMap<>();
    headers.put("Host", host);
    headers.put("Authorization", basic(account.secretKey()));
    return Wire.send(system.endpoint(), Wire.request("GET", target, headers, new byte[0]));
  }

  private Answer chunked(String target, int mebibytes) throws IOException {
    Map<String, String> headers = headers();
    headers.put("Transfer-Encoding", "chunked");
    byte[] chunk = new byte[1 << 20];
    Arrays.fill(chunk, (byte) ' ');
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (int i = 0; i < mebibytes; i++) {
      body.writeBytes("100000\r\n".getBytes(StandardCharsets.US_ASCII));
      body.writeBytes(chunk);
      body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    }
    return Wire.send(system.endpoint(), Wire.request("POST", target, headers, body.toByteArray()));
  }

  private Map<String, String> signature(String method, String path, String body, Instant at) {
    return Signer.sign(account, host, method, path, body, at);
  }

  private Answer signed(
      Account signer, Account caller, String method, String path, String body, Instant at)
      throws IOException {
    return plain(method, path, Signer.sign(signer, host, method, path, body, at), body);
  }

  private static Instant now() {
    return Instant.now();
  }

  private String basic(String secret) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((account.accessKey() + ":" + secret).getBytes(StandardCharsets.UTF_8));
  }

  private static Account withSecret(Account account, String secret) {
    return new Account(
        account.projectId(),
        account.domain(),
        account.user(),
        account.password(),
        account.accessKey(),
        secret);
  }

  private static Account withKey(Account account, String key) {
    return new Account(
        account.projectId(),
        account.domain(),
        account.user(),
        account.password(),
        key,
        account.secretKey());
  }

  private static String changed(String token) {
    int middle = token.length() / 2;
    char other = token.charAt(middle) == 'A' ? 'B' : 'A';
    return token.substring(0, middle) + other + token.substring(middle + 1);
  }

  private static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  /** A good PNG whose header says 60000 x 60000. */
  private static byte[] bomb() {
    byte[] png = Pictures.png(7);
    ByteBuffer.wrap(png).putInt(16, 60_000).putInt(20, 60_000);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    return png;
  }

  /** The code of an error in any of the three shapes; empty where there is none. */
  private static String code(Answer answer) {
    try {
      JsonObject body = new JsonObject(answer.text());
      if (body.containsKey("error_code")) {
        return body.getString("error_code");
      }
      JsonObject error = body.getJsonObject("error");
      return error == null ? "" : String.valueOf(error.getValue("code"));
    } catch (DecodeException e) {
      return "no JSON: " + answer;
    }
  }
}
