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
import io.likeness.gateway.huawei.V1Route;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.InstanceRecord;
import java.util.Optional;

/** What stands before the compatible APIs: who asks, how often, and the counting of calls. */
final class CompatibleApis {

  private final Authenticator authenticator;
  private final RateLimits rates;
  private final FairShare share;
  private final HuaweiV1Api v1;
  private final IamApi iam;
  private final Library library;
  private final CallMetrics metrics;

  CompatibleApis(
      Authenticator authenticator,
      RateLimits rates,
      FairShare share,
      HuaweiV1Api v1,
      IamApi iam,
      Library library,
      CallMetrics metrics) {
    this.authenticator = authenticator;
    this.rates = rates;
    this.share = share;
    this.v1 = v1;
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
    long began = System.nanoTime();
    String operation = "unknown";
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
          V1Route route = V1Route.find(request.method(), request.rawPath()).orElseThrow();
          operation = route.operation().text();
          instanceUid = uid(project, route);
          answer = inItsShare(request, known.principal());
        } else {
          answer =
              ErrorShape.GATEWAY.of(EdgeFault.throttled(rates.perSecond()), request.requestId());
        }
      }
    }
    metrics.called("v1", operation, instanceUid, answer.status(), System.nanoTime() - began);
    return answer;
  }

  private ApiResponse inItsShare(ApiRequest request, Principal principal) {
    Optional<FairShare.Place> place = share.take(principal.projectId());
    if (place.isEmpty()) {
      return ErrorShape.GATEWAY.of(
          EdgeFault.full("this account has its share of requests under way"), request.requestId());
    }
    try (FairShare.Place held = place.get()) {
      return v1.handle(request, principal);
    }
  }

  /** Of the caller's own instance; a foreign or unknown one has no series of its own. */
  private String uid(String project, V1Route route) {
    if (!route.project().equals(project) || !InstanceKey.isName(route.instance())) {
      return "";
    }
    return library
        .instance(new InstanceKey(project, route.instance()))
        .map(InstanceRecord::getUid)
        .orElse("");
  }
}
