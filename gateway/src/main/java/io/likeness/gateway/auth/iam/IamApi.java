package io.likeness.gateway.auth.iam;

import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.AccountBook;
import io.likeness.gateway.auth.AuthOutcome;
import io.likeness.gateway.auth.Authenticator;
import io.likeness.gateway.auth.FailureCounter;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.gateway.auth.Passwords;
import io.likeness.gateway.auth.PercentCoding;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.auth.SubjectTokens;
import io.likeness.gateway.auth.TemporaryKeys;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.wire.AccountRecord;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of IAM v3 that SDKs and curl need: tokens, their validation, the look-up of the project
 * id, temporary keys. It authenticates its callers itself, since asking for a token is the one call
 * that needs none.
 *
 * <p>An account has one project here, while the original has one for each region. A client that
 * looks up "its" project of a region therefore gets the account's, under the name it asked for.
 */
public final class IamApi {

  /** More is no request of IAM. */
  public static final int BODY_BYTES_MAX = 64 << 10;

  static final int FAILURES_MAX = 5;

  private static final Logger log = LoggerFactory.getLogger(IamApi.class);
  private static final String SUBJECT_TOKEN = "X-Subject-Token";

  /** {@code cn-north-4}, {@code ap-southeast-1}, {@code eu-west-101}. */
  private static final Pattern REGION = Pattern.compile("[a-z]{2,8}(-[a-z]{2,20}){1,3}-\\d{1,4}");

  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Authenticator authenticator;
  private final AccountBook book;
  private final SubjectTokens tokens;
  private final TemporaryKeys temporaryKeys;
  private final Passwords passwords;
  private final FailureCounter failures;
  private final MasterKey masterKey;

  public IamApi(
      Authenticator authenticator,
      AccountBook book,
      SubjectTokens tokens,
      TemporaryKeys temporaryKeys,
      Passwords passwords,
      FailureCounter failures,
      MasterKey masterKey) {
    this.authenticator = authenticator;
    this.book = book;
    this.tokens = tokens;
    this.temporaryKeys = temporaryKeys;
    this.passwords = passwords;
    this.failures = failures;
    this.masterKey = masterKey;
  }

  /**
   * Blocks until it is answered, for a password some tens of milliseconds; call it on a virtual
   * thread.
   */
  public ApiResponse handle(ApiRequest request) {
    Optional<IamRoute> route = IamRoute.find(request.method(), request.rawPath());
    if (route.isEmpty()) {
      return ErrorShape.GATEWAY.of(
          EdgeFault.noSuchPath(request.method(), request.rawPath()), request.requestId());
    }
    try {
      return switch (route.get()) {
        case CREATE_TOKEN -> createToken(request);
        case VALIDATE_TOKEN -> validateToken(request);
        case LIST_PROJECTS -> listProjects(request);
        case CREATE_TEMPORARY_KEY -> createTemporaryKey(request);
      };
    } catch (IamFault fault) {
      return fault(fault);
    } catch (RuntimeException e) {
      log.error("{} failed, request {}", route.get().text(), request.requestId(), e);
      return fault(new IamFault(500, "internal error, request " + request.requestId()));
    }
  }

  private ApiResponse createToken(ApiRequest request) throws IamFault {
    IamBodies.TokenWish wish = IamBodies.TokenWish.read(request.body());
    AccountRecord account = proven(wish);
    String projectName = account.getProjectName();
    boolean project = wish.projectId().isPresent() || wish.projectName().isPresent();
    if (wish.projectId().isPresent() && !wish.projectId().get().equals(account.getProjectId())) {
      throw new IamFault(403, "the project of auth.scope is not one of this account");
    }
    if (wish.projectName().isPresent()) {
      projectName = wish.projectName().get();
      if (!isProjectOf(account, projectName)) {
        throw new IamFault(403, "the project of auth.scope is not one of this account");
      }
    }
    if (wish.scopeDomain().isPresent() && !wish.scopeDomain().get().equals(account.getDomain())) {
      throw new IamFault(403, "the domain of auth.scope is not this account");
    }
    SubjectTokens.Scope scope = project ? SubjectTokens.Scope.PROJECT : SubjectTokens.Scope.DOMAIN;
    // The token carries milliseconds; the answer must not claim more.
    Instant now = request.receivedAt().truncatedTo(ChronoUnit.MILLIS);
    String token = tokens.issue(account, scope, now);
    return json(201, described(account, scope, projectName, now, now.plus(SubjectTokens.LIFE)))
        .with(SUBJECT_TOKEN, token);
  }

  /**
   * The account whose password this is. An unknown user costs the same, counts the same and reads
   * the same.
   */
  private AccountRecord proven(IamBodies.TokenWish wish) throws IamFault {
    String name = loginName(wish);
    if (failures.count(name) >= FAILURES_MAX) {
      throw wrong();
    }
    Optional<AccountRecord> account = book.ofUser(wish.domain(), wish.user());
    switch (passwords.check(wish.password(), account.map(AccountRecord::getPasswordHash))) {
      case RIGHT -> {
        failures.clear(name);
        return account.orElseThrow();
      }
      case WRONG -> {
        failures.raise(name);
        throw wrong();
      }
      case BUSY -> throw new IamFault(503, "too many are asking for tokens, try again");
    }
    throw new IllegalStateException("no such check");
  }

  private static IamFault wrong() {
    return new IamFault(
        401,
        "The username or password is wrong, or locked for "
            + FailureCounter.MEMORY.toMinutes()
            + " minutes after "
            + FAILURES_MAX
            + " failures in a row.");
  }

  // A keyed hash: names of any length take the same room, and the shared memory shows no user
  // names.
  private String loginName(IamBodies.TokenWish wish) {
    byte[] name =
        (wish.domain().length() + ":" + wish.domain() + wish.user())
            .getBytes(StandardCharsets.UTF_8);
    return "login/" + HexFormat.of().formatHex(masterKey.sign(MasterKey.Purpose.LOGIN_NAMES, name));
  }

  private ApiResponse validateToken(ApiRequest request) throws IamFault {
    Principal caller = caller(request, Optional.empty());
    String asked =
        request
            .header(SUBJECT_TOKEN)
            .orElseThrow(() -> IamFault.badRequest("X-Subject-Token is missing"));
    if (!(tokens.read(asked.strip(), request.receivedAt(), book)
        instanceof SubjectTokens.Valid valid)) {
      throw new IamFault(404, "X-Subject-Token is no valid token");
    }
    // Of other accounts' tokens nothing is told, not even that they are good.
    SubjectTokens.Said said = valid.said();
    if (!caller.admin() && !caller.projectId().equals(said.projectId())) {
      throw new IamFault(404, "X-Subject-Token is no valid token");
    }
    AccountRecord account =
        book.ofProject(said.projectId())
            .orElseThrow(() -> new IamFault(404, "X-Subject-Token is no valid token"));
    return json(
            200,
            described(
                account, said.scope(), account.getProjectName(), said.issuedAt(), said.expiresAt()))
        .with(SUBJECT_TOKEN, asked.strip());
  }

  private ApiResponse listProjects(ApiRequest request) throws IamFault {
    Principal caller = caller(request, Optional.empty());
    AccountRecord account =
        book.ofProject(caller.projectId())
            .orElseThrow(() -> new IamFault(401, "the account is gone"));
    Map<String, String> query = query(request.rawQuery());
    String name = query.getOrDefault("name", account.getProjectName());
    boolean found =
        isProjectOf(account, name)
            && query.getOrDefault("domain_id", account.getDomainId()).equals(account.getDomainId())
            && !query.getOrDefault("enabled", "true").equals("false");
    JsonArray projects = new JsonArray();
    if (found) {
      projects.add(
          new JsonObject()
              .put("id", account.getProjectId())
              .put("name", name)
              .put("domain_id", account.getDomainId())
              .put("parent_id", account.getDomainId())
              .put("enabled", true)
              .put("is_domain", false)
              .put("description", "")
              .put(
                  "links", new JsonObject().put("self", "/v3/projects/" + account.getProjectId())));
    }
    return json(
        200,
        new JsonObject()
            .put("projects", projects)
            .put(
                "links",
                new JsonObject().put("self", "/v3/projects").putNull("next").putNull("previous")));
  }

  private ApiResponse createTemporaryKey(ApiRequest request) throws IamFault {
    IamBodies.KeyWish wish = IamBodies.KeyWish.read(request.body());
    Principal caller = caller(request, wish.token());
    if (caller.how() == Principal.How.TEMPORARY_KEY) {
      throw new IamFault(403, "a temporary key cannot make another one");
    }
    TemporaryKeys.TemporaryKey key =
        temporaryKeys.issue(caller.projectId(), wish.life(), request.receivedAt());
    return json(
        201,
        new JsonObject()
            .put(
                "credential",
                new JsonObject()
                    .put("access", key.access())
                    .put("secret", key.secret())
                    .put("securitytoken", key.securityToken())
                    .put("expires_at", MICROS.format(key.expiresAt()))));
  }

  private Principal caller(ApiRequest request, Optional<String> tokenInBody) throws IamFault {
    boolean inHeaders =
        request.header("authorization").isPresent() || request.header("x-auth-token").isPresent();
    AuthOutcome outcome =
        tokenInBody.isPresent() && !inHeaders
            ? authenticator.authenticateToken(tokenInBody.get(), request.receivedAt(), false)
            : authenticator.authenticate(request);
    return switch (outcome) {
      case AuthOutcome.Authenticated known -> known.principal();
      case AuthOutcome.Denied denied -> throw new IamFault(denied.status(), denied.reason());
    };
  }

  private static boolean isProjectOf(AccountRecord account, String name) {
    return name.equals(account.getProjectName()) || REGION.matcher(name).matches();
  }

  private static JsonObject described(
      AccountRecord account,
      SubjectTokens.Scope scope,
      String projectName,
      Instant issuedAt,
      Instant expiresAt) {
    JsonObject domain =
        new JsonObject().put("id", account.getDomainId()).put("name", account.getDomain());
    JsonObject token =
        new JsonObject()
            .put("expires_at", MICROS.format(expiresAt))
            .put("issued_at", MICROS.format(issuedAt))
            .put("methods", new JsonArray(List.of("password")))
            .put("catalog", new JsonArray())
            .put(
                "roles",
                new JsonArray()
                    .add(
                        account.getAdmin()
                            ? new JsonObject().put("id", "0").put("name", "te_admin")
                            : new JsonObject().put("id", "1").put("name", "tenant")))
            .put(
                "user",
                new JsonObject()
                    .put("id", account.getUserId())
                    .put("name", account.getUser())
                    .put("domain", domain.copy())
                    .put("password_expires_at", ""));
    switch (scope) {
      case PROJECT ->
          token.put(
              "project",
              new JsonObject()
                  .put("id", account.getProjectId())
                  .put("name", projectName)
                  .put("domain", domain));
      case DOMAIN -> token.put("domain", domain);
    }
    return new JsonObject().put("token", token);
  }

  private static Map<String, String> query(String rawQuery) throws IamFault {
    Map<String, String> query = new java.util.HashMap<>();
    for (String part : rawQuery.split("&", -1)) {
      int equals = part.indexOf('=');
      try {
        query.put(
            PercentCoding.decodeText(equals < 0 ? part : part.substring(0, equals)),
            equals < 0 ? "" : PercentCoding.decodeText(part.substring(equals + 1)));
      } catch (IllegalArgumentException e) {
        throw IamFault.badRequest("the query cannot be decoded");
      }
    }
    return query;
  }

  private static ApiResponse fault(IamFault fault) {
    ApiResponse answer =
        json(
            fault.status(),
            new JsonObject()
                .put(
                    "error",
                    new JsonObject()
                        .put("code", fault.status())
                        .put("message", fault.text())
                        .put("title", fault.title())));
    return fault.status() == 503 ? answer.with("Retry-After", "1") : answer;
  }

  private static ApiResponse json(int status, JsonObject body) {
    return new ApiResponse(
        status,
        Map.of(ApiResponse.CONTENT_TYPE, ApiResponse.JSON),
        ByteString.copyFromUtf8(body.encode()));
  }
}
