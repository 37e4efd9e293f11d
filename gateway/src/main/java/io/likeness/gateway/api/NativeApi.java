package io.likeness.gateway.api;

import io.likeness.gateway.ClusterStatus;
import io.likeness.gateway.Library;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.Quarantine;
import io.likeness.gateway.auth.AccountBook;
import io.likeness.gateway.auth.Accounts;
import io.likeness.gateway.auth.AuthOutcome;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.http.ApiHandler;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.CallMetrics;
import io.likeness.gateway.http.FairShare;
import io.likeness.gateway.http.RateLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The native REST API: finds the operation, asks who calls, and lets the operation answer. What it
 * offers is the list of its operations; the OpenAPI document says the same, and a test compares.
 */
public final class NativeApi implements ApiHandler {

  /** Every path of this API begins so. */
  public static final String PREFIX = "/api/v1/";

  private static final String NAME = "native";

  private final List<Operation> operations;
  private final Function<ApiRequest, AuthOutcome> authenticate;
  private final RateLimits rates;
  private final FairShare share;
  private final CallMetrics metrics;

  private NativeApi(
      List<Operation> operations,
      Function<ApiRequest, AuthOutcome> authenticate,
      RateLimits rates,
      FairShare share,
      CallMetrics metrics) {
    this.operations = operations;
    this.authenticate = authenticate;
    this.rates = rates;
    this.share = share;
    this.metrics = metrics;
  }

  /** What the operations work on. */
  public record Parts(
      Library library,
      long pictureBytesMax,
      Quarantine quarantine,
      ClusterStatus cluster,
      Accounts accounts,
      AccountBook book,
      MasterKey masterKey) {}

  public static NativeApi of(
      Parts parts,
      Function<ApiRequest, AuthOutcome> authenticate,
      RateLimits rates,
      FairShare share,
      CallMetrics metrics) {
    List<Operation> operations = new ArrayList<>();
    operations.addAll(new InstancesApi(parts.library()).operations());
    operations.addAll(new ImagesApi(parts.library(), parts.pictureBytesMax()).operations());
    operations.addAll(
        new SearchApi(parts.library(), parts.pictureBytesMax(), new CursorSeal(parts.masterKey()))
            .operations());
    operations.addAll(new QuarantineApi(parts.quarantine()).operations());
    operations.addAll(new ClusterApi(parts.cluster()).operations());
    operations.addAll(new AccountsApi(parts.accounts(), parts.book()).operations());
    return new NativeApi(List.copyOf(operations), authenticate, rates, share, metrics);
  }

  /** Every operation as method, blank, path: what the OpenAPI document must describe. */
  public Set<String> offered() {
    TreeSet<String> offered = new TreeSet<>();
    operations.forEach(each -> offered.add(each.method() + " " + each.path().text()));
    return offered;
  }

  /** Whether the body of this request may be as large as a picture. */
  public boolean takesPicture(String method, String rawPath) {
    List<String> segments = PathTemplate.split(rawPath);
    for (Operation each : operations) {
      if (each.picture() && each.method().equals(method) && each.path().fits(segments)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public ApiResponse handle(ApiRequest request) {
    long began = System.nanoTime();
    String operation = "unknown";
    Optional<Call> call = Optional.empty();
    ApiResponse response;
    try {
      Found found = find(request);
      operation = found.operation().id();
      Principal principal = principal(request);
      call = Optional.of(new Call(request, principal, found.path()));
      try (FairShare.Place place = place(principal)) {
        response = found.operation().handler().answer(call.get());
      }
    } catch (ApiFault fault) {
      response = fault.response();
    } catch (LibraryUnavailableException e) {
      response = ApiFault.unavailable(String.valueOf(e.getMessage())).response();
    } catch (RuntimeException e) {
      metrics.called(NAME, operation, uid(call), 500, System.nanoTime() - began);
      throw e;
    }
    metrics.called(NAME, operation, uid(call), response.status(), System.nanoTime() - began);
    return response;
  }

  private FairShare.Place place(Principal principal) {
    return share
        .take(principal.projectId())
        .orElseThrow(
            () -> ApiFault.busy("this account has its share of requests under way already"));
  }

  private static String uid(Optional<Call> call) {
    return call.map(Call::instanceUid).orElse("");
  }

  private record Found(Operation operation, Map<String, String> path) {}

  private Found find(ApiRequest request) {
    List<String> segments = PathTemplate.split(request.rawPath());
    TreeSet<String> methods = new TreeSet<>();
    for (Operation each : operations) {
      if (!each.path().fits(segments)) {
        continue;
      }
      if (each.method().equals(request.method())) {
        return new Found(each, each.path().values(segments));
      }
      methods.add(each.method());
    }
    if (methods.isEmpty()) {
      throw new ApiFault(
          404,
          "no_such_path",
          "there is nothing at " + ApiFault.shown(request.rawPath()) + "; see /docs");
    }
    throw ApiFault.methodNotAllowed(request.method(), String.join(", ", methods));
  }

  private Principal principal(ApiRequest request) {
    Principal principal =
        switch (authenticate.apply(request)) {
          case AuthOutcome.Authenticated known -> known.principal();
          case AuthOutcome.Denied denied ->
              throw new ApiFault(
                  denied.status(),
                  denied.status() == 403 ? "forbidden" : "unauthorized",
                  denied.reason());
        };
    if (!rates.take(principal.projectId())) {
      throw ApiFault.throttled(rates.perSecond());
    }
    return principal;
  }
}
