package io.likeness.gateway;

import io.likeness.gateway.api.NativeApi;
import io.likeness.gateway.auth.iam.IamApi;
import io.likeness.gateway.auth.iam.IamRoute;
import io.likeness.gateway.http.ApiHandler;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.gateway.http.RequestHeaders;
import io.likeness.gateway.http.Route;
import io.likeness.gateway.http.Router;
import io.likeness.gateway.huawei.V1Route;
import io.likeness.gateway.huawei.V2Route;
import java.util.Locale;
import java.util.Optional;

/** What this gateway serves, and how large a body each part takes. */
final class Site implements Router {

  /** Of requests that carry no picture. */
  private static final long SMALL_BODY_BYTES_MAX = 1 << 20;

  /** What stands around a picture in a form or in JSON: vectors, attributes, boundaries. */
  private static final long AROUND_PICTURE_BYTES = 512 << 10;

  private final NativeApi nativeApi;
  private final CompatibleApis compatible;
  private final RpcApis rpc;
  private final Pages pages;
  private final long pictureBytesMax;

  Site(
      NativeApi nativeApi,
      CompatibleApis compatible,
      RpcApis rpc,
      Pages pages,
      long pictureBytesMax) {
    this.nativeApi = nativeApi;
    this.compatible = compatible;
    this.rpc = rpc;
    this.pages = pages;
    this.pictureBytesMax = pictureBytesMax;
  }

  @Override
  public Route route(String method, String rawPath, RequestHeaders headers) {
    if (rawPath.startsWith(NativeApi.PREFIX)) {
      return nativeRoute(method, rawPath, headers);
    }
    if (IamRoute.find(method, rawPath).isPresent()) {
      return new Route.Take(IamApi.BODY_BYTES_MAX, ErrorShape.GATEWAY, compatible::iam);
    }
    if (V1Route.find(method, rawPath).isPresent()) {
      return guarded(
          GatewayConfig.COMPATIBLE_BODY_BYTES_MAX, ErrorShape.GATEWAY, headers, compatible::v1);
    }
    if (V2Route.find(method, rawPath).isPresent()) {
      return guarded(
          GatewayConfig.COMPATIBLE_BODY_BYTES_MAX, ErrorShape.GATEWAY, headers, compatible::v2);
    }
    Optional<Route> call = rpc.find(method, rawPath, headers);
    if (call.isPresent()) {
      return call.get();
    }
    Optional<ApiHandler> page = pages.find(method, rawPath);
    if (page.isPresent()) {
      return new Route.Take(0, ErrorShape.NATIVE, page.get());
    }
    return new Route.Refuse(ErrorShape.GATEWAY, EdgeFault.noSuchPath(method, rawPath));
  }

  private Route nativeRoute(String method, String rawPath, RequestHeaders headers) {
    long bodyBytesMax =
        nativeApi.takesPicture(method, rawPath) ? pictureBody(headers) : SMALL_BODY_BYTES_MAX;
    return guarded(bodyBytesMax, ErrorShape.NATIVE, headers, nativeApi);
  }

  private long pictureBody(RequestHeaders headers) {
    String type = headers.first("content-type").orElse("").toLowerCase(Locale.ROOT);
    if (type.startsWith("application/json")) {
      return pictureBytesMax / 3 * 4 + 4 + AROUND_PICTURE_BYTES;
    }
    return type.startsWith("multipart/") ? pictureBytesMax + AROUND_PICTURE_BYTES : pictureBytesMax;
  }

  /** Who shows no credentials at all is told so before a large body is read. */
  private static Route guarded(
      long bodyBytesMax, ErrorShape errors, RequestHeaders headers, ApiHandler handler) {
    boolean known =
        headers.first("authorization").isPresent() || headers.first("x-auth-token").isPresent();
    return known
        ? new Route.Take(bodyBytesMax, errors, handler)
        : new Route.Unread(errors, handler);
  }
}
