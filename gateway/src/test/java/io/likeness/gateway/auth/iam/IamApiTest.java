package io.likeness.gateway.auth.iam;

import static io.likeness.gateway.auth.AuthScene.ACCESS;
import static io.likeness.gateway.auth.AuthScene.NOW;
import static io.likeness.gateway.auth.AuthScene.OTHER_ACCESS;
import static io.likeness.gateway.auth.AuthScene.OTHER_PROJECT;
import static io.likeness.gateway.auth.AuthScene.OTHER_SECRET;
import static io.likeness.gateway.auth.AuthScene.PASSWORD;
import static io.likeness.gateway.auth.AuthScene.PROJECT;
import static io.likeness.gateway.auth.AuthScene.SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.gateway.Requests;
import io.likeness.gateway.auth.AuthOutcome;
import io.likeness.gateway.auth.AuthScene;
import io.likeness.gateway.auth.SubjectTokens;
import io.likeness.gateway.http.ApiResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 5.1 to 5.3 of the contract. */
class IamApiTest {

  private static final String TOKENS = "/v3/auth/tokens";
  private static final String KEYS = "/v3.0/OS-CREDENTIAL/securitytokens";

  private final AuthScene scene = new AuthScene();
  private final IamApi iam =
      new IamApi(
          scene.authenticator,
          scene.book,
          scene.tokens,
          scene.temporaryKeys,
          scene.passwords,
          scene.failures,
          scene.masterKey);

  private ApiResponse ask(Requests request) {
    ApiResponse answer = iam.handle(request.at(NOW).build());
    assertThat(answer.headers()).containsEntry("Content-Type", "application/json");
    return answer;
  }

  private static JsonObject json(ApiResponse answer) {
    return new JsonObject(answer.body().toStringUtf8());
  }

  private static Requests login(String domain, String user, String password, String scope) {
    return Requests.of("POST", TOKENS)
        .body(
            """
            {"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"%s","password":"%s",
            "domain":{"name":"%s"}}}}%s}}
            """
                .formatted(user, password, domain, scope));
  }

  private static Requests login(String scope) {
    return login("acme", "alice", PASSWORD, scope);
  }

  private void assertError(ApiResponse answer, int status, String title) {
    assertThat(answer.status()).as(answer.body().toStringUtf8()).isEqualTo(status);
    JsonObject error = json(answer).getJsonObject("error");
    assertThat(error.getInteger("code")).isEqualTo(status);
    assertThat(error.getString("title")).isEqualTo(title);
    assertThat(error.getString("message")).isNotEmpty();
    assertThat(answer.headers()).doesNotContainKey("X-Subject-Token");
  }

  @Test
  void givesATokenOfProjectScope() {
    ApiResponse answer = ask(login(",\"scope\":{\"project\":{\"name\":\"cn-north-4\"}}"));

    assertThat(answer.status()).isEqualTo(201);
    JsonObject token = json(answer).getJsonObject("token");
    assertThat(token.getString("issued_at")).isEqualTo("2026-01-02T03:04:05.000000Z");
    assertThat(token.getString("expires_at")).isEqualTo("2026-01-03T03:04:05.000000Z");
    assertThat(token.getJsonArray("methods").getString(0)).isEqualTo("password");
    assertThat(token.getJsonObject("project").getString("id")).isEqualTo(PROJECT);
    assertThat(token.getJsonObject("project").getString("name")).isEqualTo("cn-north-4");
    assertThat(token.getJsonObject("project").getJsonObject("domain").getString("name"))
        .isEqualTo("acme");
    assertThat(token.getJsonObject("user").getString("name")).isEqualTo("alice");
    assertThat(token.getJsonObject("user").getJsonObject("domain").getString("name"))
        .isEqualTo("acme");
    assertThat(token.getJsonObject("user").containsKey("password_expires_at")).isTrue();
    assertThat(token.getJsonArray("roles").getJsonObject(0).getString("name"))
        .isEqualTo("te_admin");
    assertThat(token.getJsonArray("catalog")).isEmpty();
    String text = answer.headers().getOrDefault("X-Subject-Token", "none");
    assertThat(answer.body().toStringUtf8()).doesNotContain(text);
    assertThat(scene.authenticator.authenticateToken(text, NOW, true))
        .isInstanceOf(AuthOutcome.Authenticated.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",\"scope\":{\"project\":{\"name\":\"default\"}}",
        ",\"scope\":{\"project\":{\"name\":\"ap-southeast-1\"}}",
        ",\"scope\":{\"project\":{\"id\":\"" + PROJECT + "\"}}",
        ",\"scope\":{\"project\":{\"id\":\"" + PROJECT + "\"},\"domain\":{\"name\":\"acme\"}}",
      })
  void scopesToTheAccountsProjectByIdOrName(String scope) {
    ApiResponse answer = ask(login(scope));

    assertThat(answer.status()).isEqualTo(201);
    assertThat(json(answer).getJsonObject("token").getJsonObject("project").getString("id"))
        .isEqualTo(PROJECT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",\"scope\":{\"domain\":{\"name\":\"acme\"}}", ",\"scope\":{}"})
  void scopesToTheDomainWhereNoProjectIsNamed(String scope) {
    ApiResponse answer = ask(login(scope));

    assertThat(answer.status()).isEqualTo(201);
    assertThat(json(answer).getJsonObject("token").containsKey("project")).isFalse();
    assertThat(json(answer).getJsonObject("token").getJsonObject("domain").getString("name"))
        .isEqualTo("acme");
    assertThat(
            scene.authenticator.authenticateToken(
                answer.headers().getOrDefault("X-Subject-Token", ""), NOW, true))
        .isInstanceOf(AuthOutcome.Denied.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",\"scope\":{\"project\":{\"id\":\"" + OTHER_PROJECT + "\"}}",
        ",\"scope\":{\"project\":{\"name\":\"someone\"}}",
        ",\"scope\":{\"domain\":{\"name\":\"other\"}}",
      })
  void refusesForeignScopes(String scope) {
    assertError(ask(login(scope)), 403, "Forbidden");
  }

  @Test
  void tellsNobodyWhetherTheUserOrThePasswordIsWrong() {
    ApiResponse password = ask(login("acme", "alice", "wrong", ""));
    ApiResponse user = ask(login("acme", "nobody", PASSWORD, ""));
    ApiResponse domain = ask(login("nowhere", "alice", PASSWORD, ""));

    assertError(password, 401, "Unauthorized");
    assertThat(user.body()).isEqualTo(password.body());
    assertThat(domain.body()).isEqualTo(password.body());
  }

  @ParameterizedTest
  @CsvSource({"alice", "nobody"})
  void locksANameAfterFiveFailuresWhetherItExistsOrNot(String user) {
    ApiResponse first = ask(login("acme", user, "wrong", ""));
    for (int i = 0; i < 4; i++) {
      ask(login("acme", user, "wrong", ""));
    }

    ApiResponse locked = ask(login("acme", user, PASSWORD, ""));
    assertThat(locked.body()).isEqualTo(first.body());
    assertThat(ask(login("other", "bob", "another password", "")).status()).isEqualTo(201);
    scene.pass(Duration.ofMinutes(5).plusSeconds(1));
    assertThat(ask(login("acme", user, PASSWORD, "")).status())
        .isEqualTo(user.equals("alice") ? 201 : 401);
  }

  static Stream<Arguments> badLogins() {
    String user = "{\"name\":\"alice\",\"password\":\"x\",\"domain\":{\"name\":\"acme\"}}";
    return Stream.of(
            "",
            "[]",
            "null",
            "{",
            "{}",
            "{\"auth\":{}} {}",
            "{\"auth\":{},\"auth\":{}}",
            "{\"auth\":null}",
            "{\"auth\":[]}",
            "{\"auth\":{\"identity\":\"x\"}}",
            "{\"auth\":{\"identity\":{\"methods\":\"password\",\"password\":{\"user\":"
                + user
                + "}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[],\"password\":{\"user\":" + user + "}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"token\"],\"password\":{\"user\":"
                + user
                + "}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\",\"totp\"],\"password\":{\"user\":"
                + user
                + "}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"]}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{}}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":"
                + user.replace("\"alice\"", "7")
                + "}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":"
                + user.replace("\"x\"", "\"\"")
                + "}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":"
                + user.replace("\"acme\"", "null")
                + "}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":"
                + user.replace("\"x\"", "\"" + "x".repeat(5000) + "\"")
                + "}}}}",
            "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":"
                + user
                + "}},\"scope\":{\"project\":{}}}}",
            "{\"auth\":" + "[".repeat(10_000))
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("badLogins")
  void refusesLoginsItCannotRead(String body) {
    assertError(ask(Requests.of("POST", TOKENS).body(body)), 400, "Bad Request");
  }

  // ---- validation ----

  private String token(String project) {
    return scene.tokens.issue(
        scene.book.ofProject(project).orElseThrow(), SubjectTokens.Scope.PROJECT, NOW);
  }

  private Requests validate(String who, String what) {
    return Requests.of("GET", TOKENS).header("X-Auth-Token", who).header("X-Subject-Token", what);
  }

  @Test
  void validatesTokensOfTheSameAccount() {
    String mine = token(OTHER_PROJECT);

    ApiResponse answer = ask(validate(mine, mine));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.headers()).containsEntry("X-Subject-Token", mine);
    assertThat(json(answer).getJsonObject("token").getJsonObject("project").getString("id"))
        .isEqualTo(OTHER_PROJECT);
    assertThat(
            json(answer)
                .getJsonObject("token")
                .getJsonArray("roles")
                .getJsonObject(0)
                .getString("name"))
        .isEqualTo("tenant");
  }

  @Test
  void tellsNothingOfOtherAccountsTokens() {
    ApiResponse foreign = ask(validate(token(OTHER_PROJECT), token(PROJECT)));
    ApiResponse forged = ask(validate(token(OTHER_PROJECT), "forged"));

    assertError(foreign, 404, "Not Found");
    assertThat(forged.body()).isEqualTo(foreign.body());
    assertThat(ask(validate(token(PROJECT), token(OTHER_PROJECT))).status())
        .as("an administrator")
        .isEqualTo(200);
  }

  @Test
  void asksTheValidatorWhoHeIsAndWhatAbout() {
    assertError(
        ask(Requests.of("GET", TOKENS).header("X-Subject-Token", token(PROJECT))),
        401,
        "Unauthorized");
    assertError(ask(validate("forged", token(PROJECT))), 401, "Unauthorized");
    assertError(
        ask(Requests.of("GET", TOKENS).header("X-Auth-Token", token(PROJECT))), 400, "Bad Request");
  }

  // ---- projects ----

  private Requests signedGet(String target) {
    return AuthScene.sign(Requests.of("GET", target).at(NOW), ACCESS, SECRET, NOW, Map.of());
  }

  @Test
  void findsTheOneProjectOfARegionForASignedCallWithoutProjectHeader() {
    JsonObject answer = json(ask(signedGet("/v3/projects?name=cn-north-4")));

    assertThat(answer.getJsonArray("projects")).hasSize(1);
    JsonObject project = answer.getJsonArray("projects").getJsonObject(0);
    assertThat(project.getString("id")).isEqualTo(PROJECT);
    assertThat(project.getString("name")).isEqualTo("cn-north-4");
    assertThat(project.getBoolean("enabled")).isTrue();
    assertThat(project.getBoolean("is_domain")).isFalse();
    assertThat(project.getString("domain_id"))
        .isEqualTo(project.getString("parent_id"))
        .isNotEmpty();
    assertThat(project.containsKey("description")).isTrue();
    assertThat(project.getJsonObject("links")).isNotNull();
    assertThat(answer.getJsonObject("links").containsKey("self")).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "'',1",
    "?,1",
    "?name=default,1",
    "?name=cn%2Dnorth-4,1",
    "?name=cn-north-4&enabled=true,1",
    "?name=ap-southeast-1,1",
    "?name=eu-west-101,1",
    "?name=my-kualalumpur-1,1",
    "?name=cn-north-4&enabled=false,0",
    "?name=cn-north-4&domain_id=other,0",
    "?name=someone,0",
    "?name=CN-NORTH-4,0",
    "?name=,0",
  })
  void answersAtMostTheAccountsOwnProject(String query, int found) {
    ApiResponse answer = ask(signedGet("/v3/projects" + query));

    assertThat(answer.status()).isEqualTo(200);
    assertThat(json(answer).getJsonArray("projects")).hasSize(found);
  }

  @Test
  void showsEachAccountItsOwnProject() {
    Requests theirs =
        AuthScene.sign(
            Requests.of("GET", "/v3/projects?name=cn-north-4").at(NOW),
            OTHER_ACCESS,
            OTHER_SECRET,
            NOW,
            Map.of());

    assertThat(json(ask(theirs)).getJsonArray("projects").getJsonObject(0).getString("id"))
        .isEqualTo(OTHER_PROJECT);
    assertError(ask(Requests.of("GET", "/v3/projects?name=cn-north-4")), 401, "Unauthorized");
    assertError(
        ask(Requests.of("GET", "/v3/projects?name=%zz").header("X-Auth-Token", token(PROJECT))),
        400,
        "Bad Request");
  }

  // ---- temporary keys ----

  private static String wish(String token) {
    return "{\"auth\":{\"identity\":{\"methods\":[\"token\"]" + token + "}}}";
  }

  @Test
  void givesATemporaryKeyThatSigns() {
    ApiResponse answer =
        ask(Requests.of("POST", KEYS).header("X-Auth-Token", token(PROJECT)).body(wish("")));

    assertThat(answer.status()).isEqualTo(201);
    JsonObject key = json(answer).getJsonObject("credential");
    assertThat(key.getString("expires_at")).isEqualTo("2026-01-02T03:19:05.000000Z");
    Requests signed =
        AuthScene.sign(
            Requests.of("POST", "/v1/" + PROJECT + "/demo/image/check").body("{}").at(NOW),
            key.getString("access"),
            key.getString("secret"),
            NOW,
            Map.of("x-security-token", key.getString("securitytoken")));
    assertThat(scene.authenticator.authenticate(signed.build()))
        .isInstanceOf(AuthOutcome.Authenticated.class);
    ApiResponse another =
        ask(
            AuthScene.sign(
                Requests.of("POST", KEYS).body(wish("")).at(NOW),
                key.getString("access"),
                key.getString("secret"),
                NOW,
                Map.of("x-security-token", key.getString("securitytoken"))));
    assertError(another, 403, "Forbidden");
  }

  @Test
  void takesTheTokenFromTheBodyAndTheLifeAsNumberOrText() {
    String id = token(PROJECT);

    JsonObject asNumber =
        json(
            ask(
                Requests.of("POST", KEYS)
                    .body(wish(",\"token\":{\"id\":\"" + id + "\",\"duration_seconds\":86400}"))));
    JsonObject asText =
        json(
            ask(
                Requests.of("POST", KEYS)
                    .body(
                        wish(",\"token\":{\"id\":\"" + id + "\",\"duration_seconds\":\"900\"}"))));

    assertThat(asNumber.getJsonObject("credential").getString("expires_at"))
        .startsWith("2026-01-03T03:04:05");
    assertThat(asText.getJsonObject("credential").getString("expires_at"))
        .startsWith("2026-01-02T03:19:05");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ",\"token\":{\"duration_seconds\":899}",
        ",\"token\":{\"duration_seconds\":86401}",
        ",\"token\":{\"duration_seconds\":-1}",
        ",\"token\":{\"duration_seconds\":900.5}",
        ",\"token\":{\"duration_seconds\":\"long\"}",
        ",\"token\":{\"duration_seconds\":true}",
        ",\"token\":{\"duration_seconds\":99999999999}",
        ",\"token\":\"x\"",
        ",\"policy\":{\"Version\":\"1.1\"}",
      })
  void refusesTemporaryKeysItCannotGrantAsAsked(String more) {
    assertError(
        ask(Requests.of("POST", KEYS).header("X-Auth-Token", token(PROJECT)).body(wish(more))),
        400,
        "Bad Request");
  }

  @Test
  void givesNobodyTemporaryKeysWithoutCredentials() {
    assertError(ask(Requests.of("POST", KEYS).body(wish(""))), 401, "Unauthorized");
    assertError(
        ask(Requests.of("POST", KEYS).body(wish(",\"token\":{\"id\":\"forged\"}"))),
        401,
        "Unauthorized");
    assertError(
        ask(Requests.of("POST", KEYS).body(wish("").replace("token", "assume_role"))),
        400,
        "Bad Request");
  }

  @ParameterizedTest
  @CsvSource({
    "DELETE,/v3/auth/tokens",
    "POST,/v3/projects",
    "GET,/v3/users",
    "GET,/v3.0/OS-CREDENTIAL/securitytokens"
  })
  void answersUnknownCallsLikeTheGateway(String method, String path) {
    ApiResponse answer = ask(Requests.of(method, path));

    assertThat(answer.status()).isEqualTo(404);
    assertThat(json(answer).getString("error_code")).isEqualTo("APIGW.0101");
  }
}
