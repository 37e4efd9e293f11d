package io.likeness.gateway.auth;

import io.likeness.gateway.Requests;
import io.likeness.gateway.http.ApiRequest;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** Two accounts, everything that authenticates them, and a signer of its own. */
public final class AuthScene {

  public static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  public static final String PROJECT = "0123456789abcdef0123456789abcdef";
  public static final String ACCESS = "AKEXAMPLE00000000001";
  public static final String SECRET = "sk-example-0123456789-abcdefghijklmnopqrs";
  public static final String PASSWORD = "correct horse battery";
  public static final String OTHER_PROJECT = "fedcba9876543210fedcba9876543210";
  public static final String OTHER_ACCESS = "AKEXAMPLE00000000002";
  public static final String OTHER_SECRET = "sk-another-0123456789-abcdefghijklmnopqrs";

  /** The contract's own pair of keys (section 5.5), and another tenant's. */
  public static final Credentials MINE =
      new Credentials(PROJECT, "acme", "alice", PASSWORD, ACCESS, SECRET);

  public static final Credentials THEIRS =
      new Credentials(
          OTHER_PROJECT, "other", "bob", "another password", OTHER_ACCESS, OTHER_SECRET);

  public final SecureRandom random = new SecureRandom();
  public final AtomicLong nanos = new AtomicLong();
  public final InMemoryAccountBook book = new InMemoryAccountBook();
  public final MasterKey masterKey = MasterKey.of(new byte[32], random);
  public final Passwords passwords = new Passwords(random);
  public final Accounts accounts = new Accounts(book, masterKey, passwords, random, () -> NOW);
  public final SubjectTokens tokens = new SubjectTokens(masterKey);
  public final TemporaryKeys temporaryKeys = new TemporaryKeys(masterKey, random);
  public final FailureCounter failures = new InMemoryFailureCounter(1000, nanos::get);
  public final ReplayGuard replays = new InMemoryReplayGuard(1000, nanos::get);
  public final Authenticator authenticator =
      new Authenticator(book, accounts, tokens, temporaryKeys, replays, failures, random);
  public final RpcAuthenticator rpc =
      new RpcAuthenticator(book, accounts, temporaryKeys, replays, failures);

  public AuthScene() {
    book.put(accounts.record(MINE, true));
    book.put(accounts.record(THEIRS, false));
  }

  public void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  public static String date(Instant at) {
    return DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT)
        .withZone(ZoneOffset.UTC)
        .format(at);
  }

  /** Signs like the Java SDK: host, user-agent, x-project-id, x-sdk-date. */
  public static Requests sign(
      Requests request, String access, String secret, Instant at, Map<String, String> more) {
    Map<String, String> signed = new TreeMap<>(more);
    signed.put("host", "gateway.example.com");
    signed.put("user-agent", "huaweicloud-usdk-java/3.0");
    signed.put("x-sdk-date", date(at));
    signed.forEach(request::header);
    ApiRequest plain = request.build();
    SdkSignature.Claim claim = new SdkSignature.Claim(access, List.copyOf(signed.keySet()), "");
    byte[] signature =
        SdkSignature.sign(
            SdkSignature.canonicalRequest(
                plain, claim, SdkSignature.canonicalPaths(plain.rawPath()).getFirst()),
            date(at),
            secret.getBytes(StandardCharsets.UTF_8));
    return request.header(
        "Authorization",
        "SDK-HMAC-SHA256 Access="
            + access
            + ", SignedHeaders="
            + String.join(";", signed.keySet())
            + ", Signature="
            + HexFormat.of().formatHex(signature));
  }

  public static Requests signed(Requests request) {
    return sign(request.at(NOW), ACCESS, SECRET, NOW, Map.of("x-project-id", PROJECT));
  }
}
