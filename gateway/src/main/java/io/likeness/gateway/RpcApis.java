package io.likeness.gateway;

import io.likeness.gateway.alibaba.Action;
import io.likeness.gateway.alibaba.ImageSearchApi;
import io.likeness.gateway.alibaba.UploadDesk;
import io.likeness.gateway.auth.AuthOutcome;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.auth.RpcAuthenticator;
import io.likeness.gateway.auth.RpcCall;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.CallMetrics;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.gateway.http.FairShare;
import io.likeness.gateway.http.RateLimits;
import io.likeness.gateway.http.RequestHeaders;
import io.likeness.gateway.http.Route;
import io.likeness.gateway.http.RpcErrors;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.InstanceRecord;
import java.util.Locale;
import java.util.Optional;

/**
 * What stands before the API in RPC style: which requests are its calls, who makes them, how often,
 * and the counting. All of it lies under one path, so method and headers tell calls, uploads and
 * the start page apart.
 */
final class RpcApis {

  /** As the original's. */
  private static final long BODY_BYTES_MAX = 8L << 20;

  private static final String PATH = "/";
  private static final String METRICS = "alibaba";

  private final RpcAuthenticator authenticator;
  private final RateLimits rates;
  private final FairShare share;
  private final ImageSearchApi api;
  private final UploadDesk uploads;
  private final Library library;
  private final CallMetrics metrics;

  RpcApis(
      RpcAuthenticator authenticator,
      RateLimits rates,
      FairShare share,
      ImageSearchApi api,
      UploadDesk uploads,
      Library library,
      CallMetrics metrics) {
    this.authenticator = authenticator;
    this.rates = rates;
    this.share = share;
    this.api = api;
    this.uploads = uploads;
    this.library = library;
    this.metrics = metrics;
  }

  /** Where a request goes, if it is one of these. */
  Optional<Route> find(String method, String rawPath, RequestHeaders headers) {
    if (!rawPath.equals(PATH)) {
      return Optional.empty();
    }
    boolean namesAction = headers.first(RpcCall.ACTION_HEADER).isPresent();
    String type = headers.first("content-type").orElse("").toLowerCase(Locale.ROOT);
    if (method.equals("POST") && !namesAction && type.startsWith("multipart/form-data")) {
      return Optional.of(
          new Route.Take(UploadDesk.BODY_BYTES_MAX, ErrorShape.UPLOAD, this::upload));
    }
    return namesAction || method.equals("POST")
        ? Optional.of(new Route.Take(BODY_BYTES_MAX, ErrorShape.RPC, this::call))
        : Optional.empty();
  }

  private ApiResponse upload(ApiRequest request) {
    long began = System.nanoTime();
    ApiResponse answer = uploads.receive(request);
    metrics.called(METRICS, "upload", "", answer.status(), System.nanoTime() - began);
    return answer;
  }

  private ApiResponse call(ApiRequest request) {
    long began = System.nanoTime();
    RpcCall call;
    try {
      call = RpcCall.read(request);
    } catch (IllegalArgumentException e) {
      return RpcErrors.of(
          400, "InvalidParameter", String.valueOf(e.getMessage()), request.requestId());
    }
    String operation = "unknown";
    String instanceUid = "";
    ApiResponse answer;
    switch (authenticator.authenticate(call)) {
      case AuthOutcome.Denied denied ->
          answer =
              RpcErrors.of(denied.status(), denied.code(), denied.reason(), request.requestId());
      case AuthOutcome.Authenticated known -> {
        operation = Action.find(call.action()).map(Action::text).orElse(operation);
        instanceUid = uid(known.principal().projectId(), call);
        answer =
            rates.take(known.principal().projectId())
                ? inItsShare(call, known.principal())
                : ErrorShape.RPC.of(EdgeFault.throttled(rates.perSecond()), request.requestId());
      }
    }
    metrics.called(METRICS, operation, instanceUid, answer.status(), System.nanoTime() - began);
    return answer;
  }

  private ApiResponse inItsShare(RpcCall call, Principal principal) {
    Optional<FairShare.Place> place = share.take(principal.projectId());
    if (place.isEmpty()) {
      return ErrorShape.RPC.of(
          EdgeFault.full("this account has its share of requests under way"),
          call.request().requestId());
    }
    try (FairShare.Place held = place.get()) {
      return api.handle(call, principal);
    }
  }

  /** Of the caller's own instance; an unknown one has no series of its own. */
  private String uid(String project, RpcCall call) {
    return call.arguments()
        .bytes("InstanceName")
        .map(name -> name.toStringUtf8())
        .filter(InstanceKey::isName)
        .flatMap(name -> library.instance(new InstanceKey(project, name)))
        .map(InstanceRecord::getUid)
        .orElse("");
  }
}
