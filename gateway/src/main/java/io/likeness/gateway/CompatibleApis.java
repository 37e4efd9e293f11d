package io.likeness.gateway;

import io.likeness.gateway.auth.AuthOutcome;
import io.likeness.gateway.auth.Authenticator;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.auth.iam.IamApi;
import io.likeness.gateway.auth.iam.IamRoute;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.CallMetrics;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.gateway.http.FairShare;
import io.likeness.gateway.http.RateLimits;
import io.likeness.gateway.huawei.HuaweiV1Api;
import io.likeness.gateway.huawei.HuaweiV2Api;
import io.likeness.gateway.huawei.V1Route;
import io.likeness.gateway.huawei.V2Route;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.InstanceRecord;
import java.util.Optional;
import java.util.function.BiFunction;

/** What stands before the compatible APIs: who asks, how often, and the counting of calls. */
final class CompatibleApis {

  private final Authenticator authenticator;
  private final RateLimits rates;
  private final FairShare share;
  private final HuaweiV1Api v1;
  private final HuaweiV2Api v2;
  private final IamApi iam;
  private final Library library;
  private final CallMetrics metrics;

  CompatibleApis(
      Authenticator authenticator,
      RateLimits rates,
      FairShare share,
      HuaweiV1Api v1,
      HuaweiV2Api v2,
      IamApi iam,
      Library library,
      CallMetrics metrics) {
    this.authenticator = authenticator;
    this.rates = rates;
    this.share = share;
    this.v1 = v1;
    this.v2 = v2;
    this.iam = iam;
    this.library = library;
    this.metrics = metrics;
  }

  /** IAM proves who asks by itself: that is what it is for. */
  ApiResponse iam(ApiRequest request) {
    long began = System.nanoTime();
    ApiResponse answer = iam.handle(request);
    String operation =
        IamRoute.find(request.method(), request.rawPath()).map(IamRoute::text).orElse("unknown");
    metrics.called("iam", operation, "", answer.status(), System.nanoTime() - began);
    return answer;
  }

  ApiResponse v1(ApiRequest request) {
    V1Route route = V1Route.find(request.method(), request.rawPath()).orElseThrow();
    return guarded(
        "v1",
        route.operation().text(),
        new Place(route.project(), route.instance()),
        request,
        v1::handle);
  }

  ApiResponse v2(ApiRequest request) {
    V2Route route = V2Route.find(request.method(), request.rawPath()).orElseThrow();
    return guarded(
        "v2",
        route.operation().text(),
        new Place(route.project(), route.instance()),
        request,
        v2::handle);
  }

  /** What a path says the call is about. */
  private record Place(String project, String instance) {}

  private ApiResponse guarded(
      String family,
      String operation,
      Place place,
      ApiRequest request,
      BiFunction<ApiRequest, Principal, ApiResponse> api) {
    long began = System.nanoTime();
    String called = "unknown";
    String instanceUid = "";
    ApiResponse answer;
    switch (authenticator.authenticate(request)) {
      case AuthOutcome.Denied denied ->
          answer =
              ErrorShape.GATEWAY.of(
                  EdgeFault.denied(denied.status(), denied.code(), denied.reason()),
                  request.requestId());
      case AuthOutcome.Authenticated known -> {
        String project = known.principal().projectId();
        if (rates.take(project)) {
          called = operation;
          instanceUid = uid(project, place);
          answer = inItsShare(request, known.principal(), api);
        } else {
          answer =
              ErrorShape.GATEWAY.of(EdgeFault.throttled(rates.perSecond()), request.requestId());
        }
      }
    }
    metrics.called(family, called, instanceUid, answer.status(), System.nanoTime() - began);
    return answer;
  }

  private ApiResponse inItsShare(
      ApiRequest request, Principal principal, BiFunction<ApiRequest, Principal, ApiResponse> api) {
    Optional<FairShare.Place> place = share.take(principal.projectId());
    if (place.isEmpty()) {
      return ErrorShape.GATEWAY.of(
          EdgeFault.full("this account has its share of requests under way"), request.requestId());
    }
    try (FairShare.Place held = place.get()) {
      return api.apply(request, principal);
    }
  }

  /** Of the caller's own instance; a foreign or unknown one has no series of its own. */
  private String uid(String project, Place place) {
    if (!place.project().equals(project) || !InstanceKey.isName(place.instance())) {
      return "";
    }
    return library
        .instance(new InstanceKey(project, place.instance()))
        .map(InstanceRecord::getUid)
        .orElse("");
  }
}
