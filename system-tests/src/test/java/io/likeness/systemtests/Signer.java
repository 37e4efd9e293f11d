package io.likeness.systemtests;

import io.likeness.bench.api.Account;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * SDK-HMAC-SHA256 for requests made by hand, so that a test can sign one thing and send another.
 * For paths of plain letters; it encodes nothing.
 */
final class Signer {

  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private Signer() {}

  static String date(Instant at) {
    return DATE.format(at);
  }

  /** The headers to send, Host excepted: date, project, authorization. */
  static Map<String, String> sign(
      Account account, String host, String method, String path, String body, Instant at) {
    Map<String, String> signed = new TreeMap<>();
    signed.put("host", host);
    signed.put("x-project-id", account.projectId());
    signed.put("x-sdk-date", date(at));
    StringBuilder canonical = new StringBuilder(method + "\n" + path + "/\n\n");
    signed.forEach((name, value) -> canonical.append(name + ":" + value + "\n"));
    String names = String.join(";", signed.keySet());
    canonical.append("\n" + names + "\n" + sha256(body));
    String toSign = "SDK-HMAC-SHA256\n" + date(at) + "\n" + sha256(canonical.toString());
    Map<String, String> headers = new TreeMap<>(signed);
    headers.remove("host");
    headers.put(
        "authorization",
        "SDK-HMAC-SHA256 Access="
            + account.accessKey()
            + ", SignedHeaders="
            + names
            + ", Signature="
            + hmac(account.secretKey(), toSign));
    return headers;
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String hmac(String key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
