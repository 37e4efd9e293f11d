package io.likeness.gateway.auth;

import static io.likeness.gateway.auth.AuthScene.ACCESS;
import static io.likeness.gateway.auth.AuthScene.NOW;
import static io.likeness.gateway.auth.AuthScene.PROJECT;
import static io.likeness.gateway.auth.AuthScene.SECRET;
import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.gateway.Requests;
import io.likeness.gateway.auth.AuthOutcome.Authenticated;
import io.likeness.gateway.auth.AuthOutcome.Denied;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.RequestHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may pass with a signature of Alibaba Cloud's two schemes, and what is said to the others. */
class RpcAuthenticatorTest {

  private static final Map<String, String> FORM =
      Map.of(
          "InstanceName", "lab",
          "ProductId", "p 1/中",
          "PicName", "a+b*~.png",
          "PicContent", "aGVsbG8=",
          "IntAttr", "7");
  private static final byte[] POST = "POST".getBytes(StandardCharsets.US_ASCII);
  private static final int CHANGES = 2_000;

  private final AuthScene scene = new AuthScene();
  private int nonces;

  /** The two ways to sign. */
  enum Scheme {
    ACS3 {
      @Override
      Requests sign(String access, String secret, Instant at, String nonce, String token) {
        return RpcScene.acs3(
            "AddImage",
            Map.of("ScoreThreshold", "0.50"),
            FORM,
            access,
            secret,
            at,
            nonce,
            token.isEmpty()
                ? Map.of()
                : Map.of("x-acs-accesskey-id", access, "x-acs-security-token", token));
      }
    },
    VERSION1 {
      @Override
      Requests sign(String access, String secret, Instant at, String nonce, String token) {
        return RpcScene.version1(
            "AddImage",
            FORM,
            access,
            secret,
            at,
            nonce,
            token.isEmpty() ? Map.of() : Map.of("SecurityToken", token));
      }
    };

    abstract Requests sign(String access, String secret, Instant at, String nonce, String token);
  }

  private Requests signed(Scheme scheme) {
    return scheme.sign(ACCESS, SECRET, NOW, "nonce-" + nonces++, "");
  }

  private AuthOutcome ask(Requests request) {
    return ask(request.at(NOW).build());
  }

  private AuthOutcome ask(ApiRequest request) {
    return scene.rpc.authenticate(RpcCall.read(request));
  }

  private void assertDenied(Requests request, String code) {
    assertThat(ask(request))
        .isInstanceOfSatisfying(
            Denied.class, denied -> assertThat(denied.code()).as(denied.reason()).isEqualTo(code));
  }

  private static Principal principal(AuthOutcome outcome) {
    assertThat(outcome).isInstanceOf(Authenticated.class);
    return ((Authenticated) outcome).principal();
  }

  @ParameterizedTest
  @EnumSource
  void letsInWhoSigned(Scheme scheme) {
    Principal caller = principal(ask(signed(scheme)));

    assertThat(caller.projectId()).isEqualTo(PROJECT);
    assertThat(caller.how()).isEqualTo(Principal.How.SIGNATURE);
  }

  @ParameterizedTest
  @EnumSource
  void letsInATemporaryKeyWithItsTokenUntilItEnds(Scheme scheme) {
    TemporaryKeys.TemporaryKey key =
        scene.temporaryKeys.issue(PROJECT, TemporaryKeys.LIFE_MIN, NOW);
    Instant end = key.expiresAt();

    assertThat(
            principal(ask(scheme.sign(key.access(), key.secret(), NOW, "n1", key.securityToken())))
                .how())
        .isEqualTo(Principal.How.TEMPORARY_KEY);
    assertDenied(
        scheme.sign(key.access(), key.secret(), NOW, "n2", ""), "InvalidAccessKeyId.NotFound");
    assertDenied(
        scheme.sign(ACCESS, SECRET, NOW, "n3", key.securityToken()),
        "InvalidSecurityToken.MismatchWithAccessKey");
    AuthOutcome late =
        ask(scheme.sign(key.access(), key.secret(), end, "n4", key.securityToken()).build());
    assertThat(((Denied) late).code()).isEqualTo("InvalidSecurityToken.Expired");
  }

  @ParameterizedTest
  @EnumSource
  void refusesANonceThatWasUsedBefore(Scheme scheme) {
    Requests once = scheme.sign(ACCESS, SECRET, NOW, "n", "");
    Requests again = scheme.sign(ACCESS, SECRET, NOW.minusSeconds(1), "n", "");

    assertThat(ask(once)).isInstanceOf(Authenticated.class);
    assertDenied(once, "SignatureNonceUsed");
    assertDenied(again, "SignatureNonceUsed");
    assertThat(ask(scheme.sign(ACCESS, SECRET, NOW, "n'", ""))).isInstanceOf(Authenticated.class);
  }

  @Test
  void sharesNoncesBetweenTheSchemesButNotBetweenKeys() {
    assertThat(ask(Scheme.ACS3.sign(ACCESS, SECRET, NOW, "n", "")))
        .isInstanceOf(Authenticated.class);
    assertDenied(Scheme.VERSION1.sign(ACCESS, SECRET, NOW, "n", ""), "SignatureNonceUsed");
    assertThat(ask(Scheme.ACS3.sign(AuthScene.OTHER_ACCESS, AuthScene.OTHER_SECRET, NOW, "n", "")))
        .isInstanceOf(Authenticated.class);
  }

  @ParameterizedTest
  @EnumSource
  void remembersNoNonceOfAWrongSignature(Scheme scheme) {
    assertDenied(scheme.sign(ACCESS, "wrong", NOW, "n", ""), "SignatureDoesNotMatch");

    assertThat(ask(scheme.sign(ACCESS, SECRET, NOW, "n", ""))).isInstanceOf(Authenticated.class);
  }

  @ParameterizedTest
  @EnumSource
  void remembersANonceUntilItsTimeHasLeftTheWindow(Scheme scheme) {
    Requests early = scheme.sign(ACCESS, SECRET, NOW.plus(Duration.ofMinutes(15)), "n", "");
    assertThat(ask(early)).isInstanceOf(Authenticated.class);

    scene.pass(Duration.ofMinutes(30));

    assertThat(((Denied) ask(early.at(NOW.plus(Duration.ofMinutes(30))).build())).code())
        .isEqualTo("SignatureNonceUsed");
  }

  @ParameterizedTest
  @EnumSource
  void takesClocksAQuarterOfAnHourOffAndNoMore(Scheme scheme) {
    Duration most = Duration.ofMinutes(15);

    assertThat(ask(scheme.sign(ACCESS, SECRET, NOW.minus(most), "n1", "")))
        .isInstanceOf(Authenticated.class);
    assertThat(ask(scheme.sign(ACCESS, SECRET, NOW.plus(most), "n2", "")))
        .isInstanceOf(Authenticated.class);
    assertDenied(
        scheme.sign(ACCESS, SECRET, NOW.minus(most).minusSeconds(1), "n3", ""),
        "InvalidTimeStamp.Expired");
    assertDenied(
        scheme.sign(ACCESS, SECRET, NOW.plus(most).plusSeconds(1), "n4", ""),
        "InvalidTimeStamp.Expired");
  }

  @ParameterizedTest
  @EnumSource
  void locksAKeyAfterFiveWrongSignaturesInARow(Scheme scheme) {
    for (int i = 0; i < 5; i++) {
      assertDenied(scheme.sign(ACCESS, "wrong", NOW, "n" + i, ""), "SignatureDoesNotMatch");
    }

    assertDenied(scheme.sign(ACCESS, SECRET, NOW, "n", ""), "InvalidAccessKeyId.Inactive");
    scene.pass(FailureCounter.MEMORY);
    assertThat(ask(scheme.sign(ACCESS, SECRET, NOW, "n", ""))).isInstanceOf(Authenticated.class);
  }

  static Stream<Object[]> wrongCalls() {
    Requests plain = Requests.of("POST", "/?InstanceName=lab");
    return Stream.of(
        new Object[] {plain, "IncompleteSignature"},
        new Object[] {
          Requests.of("POST", "/").header("Authorization", "Basic QTpC"), "InvalidSignatureMethod"
        },
        new Object[] {
          Requests.of("POST", "/").header("Authorization", "ACS3-HMAC-SHA256 nonsense"),
          "IncompleteSignature"
        },
        new Object[] {
          Requests.of("POST", "/?Signature=AAAA&SignatureMethod=HMAC-MD5"), "InvalidSignatureMethod"
        },
        new Object[] {
          Requests.of("POST", "/?Signature=AAAA&SignatureMethod=HMAC-SHA1&SignatureVersion=2.0"),
          "IncompleteSignature"
        },
        new Object[] {
          Requests.of("POST", "/?Signature=AAAA&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0"),
          "IncompleteSignature"
        },
        new Object[] {
          Requests.of(
              "POST",
              "/?Signature="
                  + "A".repeat(27)
                  + "%3D&SignatureMethod=HMAC-SHA1&SignatureVersion=1.0"),
          "InvalidTimeStamp.Format"
        },
        new Object[] {
          Scheme.ACS3.sign("AKOFNOBODY", SECRET, NOW, "n", ""), "InvalidAccessKeyId.NotFound"
        },
        new Object[] {
          Scheme.ACS3.sign(ACCESS, SECRET, NOW, "n".repeat(129), ""), "IncompleteSignature"
        },
        new Object[] {
          Scheme.ACS3.sign(ACCESS, SECRET, NOW, "n", "").header("x-acs-date", "2026-01-02"),
          "InvalidTimeStamp.Format"
        },
        new Object[] {
          Scheme.VERSION1.sign(ACCESS, SECRET, NOW, "n", "").header("x-acs-action", "DeleteImage"),
          "IncompleteSignature"
        },
        new Object[] {
          Scheme.VERSION1.sign(ACCESS, SECRET, NOW, "n", "").header("x-acs-version", "2019-03-25"),
          "IncompleteSignature"
        });
  }

  @ParameterizedTest
  @MethodSource("wrongCalls")
  void saysWhatIsWrongByTheCloudsCodes(Requests request, String code) {
    assertDenied(request, code);
  }

  // ---- a thief with one recorded call ----

  /** One byte somewhere in what the signature covers becomes another one. */
  @ParameterizedTest
  @EnumSource
  void refusesACallWithAnyByteChanged(Scheme scheme) {
    Random random = new Random(20201214);
    ApiRequest call = signed(scheme).build();
    byte[] query = call.rawQuery().getBytes(StandardCharsets.UTF_8);
    byte[] body = call.body().toByteArray();
    List<String> headers = coveredHeaders(call, scheme);
    int tried = 0;
    for (int i = 0; i < CHANGES; i++) {
      ApiRequest forged =
          switch (random.nextInt(5)) {
            case 0 -> RpcScene.changed(call, text(POST, random), "/", call.rawQuery(), body);
            case 1 ->
                RpcScene.changed(call, "POST", "/" + text(POST, random), call.rawQuery(), body);
            case 2 -> RpcScene.changed(call, "POST", "/", text(query, random), body);
            case 3 -> RpcScene.changed(call, "POST", "/", call.rawQuery(), flipped(body, random));
            default -> withHeader(call, headers.get(random.nextInt(headers.size())), random);
          };
      if (saysTheSame(call, forged, scheme)) {
        continue;
      }
      tried++;
      assertThat(outcome(forged)).as("%s", forged).isInstanceOf(Denied.class);
      // The lock must not be what refuses the next one.
      scene.failures.clear(ACCESS);
    }
    assertThat(tried).isGreaterThan(CHANGES * 3 / 4);
    assertThat(ask(call)).isInstanceOf(Authenticated.class);
  }

  private AuthOutcome outcome(ApiRequest request) {
    try {
      return ask(request);
    } catch (IllegalArgumentException e) {
      return new Denied("InvalidParameter", 400, String.valueOf(e.getMessage()));
    }
  }

  private static List<String> coveredHeaders(ApiRequest call, Scheme scheme) {
    List<String> covered = new ArrayList<>(call.headers().names());
    if (scheme == Scheme.VERSION1) {
      covered.retainAll(List.of("x-acs-action", "x-acs-version"));
    }
    return covered;
  }

  /** Other bytes that decode to what was signed are no forgery. */
  private static boolean saysTheSame(ApiRequest call, ApiRequest forged, Scheme scheme) {
    try {
      RpcCall was = RpcCall.read(call);
      RpcCall is = RpcCall.read(forged);
      boolean bodyIsFree = scheme == Scheme.VERSION1 || call.body().equals(forged.body());
      return call.method().equals(forged.method())
          && was.arguments().canonical().equals(is.arguments().canonical())
          && bodyIsFree
          && call.rawPath().equals(forged.rawPath())
          && call.headers().names().stream().allMatch(name -> agree(name, call, forged));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean agree(String name, ApiRequest call, ApiRequest forged) {
    String was = call.header(name).orElseThrow();
    String is = forged.header(name).orElseThrow();
    // The names in the list of signed headers have no case.
    return name.equals("authorization") ? was.equalsIgnoreCase(is) : was.equals(is);
  }

  private static String text(byte[] of, Random random) {
    return new String(flipped(of, random), StandardCharsets.US_ASCII);
  }

  private static byte[] flipped(byte[] bytes, Random random) {
    byte[] changed = bytes.clone();
    int at = random.nextInt(changed.length);
    byte before = changed[at];
    while (changed[at] == before) {
      changed[at] = (byte) (' ' + random.nextInt('~' - ' '));
    }
    return changed;
  }

  private static ApiRequest withHeader(ApiRequest call, String changed, Random random) {
    RequestHeaders.Builder headers = RequestHeaders.builder();
    for (String name : call.headers().names()) {
      String value = call.header(name).orElseThrow();
      headers.add(
          name,
          name.equals(changed)
              ? new String(
                  flipped(value.getBytes(StandardCharsets.US_ASCII), random),
                  StandardCharsets.US_ASCII)
              : value);
    }
    return new ApiRequest(
        call.method(),
        call.rawPath(),
        call.rawQuery(),
        headers.build(),
        call.body(),
        call.bodySha256(),
        call.remoteAddress(),
        call.connectionId(),
        call.receivedAt(),
        call.requestId(),
        call.traceparent());
  }
}
