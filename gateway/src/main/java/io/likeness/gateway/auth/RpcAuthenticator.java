package io.likeness.gateway.auth;

import io.likeness.gateway.auth.AuthOutcome.Authenticated;
import io.likeness.gateway.auth.AuthOutcome.Denied;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.wire.AccountRecord;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds out who asks in Alibaba Cloud's RPC style: by {@code ACS3-HMAC-SHA256} in the headers, or
 * by a signature of version 1.0 among the parameters. What it says no with are that cloud's codes.
 *
 * <p>The order of the checks is that of {@link Authenticator}: form, clock window, key, lock,
 * signature, nonce. Nothing is remembered of a call whose signature is wrong except that it was
 * wrong.
 *
 * <p><b>Nonce.</b> Each call has one of its own, so one that was seen before is a replay, without
 * exceptions. It is remembered until its time leaves the clock window.
 *
 * <p>Blocks, for the time the shared memory of signatures needs.
 */
public final class RpcAuthenticator {

  private static final int NONCE_CHARS_MAX = 128;
  private static final int SHA1_BYTES = 20;

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private final SigningKeys keys;
  private final ReplayGuard replays;
  private final FailureCounter failures;

  public RpcAuthenticator(
      AccountBook book,
      Accounts accounts,
      TemporaryKeys temporaryKeys,
      ReplayGuard replays,
      FailureCounter failures) {
    this.keys = new SigningKeys(book, accounts, temporaryKeys);
    this.replays = replays;
    this.failures = failures;
  }

  /** What the two schemes have in common, each from where it puts it. */
  private record Claim(
      String access, List<String> securityTokens, String time, String nonce, Check check) {}

  /** Throws {@link IllegalArgumentException} where it cannot be asked. */
  @FunctionalInterface
  private interface Check {
    boolean isRight(byte[] secret);
  }

  /** Carries no stack: it is the caller's fault, on its way out. */
  private static final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final transient Denied denied;

    Refused(String code, String reason) {
      super(reason, null, false, false);
      this.denied =
          new Denied(code, code.equals("InvalidAccessKeyId.NotFound") ? 404 : 400, reason);
    }
  }

  public AuthOutcome authenticate(RpcCall call) {
    try {
      return authenticated(call);
    } catch (Refused no) {
      return no.denied;
    } catch (IllegalArgumentException e) {
      return new Denied("IncompleteSignature", 400, String.valueOf(e.getMessage()));
    }
  }

  private AuthOutcome authenticated(RpcCall call) {
    if (!call.request().rawPath().equals("/")) {
      throw new IllegalArgumentException("calls lie under / and nowhere else");
    }
    Claim claim = call.isVersion1() ? version1(call) : acs3(call);
    Instant now = call.request().receivedAt();
    Duration age = age(claim.time(), now);
    if (claim.nonce().isEmpty() || claim.nonce().length() > NONCE_CHARS_MAX) {
      throw new Refused(
          "IncompleteSignature",
          "the nonce has " + claim.nonce().length() + " characters, not 1 to " + NONCE_CHARS_MAX);
    }
    return switch (keys.find(claim.access(), claim.securityTokens(), now)) {
      case SigningKeys.NoKey none -> throw noKey(none, claim.access());
      case SigningKeys.Key key -> checked(claim, key, age);
    };
  }

  private static Claim acs3(RpcCall call) {
    ApiRequest request = call.request();
    List<String> authorization = request.headers().all("authorization");
    if (authorization.size() > 1) {
      throw new IllegalArgumentException("credentials are sent more than once");
    }
    String header = authorization.getFirst().strip();
    String algorithm = header.split(" ", 2)[0];
    if (!algorithm.equals(Acs3Signature.ALGORITHM)) {
      throw new Refused(
          "InvalidSignatureMethod",
          "algorithm "
              + Authenticator.shown(algorithm)
              + " is not supported, sign with "
              + Acs3Signature.ALGORITHM);
    }
    Acs3Signature.Claim claim = Acs3Signature.parse(header);
    Optional<String> named = request.header(Acs3Signature.ACCESS_HEADER).map(String::strip);
    if (named.isPresent() && !named.get().equals(claim.access())) {
      throw new IllegalArgumentException(
          Acs3Signature.ACCESS_HEADER + " is not the access key of the Authorization header");
    }
    return new Claim(
        claim.access(),
        request.headers().all(Acs3Signature.TOKEN_HEADER),
        only(request, Acs3Signature.DATE_HEADER),
        only(request, Acs3Signature.NONCE_HEADER),
        secret -> Acs3Signature.verify(call, claim, secret));
  }

  private static String only(ApiRequest request, String header) {
    List<String> values = request.headers().all(header);
    return values.size() == 1 ? values.getFirst().strip() : "";
  }

  private static Claim version1(RpcCall call) {
    Parameters said = call.arguments();
    Optional<String> signature = said.text("Signature");
    if (signature.isEmpty()) {
      throw new IllegalArgumentException(
          "there is neither an Authorization header nor a Signature among the parameters");
    }
    if (!said.text("SignatureMethod").orElse("").equals(RpcSignature.METHOD)) {
      throw new Refused(
          "InvalidSignatureMethod",
          "SignatureMethod "
              + Authenticator.shown(said.text("SignatureMethod").orElse(""))
              + " is not supported, sign with "
              + RpcSignature.METHOD);
    }
    if (!said.text("SignatureVersion").orElse("").equals(RpcSignature.VERSION)) {
      throw new IllegalArgumentException("SignatureVersion is not " + RpcSignature.VERSION);
    }
    // Not covered by the signature: they may repeat what is, and nothing else.
    agree(call, RpcCall.ACTION_HEADER, "Action");
    agree(call, RpcCall.VERSION_HEADER, "Version");
    byte[] claimed = base64(signature.get());
    Parameters signed = said.without("Signature");
    return new Claim(
        said.text("AccessKeyId").orElse(""),
        said.text("SecurityToken").map(List::of).orElse(List.of()),
        said.text("Timestamp").orElse(""),
        said.text("SignatureNonce").orElse(""),
        secret -> RpcSignature.verify(call.request().method(), signed, claimed, secret));
  }

  private static void agree(RpcCall call, String header, String parameter) {
    for (String said : call.request().headers().all(header)) {
      if (!said.strip().equals(call.arguments().text(parameter).orElse(""))) {
        throw new IllegalArgumentException(header + " is not the " + parameter);
      }
    }
  }

  private static byte[] base64(String signature) {
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(signature);
    } catch (IllegalArgumentException e) {
      bytes = new byte[0];
    }
    // Written back, since the last letter has bits that decoding does not look at.
    if (bytes.length != SHA1_BYTES
        || !Base64.getEncoder().encodeToString(bytes).equals(signature)) {
      throw new IllegalArgumentException("Signature is not the base64 of " + SHA1_BYTES + " bytes");
    }
    return bytes;
  }

  private static Duration age(String time, Instant now) {
    Instant said;
    try {
      said = LocalDateTime.parse(time, TIME).toInstant(ZoneOffset.UTC);
    } catch (DateTimeParseException e) {
      throw new Refused(
          "InvalidTimeStamp.Format",
          "the request's time is not there once as yyyy-MM-ddThh:mm:ssZ");
    }
    Duration age = Duration.between(said, now);
    if (age.abs().compareTo(Authenticator.CLOCK_WINDOW) > 0) {
      throw new Refused(
          "InvalidTimeStamp.Expired",
          "the request's time is "
              + age.abs().toSeconds()
              + " s off, at most "
              + Authenticator.CLOCK_WINDOW.toSeconds());
    }
    return age;
  }

  private AuthOutcome checked(Claim claim, SigningKeys.Key key, Duration age) {
    int failed = failures.count(claim.access());
    if (failed >= Authenticator.FAILURES_MAX) {
      throw new Refused(
          "InvalidAccessKeyId.Inactive",
          "access key "
              + Authenticator.shown(claim.access())
              + " is locked for "
              + FailureCounter.MEMORY.toMinutes()
              + " minutes after "
              + Authenticator.FAILURES_MAX
              + " failures in a row");
    }
    if (!claim.check().isRight(key.secret())) {
      failures.raise(claim.access());
      throw new Refused("SignatureDoesNotMatch", "the signature is wrong");
    }
    if (failed > 0) {
      failures.clear(claim.access());
    }
    Duration keep = Authenticator.CLOCK_WINDOW.minus(age).plus(Authenticator.KEEP_SLACK);
    if (replays.firstSeenOn("rpc/" + claim.access() + "/" + claim.nonce(), "", keep).isPresent()) {
      throw new Refused("SignatureNonceUsed", "this nonce has been used before, sign anew");
    }
    AccountRecord account = key.account();
    return new Authenticated(
        new Principal(
            account.getProjectId(),
            account.getDomain(),
            account.getAdmin(),
            key.temporary() ? Principal.How.TEMPORARY_KEY : Principal.How.SIGNATURE));
  }

  private static Refused noKey(SigningKeys.NoKey none, String access) {
    String shown = Authenticator.shown(access);
    return switch (none) {
      case UNKNOWN ->
          new Refused(
              "InvalidAccessKeyId.NotFound",
              "access key " + shown + " is unknown, or temporary and without its security token");
      case FOREIGN_TOKEN ->
          new Refused(
              "InvalidSecurityToken.MismatchWithAccessKey",
              "the security token is not that of access key " + shown);
      case EXPIRED_TOKEN ->
          new Refused("InvalidSecurityToken.Expired", "the security token has expired");
      case NO_ACCOUNT ->
          new Refused("InvalidAccessKeyId.Inactive", "the account of the security token is gone");
    };
  }
}
