package io.likeness.gateway.auth;

import static io.likeness.gateway.auth.AuthScene.ACCESS;
import static io.likeness.gateway.auth.AuthScene.NOW;
import static io.likeness.gateway.auth.AuthScene.OTHER_ACCESS;
import static io.likeness.gateway.auth.AuthScene.OTHER_PROJECT;
import static io.likeness.gateway.auth.AuthScene.OTHER_SECRET;
import static io.likeness.gateway.auth.AuthScene.PROJECT;
import static io.likeness.gateway.auth.AuthScene.SECRET;
import static io.likeness.gateway.auth.AuthScene.sign;
import static io.likeness.gateway.auth.AuthScene.signed;
import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.gateway.Requests;
import io.likeness.gateway.auth.AuthOutcome.Authenticated;
import io.likeness.gateway.auth.AuthOutcome.Denied;
import io.likeness.gateway.auth.Principal.How;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.wire.AccountRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthenticatorTest {

  private static final String ADD = "/v1/" + PROJECT + "/demo-lib/image";
  private static final String CHECK = ADD + "/check";

  private final AuthScene scene = new AuthScene();

  private AuthOutcome ask(Requests request) {
    return scene.authenticator.authenticate(request.build());
  }

  private Principal known(Requests request) {
    AuthOutcome outcome = ask(request);
    assertThat(outcome).isInstanceOf(Authenticated.class);
    return ((Authenticated) outcome).principal();
  }

  private Denied denied(Requests request) {
    AuthOutcome outcome = ask(request);
    assertThat(outcome).isInstanceOf(Denied.class);
    return (Denied) outcome;
  }

  private void assertIncorrect(Requests request, String reason) {
    Denied denied = denied(request);
    assertThat(denied.code()).isEqualTo("APIGW.0301");
    assertThat(denied.status()).isEqualTo(401);
    assertThat(denied.reason())
        .startsWith("Incorrect IAM authentication information: ")
        .contains(reason);
  }

  private static Requests post(String path) {
    return Requests.of("POST", path).body("{\"path\":\"a\"}").at(NOW);
  }

  private Requests atAge(String path, Duration age) {
    return sign(post(path), ACCESS, SECRET, NOW.minus(age), Map.of());
  }

  private String token(String projectId, SubjectTokens.Scope scope, Instant at) {
    AccountRecord account = scene.book.ofProject(projectId).orElseThrow();
    return scene.tokens.issue(account, scope, at);
  }

  // ---- signatures ----

  @Test
  void knowsWhoSigned() {
    assertThat(known(signed(post(ADD))))
        .isEqualTo(new Principal(PROJECT, "acme", true, How.SIGNATURE));
  }

  @Test
  void asksForCredentials() {
    assertIncorrect(post(ADD), "neither a signature nor x-auth-token");
  }

  @Test
  void takesNoSecondAuthorizationHeader() {
    ApiRequest once = signed(post(ADD)).build();
    ApiRequest twice =
        new ApiRequest(
            once.method(),
            once.rawPath(),
            "",
            io.likeness.gateway.http.RequestHeaders.builder()
                .add("Authorization", once.header("authorization").orElseThrow())
                .add("authorization", "Basic eDp5")
                .build(),
            once.body(),
            once.bodySha256(),
            once.remoteAddress(),
            once.connectionId(),
            once.receivedAt(),
            once.requestId(),
            once.traceparent());

    assertThat(scene.authenticator.authenticate(twice)).isInstanceOf(Denied.class);
  }

  @Test
  void refusesTheDerivedAlgorithmByName() {
    assertIncorrect(
        post(ADD)
            .header("X-Sdk-Date", "20260102T030405Z")
            .header(
                "Authorization",
                "V11-HMAC-SHA256 Credential="
                    + ACCESS
                    + "/20260102/cn-north-4/ImageSearch, SignedHeaders=host;user-agent;x-project-id;x-sdk-date,"
                    + " Signature=d53882e91a1b303c0ac5f82a6d239cf01c86a7e29064652f721fcbf33e7ef8db"),
        "algorithm V11-HMAC-SHA256 is not supported, sign with SDK-HMAC-SHA256");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SDK-HMAC-SM3 Access=A, SignedHeaders=x-sdk-date, Signature=0",
        "SDK-ECDSA-P256-SHA256 Access=A",
        "Bearer abc",
        "",
        "   ",
        "SDK-HMAC-SHA256",
        "sdk-hmac-sha256 Access=A, SignedHeaders=x-sdk-date, Signature=00",
      })
  void refusesEveryOtherAuthorization(String header) {
    assertIncorrect(post(ADD).header("Authorization", header), "");
  }

  @ParameterizedTest
  @CsvSource({
    "PT0S,true",
    "PT15M,true",
    "PT-15M,true",
    "PT15M1S,false",
    "PT-15M-1S,false",
    "P365D,false"
  })
  void takesDatesWithinFifteenMinutes(Duration age, boolean taken) {
    Requests request = atAge(ADD, age);

    if (taken) {
      known(request);
    } else {
      assertIncorrect(request, "s off, at most 900");
    }
  }

  @Test
  void asksForADateItCanRead() {
    assertIncorrect(signed(post(ADD)).header("x-sdk-date", "yesterday"), "X-Sdk-Date");
    assertIncorrect(signed(post(ADD)).without("x-sdk-date"), "X-Sdk-Date");
  }

  @Test
  void refusesWhateverIsNotWhatWasSigned() {
    assertIncorrect(signed(post(ADD)).body("{\"path\":\"b\"}"), "the signature is wrong");
    assertIncorrect(signed(post(ADD)).header("host", "elsewhere"), "the signature is wrong");
    assertIncorrect(signed(post(ADD)).header("user-agent", "proxy"), "the signature is wrong");
  }

  @Test
  void refusesUnknownKeysAndOtherSecrets() {
    assertIncorrect(
        sign(post(ADD), "NOBODY", SECRET, NOW, Map.of()), "access key NOBODY is unknown");
    assertIncorrect(sign(post(ADD), ACCESS, "other", NOW, Map.of()), "the signature is wrong");
  }

  @Test
  void takesABodyThatIsExpresslyNotSigned() {
    Requests request =
        sign(post(ADD), ACCESS, SECRET, NOW, Map.of("x-sdk-content-sha256", "UNSIGNED-PAYLOAD"));

    known(request.body("anything"));
  }

  @Test
  void refusesAHashThatIsNotTheBodysEvenWhenItWasSigned() {
    Requests request =
        sign(
            post(ADD).body("{}"),
            ACCESS,
            SECRET,
            NOW,
            Map.of("x-sdk-content-sha256", Requests.sha256("{}")));

    assertIncorrect(request.body("{\"path\":\"b\"}"), "X-Sdk-Content-Sha256");
  }

  @Test
  void verifiesPathsThatBeginWithTwoSlashes() {
    known(signed(post("/" + ADD)));
  }

  @Test
  void refusesPathsThatCannotBeDecoded() {
    Requests request = signed(post(ADD));
    String authorization = request.build().header("authorization").orElseThrow();

    assertIncorrect(
        post("/v1/" + PROJECT + "/%zz/image")
            .header("host", "h")
            .header("user-agent", "u")
            .header("x-project-id", PROJECT)
            .header("x-sdk-date", AuthScene.date(NOW))
            .header("Authorization", authorization),
        "broken percent escape");
  }

  // ---- lock ----

  @Test
  void locksAKeyForFiveMinutesAfterFiveFailuresInARow() {
    for (int i = 0; i < 5; i++) {
      assertIncorrect(sign(post(ADD), ACCESS, "wrong", NOW, Map.of()), "the signature is wrong");
    }

    assertIncorrect(signed(post(ADD)), "is locked for 5 minutes after 5 failures in a row");
    known(sign(post("/v3/projects"), OTHER_ACCESS, OTHER_SECRET, NOW, Map.of()));
    scene.pass(Duration.ofMinutes(4).plusSeconds(59));
    assertIncorrect(signed(post(ADD)), "is locked");
    scene.pass(Duration.ofSeconds(2));
    known(signed(post(ADD)));
  }

  @Test
  void startsCountingAnewAfterASuccess() {
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 4; i++) {
        assertIncorrect(sign(post(ADD), ACCESS, "wrong", NOW, Map.of()), "the signature is wrong");
      }
      known(sign(post(CHECK + round), ACCESS, SECRET, NOW, Map.of()));
    }
  }

  @Test
  void countsOnlyWrongSignatures() {
    known(signed(post(ADD)));
    for (int i = 0; i < 10; i++) {
      assertIncorrect(signed(post(ADD)).on("thief"), "used before");
      assertIncorrect(atAge(ADD, Duration.ofHours(1)), "s off");
    }

    known(atAge(CHECK, Duration.ofSeconds(1)));
  }

  // ---- replay ----

  @Test
  void refusesAWriteSeenBeforeOnAnotherConnection() {
    known(signed(post(ADD)).on("c1"));

    assertIncorrect(signed(post(ADD)).on("c2"), "used before");
    assertIncorrect(signed(post(ADD)).on("c2"), "used before");
  }

  @Test
  void letsAnHonestClientRepeatAWriteOnItsConnectionWithinFiveSeconds() {
    known(signed(post(ADD)).on("c1"));

    known(signed(post(ADD)).on("c1"));
    known(signed(post(ADD)).at(NOW.plusSeconds(5)).header("x", "y").on("c1"));
  }

  @Test
  void refusesARepeatedWriteAfterFiveSecondsOnAnyConnection() {
    known(atAge(ADD, Duration.ofSeconds(6)).on("c1"));

    assertIncorrect(atAge(ADD, Duration.ofSeconds(6)).on("c1"), "used before");
    assertIncorrect(atAge(ADD, Duration.ofSeconds(6)).on("c2"), "used before");
  }

  @ParameterizedTest
  @CsvSource({
    "POST,/v1/P/demo-lib/image/search",
    "POST,/v1/P/demo-lib/image/check",
    "GET,/v1/P/service/demo-lib"
  })
  void letsReadsBeRepeatedOnAnyConnectionWithinFiveSeconds(String method, String path) {
    String own = path.replace("P", PROJECT);
    known(signed(Requests.of(method, own)).on("c1"));

    known(signed(Requests.of(method, own)).on("c2"));
    Requests old =
        sign(Requests.of(method, own).at(NOW), ACCESS, SECRET, NOW.minusSeconds(6), Map.of());
    known(old.on("c1"));
    assertIncorrect(old.on("c2"), "used before");
    assertIncorrect(old.on("c1"), "used before");
  }

  @Test
  void remembersADateInTheFutureUntilItsOwnWindowEnds() {
    Requests early = atAge(ADD, Duration.ofMinutes(-15));
    known(early.on("c1"));
    scene.pass(Duration.ofMinutes(30));

    assertIncorrect(early.at(NOW.plus(Duration.ofMinutes(30))).on("c2"), "used before");
  }

  // ---- projects ----

  @Test
  void refusesAnotherProjectInHeaderOrPath() {
    Denied header =
        denied(sign(post(ADD), ACCESS, SECRET, NOW, Map.of("x-project-id", OTHER_PROJECT)));
    Denied path = denied(sign(post(ADD), OTHER_ACCESS, OTHER_SECRET, NOW, Map.of()));

    assertThat(header.status()).isEqualTo(403);
    assertThat(header.code()).isEqualTo("APIGW.0302");
    assertThat(path.status()).isEqualTo(403);
    assertThat(path.code()).isEqualTo("APIGW.0302");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/P/x",
        "//v1/P/x",
        "/v2/P/mms/x/search",
        "/v3/P/image/main-object-detection",
        "/v1/%50/x"
      })
  void findsTheProjectInEveryPath(String path) {
    assertThat(Authenticator.projectInPath(Requests.of("GET", path).build())).contains("P");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/v1",
        "/v3/auth/tokens",
        "/v3/projects",
        "/v3.0/OS-CREDENTIAL/securitytokens",
        "/api/v1/instances"
      })
  void findsNoProjectWhereThereIsNone(String path) {
    assertThat(Authenticator.projectInPath(Requests.of("GET", path).build())).isEmpty();
  }

  // ---- tokens ----

  @Test
  void knowsTheBearerOfAToken() {
    Requests request =
        post(ADD).header("X-Auth-Token", token(PROJECT, SubjectTokens.Scope.PROJECT, NOW));

    assertThat(known(request)).isEqualTo(new Principal(PROJECT, "acme", true, How.TOKEN));
  }

  @Test
  void endsTokensAfterADayAndWithTheirPassword() {
    String token = token(PROJECT, SubjectTokens.Scope.PROJECT, NOW);

    known(
        post(ADD).header("X-Auth-Token", token).at(NOW.plus(Duration.ofHours(24)).minusMillis(1)));
    assertIncorrect(
        post(ADD).header("X-Auth-Token", token).at(NOW.plus(Duration.ofHours(24))), "expired");
    AccountRecord account = scene.book.ofProject(PROJECT).orElseThrow();
    scene.book.put(account.toBuilder().setPasswordHash(scene.passwords.hash("new")).build());
    assertIncorrect(post(ADD).header("X-Auth-Token", token), "expired");
  }

  @Test
  void refusesTokensOfAccountsThatAreGone() {
    String token = token(PROJECT, SubjectTokens.Scope.PROJECT, NOW);
    scene.book.remove(PROJECT);

    assertIncorrect(post(ADD).header("X-Auth-Token", token), "expired");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "x", "AAAA", "%%%", "MIIEowIBAAKCAQEA"})
  void refusesTextsThatAreNoTokens(String token) {
    assertIncorrect(post(ADD).header("X-Auth-Token", token), "x-auth-token");
  }

  @Test
  void refusesATokenWithAnyBitChanged() {
    byte[] token =
        Base64.getUrlDecoder().decode(token(OTHER_PROJECT, SubjectTokens.Scope.PROJECT, NOW));
    for (int i = 0; i < token.length; i++) {
      byte[] changed = token.clone();
      changed[i] ^= 1;
      assertIncorrect(
          post(ADD)
              .header(
                  "X-Auth-Token", Base64.getUrlEncoder().withoutPadding().encodeToString(changed)),
          "cannot be decoded");
    }
  }

  @Test
  void refusesTokensOfAnotherMasterKey() {
    byte[] key = new byte[32];
    key[0] = 1;
    SubjectTokens foreign = new SubjectTokens(MasterKey.of(key, scene.random));
    String token =
        foreign.issue(
            scene.book.ofProject(PROJECT).orElseThrow(), SubjectTokens.Scope.PROJECT, NOW);

    assertIncorrect(post(ADD).header("X-Auth-Token", token), "cannot be decoded");
  }

  @Test
  void refusesADomainTokenWhereAProjectIsNamed() {
    String token = token(PROJECT, SubjectTokens.Scope.DOMAIN, NOW);

    assertThat(denied(post(ADD).header("X-Auth-Token", token)).status()).isEqualTo(403);
    known(Requests.of("GET", "/v3/projects").at(NOW).header("X-Auth-Token", token));
  }

  @Test
  void refusesATokenOnAnotherProjectsPath() {
    String token = token(OTHER_PROJECT, SubjectTokens.Scope.PROJECT, NOW);

    assertThat(denied(post(ADD).header("X-Auth-Token", token)).status()).isEqualTo(403);
  }

  @Test
  void asksSignatureAndTokenBothToBeGood() {
    String mine = token(PROJECT, SubjectTokens.Scope.PROJECT, NOW);
    String theirs = token(OTHER_PROJECT, SubjectTokens.Scope.PROJECT, NOW);

    assertThat(known(signed(post(ADD)).header("X-Auth-Token", mine)).how())
        .isEqualTo(How.SIGNATURE_AND_TOKEN);
    assertIncorrect(signed(post(CHECK)).header("X-Auth-Token", "forged"), "x-auth-token");
    assertIncorrect(signed(post(CHECK)).header("X-Auth-Token", theirs), "different accounts");
    assertIncorrect(
        sign(post(CHECK), ACCESS, "wrong", NOW, Map.of()).header("X-Auth-Token", mine),
        "the signature is wrong");
  }

  // ---- temporary keys ----

  private Requests signedBy(TemporaryKeys.TemporaryKey key, Instant at) {
    return sign(
        post(CHECK).at(at),
        key.access(),
        key.secret(),
        at,
        Map.of("x-security-token", key.securityToken()));
  }

  @Test
  void knowsTheHolderOfATemporaryKeyUntilItEnds() {
    TemporaryKeys.TemporaryKey key =
        scene.temporaryKeys.issue(PROJECT, Duration.ofSeconds(900), NOW);

    assertThat(known(signedBy(key, NOW)).how()).isEqualTo(How.TEMPORARY_KEY);
    known(signedBy(key, NOW.plusSeconds(899)));
    assertIncorrect(signedBy(key, NOW.plusSeconds(900)), "X-Security-Token has expired");
  }

  @Test
  void refusesATemporaryKeyWithoutItsOwnToken() {
    TemporaryKeys.TemporaryKey key =
        scene.temporaryKeys.issue(PROJECT, Duration.ofSeconds(900), NOW);
    TemporaryKeys.TemporaryKey other =
        scene.temporaryKeys.issue(PROJECT, Duration.ofSeconds(900), NOW);

    assertIncorrect(
        sign(post(CHECK), key.access(), key.secret(), NOW, Map.of()), "without X-Security-Token");
    assertIncorrect(
        sign(
            post(CHECK),
            key.access(),
            key.secret(),
            NOW,
            Map.of("x-security-token", other.securityToken())),
        "X-Security-Token is not that of");
    assertIncorrect(
        sign(
            post(CHECK),
            key.access(),
            key.secret(),
            NOW,
            Map.of("x-security-token", "temporary-token-example")),
        "X-Security-Token is not that of");
    assertIncorrect(
        sign(post(CHECK), ACCESS, SECRET, NOW, Map.of("x-security-token", key.securityToken())),
        "X-Security-Token is not that of");
    assertIncorrect(
        sign(
            post(CHECK),
            key.access(),
            "wrong",
            NOW,
            Map.of("x-security-token", key.securityToken())),
        "the signature is wrong");
  }

  @Test
  void refusesATemporaryKeyOfAnAccountThatIsGone() {
    TemporaryKeys.TemporaryKey key =
        scene.temporaryKeys.issue(OTHER_PROJECT, Duration.ofSeconds(900), NOW);
    scene.book.remove(OTHER_PROJECT);

    assertIncorrect(signedBy(key, NOW), "gone");
  }

  // ---- Basic ----

  private static Requests basic(String path, String pair) {
    return Requests.of("GET", path)
        .at(NOW)
        .header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void takesBasicForTheNativeApiOnly() {
    assertThat(known(basic("/api/v1/instances", ACCESS + ":" + SECRET)).how()).isEqualTo(How.BASIC);
    assertIncorrect(
        basic("/v1/" + PROJECT + "/service/x", ACCESS + ":" + SECRET), "HTTP Basic is for /api/");
  }

  @Test
  void refusesWrongBasicAlikeAndLocks() {
    assertIncorrect(
        basic("/api/v1/instances", "NOBODY:" + SECRET), "access key or secret key is wrong");
    assertIncorrect(basic("/api/v1/instances", "nocolon"), "not Basic");
    assertIncorrect(
        Requests.of("GET", "/api/v1/instances").header("Authorization", "Basic ???"), "not Basic");
    for (int i = 0; i < 5; i++) {
      assertIncorrect(
          basic("/api/v1/instances", ACCESS + ":wrong"), "access key or secret key is wrong");
    }
    assertIncorrect(basic("/api/v1/instances", ACCESS + ":" + SECRET), "locked");
  }
}
