package io.likeness.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.gateway.Requests;
import io.likeness.gateway.http.ApiRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 5.4, 5.5 and 7 of the contract. */
class SdkSignatureTest {

  private static final String P = AuthScene.PROJECT;
  private static final byte[] SECRET = AuthScene.SECRET.getBytes(StandardCharsets.UTF_8);
  private static final String SIGNED = "host;user-agent;x-project-id;x-sdk-date";
  private static final String AGENT =
      "huaweicloud-usdk-java/3.0; os/Linux#6.18.44-fc-v669#amd64 java/Debian#17.0.15"
          + " vm/OpenJDK_64-Bit_Server_VM#17.0.15+6-Debian-1deb12u1";
  private static final String PATH_BODY =
      "{\"path\":\"https://bucket.obs.example.com/image/test1.jpg\"}";

  private static Requests vector(String method, String target) {
    return Requests.of(method, target)
        .header("Host", "gateway.example.com")
        .header("X-Project-Id", P)
        .header("User-Agent", "huaweicloud-usdk-java/3.0")
        .header("X-Sdk-Date", "20260102T030405Z");
  }

  private static Requests captured(String method, String target) {
    return Requests.of(method, target)
        .header("User-Agent", AGENT)
        .header("Host", "127.0.0.1:46435")
        .header("X-Project-Id", P)
        .header("X-Sdk-Date", "20261121T003905Z")
        .header("Content-Type", "application/json;charset=UTF-8");
  }

  static Stream<Arguments> vectors() {
    String search = "/v1/" + P + "/demo-lib/image/search";
    return Stream.of(
        Arguments.of(
            "1",
            vector("POST", search)
                .body("{\"path\":\"https://bucket.obs.example.com/image/test1.jpg\",\"limit\":10}"),
            SIGNED,
            "bb9d8a82ca8542f7d8492522e635d3d06c721d8e8ab5957a09c081a332359ab4",
            "fc8b4589d5c867f8285a0d52bce77b7fc2ba6155dd3c2acc820dcb5923cbd3a5"),
        Arguments.of(
            "2",
            vector("GET", "/v1/" + P + "/service/demo-lib"),
            SIGNED,
            "9485eaa47ddfe0679cd67b4283fb9caf4ce4e478ad9387b4c430a0122f2cd873",
            "1c6458596f07fffee0ec5b21787d94535c89435bdfbeed97fe6501de557f8da3"),
        Arguments.of(
            "3, parameters in the other order and * bare on the wire",
            vector("GET", "/v3/projects?name=cn-north-4%20a%2Bb/~*&enabled=true"),
            SIGNED,
            "2e18b824d51ec16c227dc78e00d32f863b1b4ba1683d6da8c6d60a8ec58cf18e",
            "516c115cd5471d59147c06e5c5e2961d6269c8710e93781741c3ef84f53bf857"),
        Arguments.of(
            "4",
            vector("POST", search)
                .header("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD")
                .body("{\"limit\":10}"),
            "host;user-agent;x-project-id;x-sdk-content-sha256;x-sdk-date",
            "4fe0099464f207c6d06238807ecf3d27f558e7db91c5d530657d503f293b0a92",
            "16f496399c1e91075f374f04612cd5a61df8a2310fa889aa5b78e05159f3dbd8"),
        Arguments.of(
            "5",
            vector("GET", "/v1/" + P + "/service/demo-lib")
                .header("X-Security-Token", "temporary-token-example"),
            "host;user-agent;x-project-id;x-sdk-date;x-security-token",
            "15d824b9c3cb6dd5e7253e7da8b91990812329421fef20dd5a22cb3f054aa2be",
            "abab05b005ce2dd06ae90836fbc51080a4ff41703c1f53aa4a2073aac84a8c51"),
        Arguments.of(
            "6, as the Java SDK puts it on the wire",
            vector("GET", "/v1/" + P + "/service/a%20b~c*d"),
            SIGNED,
            "50107582a0e36b3aa2e91d3cf760f0297a03ff985f3fe8a410d2fe92bcc222e4",
            "20c9f807ec40a84b2ed0cd8bfe4b2ac309fc3e248216fd168d37d9ba987fcd56"),
        Arguments.of(
            "captured v1 check",
            captured("POST", "/v1/" + P + "/demo-lib/image/check").body(PATH_BODY),
            SIGNED,
            "717f1daa61070ecaf246301fcf216ae21cdd49920a82232791bd5a232c8369fc",
            "117a8d1eb50f0d69ba58ee6384d7d5e21ebb0ee9950f47556bc5dfd1bc86ab5a"),
        Arguments.of(
            "captured v1 delete",
            captured("DELETE", "/v1/" + P + "/demo-lib/image").body(PATH_BODY),
            SIGNED,
            "970ef4e597abab451656e79055b788fd50020a8f5df33777e6b311936be5c630",
            "4c46c8ed53eceba30b7b0bfa00c0d87c5162d2d9fa2b616f903bf1a9605bf3be"),
        Arguments.of(
            "captured project look-up",
            Requests.of("GET", "/v3/projects?name=cn-north-4")
                .header("Host", "127.0.0.1:44695")
                .header("User-Agent", "huaweicloud-usdk-java/3.0")
                .header("X-Sdk-Date", "20261121T003902Z"),
            "host;user-agent;x-sdk-date",
            "edff178c74ed6f3f00e492800632f996a81fdeabfd10b35041acd60bdc344bb7",
            "cbe069487d007b0fed22cdfd74f1d6ea676d590dd7878530a40f707e8ff44e63"));
  }

  private static SdkSignature.Claim claim(String signedHeaders, String signature) {
    return SdkSignature.parse(
        "SDK-HMAC-SHA256 Access="
            + AuthScene.ACCESS
            + ", SignedHeaders="
            + signedHeaders
            + ", Signature="
            + signature);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("vectors")
  void verifiesTheContractsVectors(
      String name, Requests vector, String signed, String canonicalHash, String signature) {
    ApiRequest request = vector.build();
    SdkSignature.Claim claim = claim(signed, signature);

    String canonical =
        SdkSignature.canonicalRequest(
            request, claim, SdkSignature.canonicalPaths(request.rawPath()).getFirst());

    assertThat(SdkSignature.hexSha256(canonical)).isEqualTo(canonicalHash);
    assertThat(SdkSignature.verify(request, claim, SECRET)).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("vectors")
  void refusesTheSameSignatureUnderAnotherKeyOrOverAnotherRequest(
      String name, Requests vector, String signed, String canonicalHash, String signature) {
    SdkSignature.Claim claim = claim(signed, signature);
    ApiRequest request = vector.build();

    assertThat(SdkSignature.verify(request, claim, "another".getBytes(StandardCharsets.UTF_8)))
        .isFalse();
    assertThat(
            SdkSignature.verify(
                vector.header("X-Sdk-Date", "20260102T030406Z").build(), claim, SECRET))
        .isFalse();
    assertThat(
            SdkSignature.verify(
                Requests.of("PATCH", request.rawPath())
                    .header("Host", "gateway.example.com")
                    .header("User-Agent", "x")
                    .header("X-Project-Id", P)
                    .header("X-Sdk-Date", "20260102T030405Z")
                    .header("X-Security-Token", "temporary-token-example")
                    .header("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD")
                    .build(),
                claim,
                SECRET))
        .isFalse();
  }

  @Test
  void writesTheCanonicalRequestOfVectorOneToTheLetter() {
    ApiRequest request =
        vector("POST", "/v1/" + P + "/demo-lib/image/search")
            .body("{\"path\":\"https://bucket.obs.example.com/image/test1.jpg\",\"limit\":10}")
            .build();

    assertThat(
            SdkSignature.canonicalRequest(
                request,
                claim(SIGNED, "0".repeat(64)),
                SdkSignature.canonicalPaths(request.rawPath()).getFirst()))
        .isEqualTo(
            """
            POST
            /v1/0123456789abcdef0123456789abcdef/demo-lib/image/search/

            host:gateway.example.com
            user-agent:huaweicloud-usdk-java/3.0
            x-project-id:0123456789abcdef0123456789abcdef
            x-sdk-date:20260102T030405Z

            host;user-agent;x-project-id;x-sdk-date
            2cafac39d77c4468bd12a4b4ef988d0a496f9dcdcbe0171fec7dd0a171f3dd92""");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /                      | /
          /a                     | /a/
          /a/                    | /a/
          //v1/p                 | //v1/p/
          /a+b                   | /a%2Bb/
          /a:b@c;d=e'f(g)h!i*j   | /a%3Ab%40c%3Bd%3De%27f%28g%29h%21i%2Aj/
          /%e7%8c%ab             | /%E7%8C%AB/
          /a%7Eb-c.d_e           | /a~b-c.d_e/
          /a%20b                 | /a%20b/
          """)
  void encodesPathsSegmentBySegment(String raw, String canonical) {
    assertThat(SdkSignature.canonicalPaths(raw)).containsExactly(canonical);
  }

  @Test
  void takesBothReadingsOfAnEncodedSlash() {
    assertThat(SdkSignature.canonicalPaths("/i/a%2Fb")).containsExactly("/i/a%2Fb/", "/i/a/b/");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                  | ''
          b=2&a=1             | a=1&b=2
          a                   | a=
          a=                  | a=
          a=2&a=1             | a=1&a=2
          a+b=c+d             | a%2Bb=c%2Bd
          q=x%3dy&q2=x=y      | q=x%3Dy&q2=x%3Dy
          name=%e7%8c%ab&&x=* | name=%E7%8C%AB&x=%2A
          """)
  void sortsAndEncodesTheQuery(String raw, String canonical) {
    assertThat(SdkSignature.canonicalQuery(raw)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 ",
        "SDK-HMAC-SHA256 Access=AK",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date",
        "SDK-HMAC-SHA256 Access=, SignedHeaders=x-sdk-date, Signature=S",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=, Signature=S",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=abc",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=S",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date;x-sdk-date, Signature=S",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=;x-sdk-date, Signature=S",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date;, Signature=S",
        "SDK-HMAC-SHA256 Access=AK, SignedHeaders=x-sdk-date, Signature=S, Access=AK2",
        "SDK-HMAC-SHA256 Credential=AK, SignedHeaders=x-sdk-date, Signature=S",
        "SDK-HMAC-SHA256 SignedHeaders=x-sdk-date, Access=AK, Signature=S",
      })
  void refusesHeadersThatAreNotWhole(String header) {
    String whole = header.replace("Signature=S", "Signature=" + "0".repeat(64));

    assertThatThrownBy(() -> SdkSignature.parse(whole))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takesListsInAnyCaseAndWithoutBlanks() {
    SdkSignature.Claim claim =
        SdkSignature.parse(
            "SDK-HMAC-SHA256 Access=AK,SignedHeaders=Host;X-Sdk-Date,Signature=" + "0".repeat(64));

    assertThat(claim.signedHeaders()).containsExactly("host", "x-sdk-date");
  }

  @Test
  void refusesAHostOfSignedHeaders() {
    StringBuilder list = new StringBuilder("x-sdk-date");
    for (int i = 0; i < 64; i++) {
      list.append(";h").append(i);
    }

    assertThatThrownBy(() -> claim(list.toString(), "0".repeat(64))).hasMessageContaining("64");
  }

  @Test
  void asksEverySignedHeaderToBeThere() {
    ApiRequest request = vector("GET", "/v3/projects").without("User-Agent").build();

    assertThatThrownBy(() -> SdkSignature.verify(request, claim(SIGNED, "0".repeat(64)), SECRET))
        .hasMessageContaining("user-agent is missing");
  }

  @Test
  void refusesAStatedHashThatIsNotTheBodys() {
    ApiRequest request =
        vector("POST", "/v1/" + P + "/demo-lib/image/check")
            .header("X-Sdk-Content-Sha256", Requests.sha256("{}"))
            .body("{ }")
            .build();

    assertThatThrownBy(() -> SdkSignature.verify(request, claim(SIGNED, "0".repeat(64)), SECRET))
        .hasMessageContaining("X-Sdk-Content-Sha256");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "20260102", "2026-01-02T03:04:05Z", "20260102T030405", "20261302T030405Z",
        "20260230T030405Z", "20260102T250405Z", "20260102T030405+0100", " 20260102T030405Z", "0"
      })
  void readsNoOtherFormOfDate(String text) {
    assertThat(SdkSignature.date(text)).isEmpty();
  }

  @Test
  void readsTheDateAsUtc() {
    assertThat(SdkSignature.date("20260102T030405Z"))
        .contains(Instant.parse("2026-01-02T03:04:05Z"));
  }
}
