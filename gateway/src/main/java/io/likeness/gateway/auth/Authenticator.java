package io.likeness.gateway.auth;

import io.likeness.gateway.auth.AuthOutcome.Authenticated;
import io.likeness.gateway.auth.AuthOutcome.Denied;
import io.likeness.gateway.auth.Principal.How;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.wire.AccountRecord;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds out who asks. Three ways: a signature ({@code SDK-HMAC-SHA256}, with a permanent or a
 * temporary key), a token ({@code X-Auth-Token}), and for the native API also HTTP Basic with
 * access key and secret key. A signature and a token together must both be good.
 *
 * <p>The order of the checks on a signature is part of the contract: form, clock window, key, lock,
 * signature, replay, project. Nothing is remembered of a request whose signature is wrong except
 * that it was wrong; nothing but a wrong signature or a wrong secret counts towards the lock.
 *
 * <p><b>Replay.</b> A signature seen before is a replay, with two exceptions while its date is at
 * most {@link #RESEND_AGE} from our clock: reads, and anything on the connection it first came on.
 * The date has a resolution of one second, so two honest requests of one client can be the same to
 * the byte; a thief on the network can neither use the victim's connection nor change anything by a
 * read.
 *
 * <p>Blocks, for the time the shared memory of signatures needs.
 */
public final class Authenticator {

  static final Duration CLOCK_WINDOW = Duration.ofMinutes(15);
  static final Duration RESEND_AGE = Duration.ofSeconds(5);
  static final int FAILURES_MAX = 5;

  /**
   * What a signature must be remembered beyond the end of its window, for clocks of gateways that
   * differ.
   */
  static final Duration KEEP_SLACK = Duration.ofMinutes(1);

  private static final String INCORRECT = "Incorrect IAM authentication information: ";

  private final AccountBook book;
  private final Accounts accounts;
  private final SubjectTokens tokens;
  private final SigningKeys keys;
  private final ReplayGuard replays;
  private final FailureCounter failures;

  /** Makes connection ids of this process unlike those of every other. */
  private final String process;

  public Authenticator(
      AccountBook book,
      Accounts accounts,
      SubjectTokens tokens,
      TemporaryKeys temporaryKeys,
      ReplayGuard replays,
      FailureCounter failures,
      SecureRandom random) {
    this.book = book;
    this.accounts = accounts;
    this.tokens = tokens;
    this.keys = new SigningKeys(book, accounts, temporaryKeys);
    this.replays = replays;
    this.failures = failures;
    byte[] id = new byte[8];
    random.nextBytes(id);
    this.process = HexFormat.of().formatHex(id);
  }

  public AuthOutcome authenticate(ApiRequest request) {
    List<String> authorization = request.headers().all("authorization");
    List<String> token = request.headers().all("x-auth-token");
    if (authorization.size() > 1 || token.size() > 1) {
      return incorrect("credentials are sent more than once");
    }
    if (authorization.isEmpty() && token.isEmpty()) {
      return incorrect("neither a signature nor x-auth-token found");
    }
    AuthOutcome outcome =
        authorization.isEmpty()
            ? authenticateToken(token.getFirst(), request.receivedAt(), isProjectCall(request))
            : byAuthorization(request, authorization.getFirst());
    if (!authorization.isEmpty() && !token.isEmpty() && outcome instanceof Authenticated signed) {
      outcome =
          both(
              signed.principal(),
              authenticateToken(token.getFirst(), request.receivedAt(), isProjectCall(request)));
    }
    return outcome instanceof Authenticated known ? inOwnProject(request, known) : outcome;
  }

  /** What a token alone is worth; {@code needsProject}: it must be one of project scope. */
  public AuthOutcome authenticateToken(String token, Instant now, boolean needsProject) {
    if (token.isBlank()) {
      return incorrect("x-auth-token is empty");
    }
    return switch (tokens.read(token.strip(), now, book)) {
      case SubjectTokens.Forged forged -> incorrect("x-auth-token cannot be decoded");
      case SubjectTokens.Expired expired -> incorrect("x-auth-token has expired");
      case SubjectTokens.Valid valid ->
          needsProject && valid.said().scope() != SubjectTokens.Scope.PROJECT
              ? new Denied("APIGW.0302", 403, "the token is not of project scope")
              : known(book.ofProject(valid.said().projectId()), How.TOKEN);
    };
  }

  private AuthOutcome byAuthorization(ApiRequest request, String authorization) {
    String algorithm = authorization.strip().split(" ", 2)[0];
    if (algorithm.equals(SdkSignature.ALGORITHM)) {
      return bySignature(request, authorization.strip());
    }
    if (algorithm.toLowerCase(Locale.ROOT).equals("basic")) {
      return isNative(request)
          ? byBasic(authorization.strip())
          : incorrect("HTTP Basic is for /api/ only, sign with " + SdkSignature.ALGORITHM);
    }
    return incorrect(
        "algorithm " + shown(algorithm) + " is not supported, sign with " + SdkSignature.ALGORITHM);
  }

  private AuthOutcome bySignature(ApiRequest request, String authorization) {
    SdkSignature.Claim claim;
    try {
      claim = SdkSignature.parse(authorization);
    } catch (IllegalArgumentException e) {
      return incorrect(String.valueOf(e.getMessage()));
    }
    List<String> dates = request.headers().all(SdkSignature.DATE_HEADER);
    Optional<Instant> date =
        dates.size() == 1 ? SdkSignature.date(dates.getFirst().strip()) : Optional.empty();
    if (date.isEmpty()) {
      return incorrect("X-Sdk-Date is not there once as yyyyMMdd'T'HHmmss'Z'");
    }
    Duration age = Duration.between(date.get(), request.receivedAt());
    if (age.abs().compareTo(CLOCK_WINDOW) > 0) {
      return incorrect(
          "X-Sdk-Date is " + age.abs().toSeconds() + " s off, at most " + CLOCK_WINDOW.toSeconds());
    }
    return switch (keys.find(
        claim.access(), request.headers().all("x-security-token"), request.receivedAt())) {
      case SigningKeys.NoKey none -> incorrect(reason(none, claim.access()));
      case SigningKeys.Key key -> checked(request, claim, key, age);
    };
  }

  private AuthOutcome checked(
      ApiRequest request, SdkSignature.Claim claim, SigningKeys.Key key, Duration age) {
    int failed = failures.count(claim.access());
    if (failed >= FAILURES_MAX) {
      return locked(claim.access());
    }
    boolean right;
    try {
      right = SdkSignature.verify(request, claim, key.secret());
    } catch (IllegalArgumentException e) {
      return incorrect(String.valueOf(e.getMessage()));
    }
    if (!right) {
      failures.raise(claim.access());
      return incorrect("the signature is wrong");
    }
    if (failed > 0) {
      failures.clear(claim.access());
    }
    if (isReplay(request, claim.signature(), age)) {
      return incorrect("this signature has been used before, sign anew");
    }
    return known(Optional.of(key.account()), key.temporary() ? How.TEMPORARY_KEY : How.SIGNATURE);
  }

  private boolean isReplay(ApiRequest request, String signature, Duration age) {
    String connection = process + "/" + request.connectionId();
    // Until the date leaves the window, which for one in the future is later than 15 minutes from
    // now.
    Duration keep = CLOCK_WINDOW.minus(age).plus(KEEP_SLACK);
    Optional<String> first = replays.firstSeenOn(signature, connection, keep);
    if (first.isEmpty()) {
      return false;
    }
    boolean young = age.abs().compareTo(RESEND_AGE) <= 0;
    return !(young && (isRead(request) || first.get().equals(connection)));
  }

  private static String reason(SigningKeys.NoKey none, String access) {
    return switch (none) {
      case UNKNOWN ->
          "access key " + shown(access) + " is unknown, or temporary and without X-Security-Token";
      case FOREIGN_TOKEN -> "X-Security-Token is not that of access key " + shown(access);
      case EXPIRED_TOKEN -> "X-Security-Token has expired";
      case NO_ACCOUNT -> "the account of X-Security-Token is gone";
    };
  }

  private AuthOutcome byBasic(String authorization) {
    String pair;
    try {
      pair =
          new String(
              Base64.getDecoder().decode(authorization.substring("basic".length()).strip()),
              StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return incorrect("the Authorization header is not Basic base64(access key:secret key)");
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      return incorrect("the Authorization header is not Basic base64(access key:secret key)");
    }
    String access = pair.substring(0, colon);
    Optional<AccountRecord> account = book.ofAccessKey(access);
    Optional<byte[]> secret = account.flatMap(each -> accounts.secretOf(each, access));
    if (secret.isEmpty()) {
      return incorrect("access key or secret key is wrong");
    }
    int failed = failures.count(access);
    if (failed >= FAILURES_MAX) {
      return locked(access);
    }
    if (!MessageDigest.isEqual(
        secret.get(), pair.substring(colon + 1).getBytes(StandardCharsets.UTF_8))) {
      failures.raise(access);
      return incorrect("access key or secret key is wrong");
    }
    if (failed > 0) {
      failures.clear(access);
    }
    return known(account, How.BASIC);
  }

  private static AuthOutcome both(Principal signed, AuthOutcome byToken) {
    return switch (byToken) {
      case Denied denied -> denied;
      case Authenticated named ->
          named.principal().projectId().equals(signed.projectId())
              ? new Authenticated(
                  new Principal(
                      signed.projectId(),
                      signed.accountName(),
                      signed.admin(),
                      signed.how() == How.TEMPORARY_KEY
                          ? How.TEMPORARY_KEY
                          : How.SIGNATURE_AND_TOKEN))
              : incorrect("signature and x-auth-token are of different accounts");
    };
  }

  private static AuthOutcome known(Optional<AccountRecord> account, How how) {
    return account
        .<AuthOutcome>map(
            each ->
                new Authenticated(
                    new Principal(each.getProjectId(), each.getDomain(), each.getAdmin(), how)))
        .orElseGet(() -> incorrect("the account is gone"));
  }

  /** Every project named, in header or path, must be the caller's own. */
  private static AuthOutcome inOwnProject(ApiRequest request, Authenticated known) {
    String own = known.principal().projectId();
    for (String named : request.headers().all("x-project-id")) {
      if (!named.strip().equals(own)) {
        return new Denied("APIGW.0302", 403, "X-Project-Id is not the project of the credentials");
      }
    }
    Optional<String> path = projectInPath(request);
    if (path.isPresent() && !path.get().equals(own)) {
      return new Denied(
          "APIGW.0302", 403, "the project in the path is not the project of the credentials");
    }
    return known;
  }

  private static boolean isProjectCall(ApiRequest request) {
    return projectInPath(request).isPresent();
  }

  /**
   * The project of {@code /v1/{p}/…}, {@code /v2/{p}/…} and {@code /v3/{p}/…}; IAM's own paths name
   * none.
   */
  static Optional<String> projectInPath(ApiRequest request) {
    List<String> segments = Paths.segments(request.rawPath());
    if (segments.size() < 2 || !List.of("v1", "v2", "v3").contains(segments.getFirst())) {
      return Optional.empty();
    }
    String second = segments.get(1);
    boolean iam =
        segments.getFirst().equals("v3") && (second.equals("auth") || second.equals("projects"));
    return iam ? Optional.empty() : Optional.of(second);
  }

  private static boolean isNative(ApiRequest request) {
    return request.rawPath().startsWith("/api/") || request.rawPath().equals("/metrics");
  }

  /** Whether the request can change nothing. */
  static boolean isRead(ApiRequest request) {
    if (request.method().equals("GET") || request.method().equals("HEAD")) {
      return true;
    }
    List<String> segments = Paths.segments(request.rawPath());
    return request.method().equals("POST")
        && !segments.isEmpty()
        && Arrays.asList("search", "check").contains(segments.getLast());
  }

  private static Denied incorrect(String reason) {
    return new Denied("APIGW.0301", 401, INCORRECT + reason);
  }

  private static Denied locked(String access) {
    return incorrect(
        "access key "
            + shown(access)
            + " is locked for "
            + FailureCounter.MEMORY.toMinutes()
            + " minutes after "
            + FAILURES_MAX
            + " failures in a row");
  }

  static String shown(String text) {
    String start = text.length() <= 64 ? text : text.substring(0, 64) + "...";
    return start.replaceAll("[^\\x21-\\x7e]", "?");
  }
}
