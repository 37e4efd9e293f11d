package io.likeness.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.likeness.gateway.Requests;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 11 of the contract: its vectors, and what clients make of one request on the wire. */
class RpcSignaturesTest {

  private static final byte[] SECRET = "testSk".getBytes(StandardCharsets.UTF_8);
  private static final String PLAIN =
      "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
  private static final String FORM = "application/x-www-form-urlencoded";

  private static Requests call(String action, String target, String body) {
    Requests request =
        Requests.of("POST", target)
            .header("Host", "127.0.0.1:8080")
            .header("x-acs-action", action)
            .header("x-acs-version", "2020-12-14")
            .header("x-acs-date", "2026-01-02T03:04:05Z")
            .header("x-acs-signature-nonce", "0123456789abcdef")
            .header("x-acs-content-sha256", Requests.sha256(body))
            .body(body);
    return body.isEmpty() ? request : request.header("Content-Type", FORM);
  }

  private static Requests vectorA(String body) {
    return call("SearchImageByPic", "/?ScoreThreshold=0.50", body);
  }

  private static final String BODY_A =
      "Filter=int_attr%3E%3D100+AND+str_attr%3D%22v+1%22&InstanceName=lab&Num=10&PicContent=aGVsbG8%3D";

  static Stream<Arguments> vectors() {
    return Stream.of(
        Arguments.of(
            "A",
            vectorA(BODY_A),
            "content-type;" + PLAIN,
            "f9c08daacf0b3106a853cc907def194382004a1291a686ce189df7d8a3cbe8fa",
            "b499668097487fc2da36a0260598a85dbd9eabdcee085345aaaa39df2c00f50c"),
        Arguments.of(
            "B",
            call("Detail", "/?InstanceName=lab", ""),
            PLAIN,
            "1a6439bba3857029b1b6355df7c74d14030e216d587859b599f130c3230632aa",
            "198bd8879b6bb80e1548457439c8e40702771c4c51b78a555e52f1c4b279c298"),
        Arguments.of(
            "C",
            call("DeleteImage", "/", "InstanceName=lab&ProductId=p+1%2F%E4%B8%AD")
                .header("x-acs-accesskey-id", "testAk")
                .header("x-acs-security-token", "sts-token"),
            "content-type;host;x-acs-accesskey-id;x-acs-action;x-acs-content-sha256;x-acs-date;"
                + "x-acs-security-token;x-acs-signature-nonce;x-acs-version",
            "360841f279001bc59aa326c7d3d82b28ed7075be0d5fb6d4d572c1de76af086e",
            "d50bf9dc6ff213ee3b0900e60d66a1f13b1c9616084556514aa1ca10b80e56a1"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("vectors")
  void verifiesTheContractsVectors(
      String name, Requests vector, String signed, String canonicalHash, String signature) {
    RpcCall call = RpcCall.read(vector.build());
    Acs3Signature.Claim claim = claim(signed, signature);

    assertThat(SdkSignature.hexSha256(Acs3Signature.canonicalRequest(call, claim.signedHeaders())))
        .isEqualTo(canonicalHash);
    assertThat(Acs3Signature.verify(call, claim, SECRET)).isTrue();
    assertThat(Acs3Signature.verify(call, claim, "another".getBytes(StandardCharsets.UTF_8)))
        .isFalse();
  }

  private static Acs3Signature.Claim claim(String signed, String signature) {
    return Acs3Signature.parse(
        "ACS3-HMAC-SHA256 Credential=testAk,SignedHeaders=" + signed + ",Signature=" + signature);
  }

  @Test
  void writesTheCanonicalRequestOfVectorAToTheLetter() {
    assertThat(
            Acs3Signature.canonicalRequest(
                RpcCall.read(vectorA(BODY_A).build()),
                List.of(("content-type;" + PLAIN).split(";"))))
        .isEqualTo(
            """
            POST
            /
            ScoreThreshold=0.50
            content-type:application/x-www-form-urlencoded
            host:127.0.0.1:8080
            x-acs-action:SearchImageByPic
            x-acs-content-sha256:f5b6bdee2c8fdca5b0a93cda326dc7a09dff1d3af5f5a6d14e3da498d02cb01a
            x-acs-date:2026-01-02T03:04:05Z
            x-acs-signature-nonce:0123456789abcdef
            x-acs-version:2020-12-14

            content-type;host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version
            f5b6bdee2c8fdca5b0a93cda326dc7a09dff1d3af5f5a6d14e3da498d02cb01a""");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/?b=2&a=1+x%7E*", "/?a=1%20x~%2A&b=2", "/?&b=2&&a=1%20x%7e%2a&"})
  void takesWhateverEncodingAndOrderOfTheQueryAClientHas(String target) {
    assertThat(Parameters.ofQuery(target.substring(2)).canonical()).isEqualTo("a=1%20x~%2A&b=2");
  }

  @Test
  void keepsTheEqualsSignOfAnEmptyValue() {
    assertThat(Parameters.ofQuery("b&a=").canonical()).isEqualTo("a=&b=");
  }

  // ---- version 1.0 ----

  private static Parameters vectorD(String body) {
    return Parameters.ofQuery(
            "SignatureVersion=1.0&Action=DeleteImage&Format=json&SignatureNonce=0123456789abcdef"
                + "&Version=2020-12-14&AccessKeyId=testAk&SignatureMethod=HMAC-SHA1"
                + "&Timestamp=2026-01-02T03%3A04%3A05Z")
        .and(Parameters.ofQuery(body));
  }

  private static byte[] base64(String text) {
    return Base64.getDecoder().decode(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "InstanceName=lab&PicName=a%2Bb*%7E.png&ProductId=p+1%2F%E4%B8%AD",
        "InstanceName=lab&PicName=a%2Bb*~.png&ProductId=p%201%2F%E4%B8%AD",
        "ProductId=p%201%2f%e4%b8%ad&PicName=a%2bb%2a~.png&InstanceName=lab"
      })
  void verifiesVectorDInTheEncodingOfEveryClient(String body) {
    byte[] signature = base64("y+M8qCJ+tCmCx7DPkQIL7wLZfgI=");

    assertThat(RpcSignature.verify("POST", vectorD(body), signature, SECRET)).isTrue();
    assertThat(RpcSignature.verify("GET", vectorD(body), signature, SECRET)).isFalse();
    assertThat(
            RpcSignature.verify(
                "POST", vectorD(body), signature, "testSk&".getBytes(StandardCharsets.UTF_8)))
        .isFalse();
  }

  @Test
  void takesEmptyValuesSignedOrLeftOut() {
    Parameters call = vectorD("InstanceName=lab&StrAttr2=&ProductId=p");

    assertThat(
            RpcSignature.verify(
                "POST", call, RpcSignature.sign("POST", call, true, SECRET), SECRET))
        .isTrue();
    assertThat(
            RpcSignature.verify(
                "POST",
                call,
                RpcSignature.sign("POST", vectorD("InstanceName=lab&ProductId=p"), true, SECRET),
                SECRET))
        .isTrue();
  }

  @Test
  void signsAPictureOfManyBlocksLikeASmallOne() {
    String picture = "aGVs/G8+".repeat(40_000);
    Parameters call =
        Parameters.NONE.and(
            Parameters.ofForm(
                ByteString.copyFromUtf8(
                    "P=" + RpcScene.form(java.util.Map.of("", picture)).substring(1))));
    String once =
        PercentCoding.encode(
            ("P=" + PercentCoding.encode(picture.getBytes(StandardCharsets.UTF_8)))
                .getBytes(StandardCharsets.UTF_8));

    assertThat(RpcSignature.sign("POST", call, true, SECRET))
        .isEqualTo(hmacSha1("POST&%2F&" + once));
  }

  private static byte[] hmacSha1(String text) {
    try {
      javax.crypto.Mac mac = javax.crypto.Mac.getInstance("HmacSHA1");
      mac.init(
          new javax.crypto.spec.SecretKeySpec(
              "testSk&".getBytes(StandardCharsets.UTF_8), "HmacSHA1"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (java.security.GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- what is no call ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 Credential=AK",
        "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=host,Signature=S",
        "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=,Signature=S",
        "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host;host,Signature=S",
        "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host,Signature=S,Credential=AK2",
        "ACS3-HMAC-SHA256 Access=AK,SignedHeaders=host,Signature=S",
        "ACS3-HMAC-SHA256 Credential=AK,SignedHeaders=host,Signature=abc",
      })
  void refusesHeadersThatAreNotWhole(String header) {
    String whole = header.replace("Signature=S", "Signature=" + "0".repeat(64));

    assertThatThrownBy(() -> Acs3Signature.parse(whole))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-version"
      })
  void demandsThatWhatACallIsMadeOfIsSigned(String header) {
    RpcCall call = RpcCall.read(call("Detail", "/?InstanceName=lab", "").build());
    String rest =
        String.join(";", Stream.of(PLAIN.split(";")).filter(h -> !h.equals(header)).toList());

    assertThatThrownBy(() -> Acs3Signature.verify(call, claim(rest, "0".repeat(64)), SECRET))
        .hasMessageContaining(header);
  }

  @Test
  void demandsThatEveryHeaderOfTheSchemeIsSigned() {
    RpcCall call =
        RpcCall.read(
            call("Detail", "/?InstanceName=lab", "")
                .header("x-acs-security-token", "put-there-by-another")
                .build());

    assertThatThrownBy(() -> Acs3Signature.verify(call, claim(PLAIN, "0".repeat(64)), SECRET))
        .hasMessageContaining("x-acs-security-token");
  }

  @Test
  void demandsThatTheStatedHashIsTheBodys() {
    RpcCall call =
        RpcCall.read(
            vectorA(BODY_A).header("x-acs-content-sha256", Requests.sha256("other")).build());

    assertThatThrownBy(
            () ->
                Acs3Signature.verify(call, claim("content-type;" + PLAIN, "0".repeat(64)), SECRET))
        .hasMessageContaining("x-acs-content-sha256");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a=%", "a=%2", "a=%zz", "a=%2&b=1", "%ff=1", "a=1&a=2", "a=1&%61=2", "a=1&a"})
  void refusesFormsThatCouldMeanTwoThingsOrNone(String form) {
    assertThatThrownBy(() -> Parameters.ofQuery(form)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesFormsBeyondTheirBounds() {
    StringBuilder many = new StringBuilder();
    for (int i = 0; i <= Parameters.COUNT_MAX; i++) {
      many.append("p").append(i).append("=1&");
    }

    assertThatThrownBy(() -> Parameters.ofQuery(many.toString())).hasMessageContaining("64");
    assertThatThrownBy(() -> Parameters.ofQuery("n".repeat(129) + "=1"))
        .hasMessageContaining("128");
    assertThatThrownBy(() -> Parameters.ofQuery("a=1").and(Parameters.ofQuery("a=1")))
        .hasMessageContaining("more than once");
  }

  @Test
  void tellsTextFromBytes() {
    Parameters form = Parameters.ofQuery("good=%E4%B8%AD&bad=%ff");

    assertThat(form.text("good")).contains("中");
    assertThat(form.text("absent")).isEmpty();
    assertThat(form.bytes("bad")).contains(ByteString.copyFrom(new byte[] {(byte) 0xff}));
    assertThatThrownBy(() -> form.text("bad")).hasMessageContaining("bad is not UTF-8");
  }

  @Test
  void refusesBodiesThatAreNoForms() {
    assertThatThrownBy(
            () ->
                RpcCall.read(
                    Requests.of("POST", "/")
                        .header("Content-Type", "application/json")
                        .body("{}")
                        .build()))
        .hasMessageContaining("Content-Type");
  }
}
