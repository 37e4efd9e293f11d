package io.likeness.gateway.auth;

import io.likeness.gateway.http.ApiRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The arithmetic of {@code ACS3-HMAC-SHA256}: what was signed, and whether this key signed it.
 * Knows nothing of accounts, clocks or replays.
 *
 * <p>The received list says which headers are signed, but what an operation is made of must be in
 * it: the host, and every {@code x-acs-} header there is. Else a thief could put another action
 * over a signature.
 */
final class Acs3Signature {

  static final String ALGORITHM = "ACS3-HMAC-SHA256";
  static final String DATE_HEADER = "x-acs-date";
  static final String NONCE_HEADER = "x-acs-signature-nonce";
  static final String CONTENT_HEADER = "x-acs-content-sha256";
  static final String ACCESS_HEADER = "x-acs-accesskey-id";
  static final String TOKEN_HEADER = "x-acs-security-token";

  private static final String OWN_HEADERS = "x-acs-";
  private static final List<String> ALWAYS_SIGNED =
      List.of(
          "host",
          RpcCall.ACTION_HEADER,
          RpcCall.VERSION_HEADER,
          DATE_HEADER,
          NONCE_HEADER,
          CONTENT_HEADER);

  private static final Pattern HEADER =
      Pattern.compile(
          ALGORITHM
              + " +Credential=([^, ]{1,128}), *SignedHeaders=([^, ]{1,4096}), *Signature=([0-9a-f]{64})");

  private Acs3Signature() {}

  /** What an {@code Authorization} header of this algorithm says. */
  record Claim(String access, List<String> signedHeaders, String signature) {

    Claim {
      signedHeaders = List.copyOf(signedHeaders);
    }
  }

  /** Reads the header; throws with the reason where it is not whole. */
  static Claim parse(String authorization) {
    Matcher matcher = HEADER.matcher(authorization);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "the Authorization header is not \""
              + ALGORITHM
              + " Credential=…,SignedHeaders=…,Signature=…\"");
    }
    return new Claim(matcher.group(1), SignedHeaders.read(matcher.group(2)), matcher.group(3));
  }

  /**
   * Whether the holder of this secret signed this call; throws with the reason where that cannot be
   * asked.
   */
  static boolean verify(RpcCall call, Claim claim, byte[] secret) {
    ApiRequest request = call.request();
    for (String name : ALWAYS_SIGNED) {
      if (!claim.signedHeaders().contains(name)) {
        throw new IllegalArgumentException(name + " is not among the signed headers");
      }
    }
    for (String name : request.headers().names()) {
      if (name.startsWith(OWN_HEADERS) && !claim.signedHeaders().contains(name)) {
        throw new IllegalArgumentException(name + " is sent, but not among the signed headers");
      }
    }
    // The stated hash is what was signed, so it must be the body's: else anyone could put another
    // body under it.
    if (!SignedHeaders.onlyValue(request, CONTENT_HEADER).equals(request.bodySha256())) {
      throw new IllegalArgumentException(CONTENT_HEADER + " is not the SHA-256 of the body");
    }
    return MessageDigest.isEqual(
        sign(canonicalRequest(call, claim.signedHeaders()), secret),
        HexFormat.of().parseHex(claim.signature()));
  }

  static String canonicalRequest(RpcCall call, List<String> signedHeaders) {
    ApiRequest request = call.request();
    StringBuilder canonical =
        new StringBuilder()
            .append(request.method())
            .append('\n')
            .append(request.rawPath())
            .append('\n')
            .append(call.query().canonical())
            .append('\n');
    for (String name : signedHeaders) {
      canonical
          .append(name)
          .append(':')
          .append(SignedHeaders.onlyValue(request, name))
          .append('\n');
    }
    return canonical
        .append('\n')
        .append(String.join(";", signedHeaders))
        .append('\n')
        .append(request.bodySha256())
        .toString();
  }

  static byte[] sign(String canonicalRequest, byte[] secret) {
    String toSign = ALGORITHM + "\n" + SdkSignature.hexSha256(canonicalRequest);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(toSign.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks HmacSHA256", e);
    }
  }
}
