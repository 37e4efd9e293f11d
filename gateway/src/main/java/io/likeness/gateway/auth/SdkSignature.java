package io.likeness.gateway.auth;

import io.likeness.gateway.http.ApiRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The arithmetic of {@code SDK-HMAC-SHA256}: what was signed, and whether this key signed it. Knows
 * nothing of accounts, clocks or replays.
 *
 * <p>Which headers are signed differs by SDK, so the received list decides; only the date must be
 * in it, since nothing else bounds the life of a signature. Paths and query are decoded and encoded
 * again, because the SDKs leave characters bare on the wire that they encode for signing.
 */
public final class SdkSignature {

  public static final String ALGORITHM = "SDK-HMAC-SHA256";
  public static final String DATE_HEADER = "x-sdk-date";
  static final String CONTENT_HEADER = "x-sdk-content-sha256";
  static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

  private static final Pattern HEADER =
      Pattern.compile(
          ALGORITHM
              + " +Access=([^, ]{1,128}), *SignedHeaders=([^, ]{1,4096}), *Signature=([0-9a-f]{64})");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private SdkSignature() {}

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
              + " Access=…, SignedHeaders=…, Signature=…\"");
    }
    List<String> signed = SignedHeaders.read(matcher.group(2));
    if (!signed.contains(DATE_HEADER)) {
      throw new IllegalArgumentException("X-Sdk-Date is not among the signed headers");
    }
    return new Claim(matcher.group(1), signed, matcher.group(3));
  }

  /** The time of {@code X-Sdk-Date}; empty where it is none. */
  static Optional<Instant> date(String text) {
    try {
      return Optional.of(LocalDateTime.parse(text, DATE).toInstant(ZoneOffset.UTC));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether the holder of this secret signed this request; throws with the reason where that cannot
   * be asked.
   */
  static boolean verify(ApiRequest request, Claim claim, byte[] secret) {
    for (String path : canonicalPaths(request.rawPath())) {
      byte[] expected =
          sign(
              canonicalRequest(request, claim, path),
              SignedHeaders.onlyValue(request, DATE_HEADER),
              secret);
      if (MessageDigest.isEqual(expected, HexFormat.of().parseHex(claim.signature()))) {
        return true;
      }
    }
    return false;
  }

  static byte[] sign(String canonicalRequest, String date, byte[] secret) {
    String toSign = ALGORITHM + "\n" + date + "\n" + hexSha256(canonicalRequest);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(toSign.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks HmacSHA256", e);
    }
  }

  static String canonicalRequest(ApiRequest request, Claim claim, String canonicalPath) {
    StringBuilder canonical =
        new StringBuilder()
            .append(request.method().toUpperCase(Locale.ROOT))
            .append('\n')
            .append(canonicalPath)
            .append('\n')
            .append(canonicalQuery(request.rawQuery()))
            .append('\n');
    for (String name : claim.signedHeaders()) {
      canonical
          .append(name)
          .append(':')
          .append(SignedHeaders.onlyValue(request, name))
          .append('\n');
    }
    return canonical
        .append('\n')
        .append(String.join(";", claim.signedHeaders()))
        .append('\n')
        .append(payloadHash(request))
        .toString();
  }

  /**
   * What the path may have been signed as. An encoded slash inside a segment is ambiguous: the SDK
   * splits the decoded path, other signers the raw one; both forms name the same request, so both
   * are taken.
   */
  static List<String> canonicalPaths(String rawPath) {
    List<String> paths = new ArrayList<>(2);
    paths.add(canonicalPath(rawPath.split("/", -1)));
    if (rawPath.contains("%2F") || rawPath.contains("%2f")) {
      paths.add(canonicalPath(rawPath.replace("%2f", "/").replace("%2F", "/").split("/", -1)));
    }
    return paths;
  }

  private static String canonicalPath(String[] rawSegments) {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < rawSegments.length; i++) {
      path.append(i == 0 ? "" : "/")
          .append(PercentCoding.encode(PercentCoding.decode(rawSegments[i])));
    }
    if (path.isEmpty() || path.charAt(path.length() - 1) != '/') {
      path.append('/');
    }
    return path.toString();
  }

  static String canonicalQuery(String rawQuery) {
    record Parameter(String name, String value) {}
    if (rawQuery.isEmpty()) {
      return "";
    }
    List<Parameter> parameters = new ArrayList<>();
    for (String part : rawQuery.split("&", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      String value = equals < 0 ? "" : part.substring(equals + 1);
      parameters.add(
          new Parameter(
              PercentCoding.encode(PercentCoding.decode(name)),
              PercentCoding.encode(PercentCoding.decode(value))));
    }
    parameters.sort(Comparator.comparing(Parameter::name).thenComparing(Parameter::value));
    StringBuilder query = new StringBuilder();
    for (Parameter parameter : parameters) {
      query
          .append(query.isEmpty() ? "" : "&")
          .append(parameter.name())
          .append('=')
          .append(parameter.value());
    }
    return query.toString();
  }

  private static String payloadHash(ApiRequest request) {
    if (request.header(CONTENT_HEADER).isEmpty()) {
      return request.bodySha256();
    }
    String stated = SignedHeaders.onlyValue(request, CONTENT_HEADER);
    if (stated.equals(UNSIGNED_PAYLOAD)) {
      return stated;
    }
    // A stated hash is what was signed, so it must be the body's: else anyone could put another
    // body under it.
    if (!SHA256.matcher(stated).matches() || !stated.equalsIgnoreCase(request.bodySha256())) {
      throw new IllegalArgumentException("X-Sdk-Content-Sha256 is not the SHA-256 of the body");
    }
    return stated;
  }

  static String hexSha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    }
  }
}
