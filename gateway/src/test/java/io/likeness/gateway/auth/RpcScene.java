package io.likeness.gateway.auth;

import com.google.protobuf.ByteString;
import io.likeness.gateway.Requests;
import io.likeness.gateway.http.ApiRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Signs calls in RPC style as the two generations of clients do. */
public final class RpcScene {

  public static final String HOST = "127.0.0.1:8080";

  private RpcScene() {}

  public static String form(Map<String, String> fields) {
    return new TreeMap<>(fields)
        .entrySet().stream()
            .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
            .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return PercentCoding.encode(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Signed with ACS3-HMAC-SHA256: the action in a header, host and every x-acs header signed. */
  public static Requests acs3(
      String action,
      Map<String, String> query,
      Map<String, String> form,
      String access,
      String secret,
      Instant at,
      String nonce,
      Map<String, String> more) {
    String target = query.isEmpty() ? "/" : "/?" + form(query);
    String body = form(form);
    Map<String, String> headers = new TreeMap<>(more);
    headers.put("host", HOST);
    headers.putIfAbsent("x-acs-action", action);
    headers.putIfAbsent("x-acs-version", "2020-12-14");
    headers.put("x-acs-date", at.truncatedTo(ChronoUnit.SECONDS).toString());
    headers.put("x-acs-signature-nonce", nonce);
    headers.put("x-acs-content-sha256", Requests.sha256(body));
    if (!body.isEmpty()) {
      headers.put("content-type", "application/x-www-form-urlencoded");
    }
    Requests request = Requests.of("POST", target).at(at).body(body);
    headers.forEach(request::header);
    RpcCall call = RpcCall.read(request.build());
    String canonical = Acs3Signature.canonicalRequest(call, headers.keySet().stream().toList());
    return request.header(
        "Authorization",
        "ACS3-HMAC-SHA256 Credential="
            + access
            + ",SignedHeaders="
            + String.join(";", headers.keySet())
            + ",Signature="
            + HexFormat.of()
                .formatHex(Acs3Signature.sign(canonical, secret.getBytes(StandardCharsets.UTF_8))));
  }

  /** Signed with version 1.0: all about it in the query. */
  public static Requests version1(
      String action,
      Map<String, String> form,
      String access,
      String secret,
      Instant at,
      String nonce,
      Map<String, String> more) {
    Map<String, String> query = new TreeMap<>(more);
    query.put("Action", action);
    query.put("Format", "json");
    query.put("Version", "2020-12-14");
    query.put("Timestamp", at.truncatedTo(ChronoUnit.SECONDS).toString());
    query.put("SignatureNonce", nonce);
    query.put("SignatureMethod", "HMAC-SHA1");
    query.put("SignatureVersion", "1.0");
    query.put("AccessKeyId", access);
    Parameters signed = Parameters.ofQuery(form(query)).and(Parameters.ofQuery(form(form)));
    query.put(
        "Signature",
        Base64.getEncoder()
            .encodeToString(
                RpcSignature.sign("POST", signed, true, secret.getBytes(StandardCharsets.UTF_8))));
    Requests request =
        Requests.of("POST", "/?" + form(query))
            .at(at)
            .body(form(form))
            .header("host", HOST)
            .header("x-acs-action", action)
            .header("x-acs-version", "2020-12-14");
    return form.isEmpty()
        ? request
        : request.header("content-type", "application/x-www-form-urlencoded");
  }

  /** The same request with one thing changed, as a thief would have it. */
  static ApiRequest changed(ApiRequest of, String method, String path, String query, byte[] body) {
    return new ApiRequest(
        method,
        path,
        query,
        of.headers(),
        ByteString.copyFrom(body),
        Requests.sha256(body),
        of.remoteAddress(),
        of.connectionId(),
        of.receivedAt(),
        of.requestId(),
        of.traceparent());
  }
}
