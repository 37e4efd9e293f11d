package io.likeness.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.likeness.gateway.alibaba.ImageSearchApi;
import io.likeness.gateway.alibaba.InMemoryUploads;
import io.likeness.gateway.alibaba.UploadDesk;
import io.likeness.gateway.api.NativeApi;
import io.likeness.gateway.auth.AuthScene;
import io.likeness.gateway.auth.Credentials;
import io.likeness.gateway.auth.iam.IamApi;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.CallMetrics;
import io.likeness.gateway.http.FairShare;
import io.likeness.gateway.http.RateLimits;
import io.likeness.gateway.http.Route;
import io.likeness.gateway.huawei.HuaweiV1Api;
import io.likeness.gateway.huawei.HuaweiV2Api;
import io.likeness.gateway.json.JsonBody;
import io.likeness.node.process.Health;
import io.likeness.node.process.Metrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/**
 * Everything behind the server, over a library in memory: the real routes and the real handlers.
 */
public final class GatewayScene {

  public static final long PICTURE_BYTES_MAX = 10_000;

  public final InMemoryLibrary library = new InMemoryLibrary();
  public final InMemoryQuarantine quarantine = new InMemoryQuarantine();
  public final AuthScene auth = new AuthScene();
  public final PrometheusMeterRegistry metrics = Metrics.create();
  public final Health health = new Health();
  final NativeApi nativeApi;
  final Pages pages;
  private final Site site;

  public GatewayScene() {
    this(new RateLimits(1e6, 1e6, System::nanoTime), new FairShare(512));
  }

  GatewayScene(RateLimits rates) {
    this(rates, new FairShare(512));
  }

  GatewayScene(RateLimits rates, FairShare share) {
    CallMetrics calls = new CallMetrics(metrics);
    nativeApi =
        NativeApi.of(
            new NativeApi.Parts(
                library,
                PICTURE_BYTES_MAX,
                quarantine,
                new FixedClusterStatus(library),
                auth.accounts,
                auth.book,
                auth.masterKey),
            auth.authenticator::authenticate,
            rates,
            share,
            calls);
    HuaweiV1Api v1 =
        new HuaweiV1Api(
            library,
            new HuaweiV1Api.Settings(Duration.ofSeconds(2), Duration.ofSeconds(5), "default"));
    HuaweiV2Api v2 =
        new HuaweiV2Api(
            library, new HuaweiV2Api.Settings(Duration.ofSeconds(2), Duration.ofSeconds(5)));
    IamApi iam =
        new IamApi(
            auth.authenticator,
            auth.book,
            auth.tokens,
            auth.temporaryKeys,
            auth.passwords,
            auth.failures,
            auth.masterKey);
    CompatibleApis compatible =
        new CompatibleApis(auth.authenticator, rates, share, v1, v2, iam, library, calls);
    UploadDesk uploads =
        new UploadDesk(
            new InMemoryUploads(32L << 20, UploadDesk.LIFE, auth.nanos::get),
            auth.masterKey,
            auth.random,
            () -> 0);
    RpcApis rpc =
        new RpcApis(
            auth.rpc,
            rates,
            share,
            new ImageSearchApi(
                library,
                uploads,
                new ImageSearchApi.Settings(Duration.ofSeconds(2), Duration.ofSeconds(5), 10)),
            uploads,
            library,
            calls);
    pages = new Pages(health, metrics, auth.authenticator::authenticate);
    site = new Site(nativeApi, compatible, rpc, pages, PICTURE_BYTES_MAX);
  }

  public static Requests as(Credentials account, String method, String target) {
    String pair = account.accessKey() + ":" + account.secretKey();
    return Requests.of(method, target)
        .at(AuthScene.NOW)
        .header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
  }

  public static Requests mine(String method, String target) {
    return as(AuthScene.MINE, method, target);
  }

  public ApiResponse send(Requests request) {
    return send(request.build());
  }

  public ApiResponse send(ApiRequest request) {
    return switch (site.route(request.method(), request.rawPath(), request.headers())) {
      case Route.Take take -> take.handler().handle(request);
      case Route.Unread unread -> unread.handler().handle(request);
      case Route.Refuse no -> no.errors().of(no.fault(), request.requestId());
    };
  }

  /** A JSON request of the first account. */
  public ApiResponse send(String method, String target, String json) {
    return send(mine(method, target).header("Content-Type", "application/json").body(json));
  }

  public ApiResponse get(String target) {
    return send(mine("GET", target));
  }

  public ApiResponse picture(String method, String target, ByteString picture) {
    return send(mine(method, target).header("Content-Type", "image/png").body(picture));
  }

  public static JsonNode json(ApiResponse response) {
    try {
      return JsonBody.MAPPER.readTree(response.body().toStringUtf8());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
