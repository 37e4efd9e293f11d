package io.likeness.gateway.api;

import io.likeness.gateway.Library;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.InstanceRecord;
import java.util.Map;
import java.util.Objects;

/**
 * One request on its way through an operation: who asks, for what, and which instance it is about.
 */
final class Call {

  private final ApiRequest request;
  private final Principal principal;
  private final Map<String, String> path;
  private final Query query;
  private String instanceUid = "";

  Call(ApiRequest request, Principal principal, Map<String, String> path) {
    this.request = request;
    this.principal = principal;
    this.path = path;
    this.query = Query.parse(request.rawQuery());
  }

  ApiRequest request() {
    return request;
  }

  Principal principal() {
    return principal;
  }

  Query query() {
    return query;
  }

  String traceparent() {
    return request.traceparent();
  }

  String path(String name) {
    return Objects.requireNonNull(path.get(name), name);
  }

  /** The caller's own instance of this name; to others it does not exist. */
  InstanceRecord instance(Library library) {
    String name = path("name");
    if (!InstanceKey.isName(name)) {
      throw noSuchInstance(name);
    }
    InstanceRecord instance =
        library
            .instance(new InstanceKey(principal.projectId(), name))
            .orElseThrow(() -> noSuchInstance(name));
    instanceUid = instance.getUid();
    return instance;
  }

  static ApiFault noSuchInstance(String name) {
    return new ApiFault(
        404, "no_such_instance", "there is no instance \"" + ApiFault.shown(name) + "\"");
  }

  /** The image id of the path, checked. */
  String imageId() {
    return checkedImageId(path("id"));
  }

  static String checkedImageId(String id) {
    ImageIds.fault(id)
        .ifPresent(
            fault -> {
              throw ApiFault.invalid(fault);
            });
    return id;
  }

  /** Empty until an operation has found the instance. */
  String instanceUid() {
    return instanceUid;
  }

  void requireAdmin() {
    if (!principal.admin()) {
      throw new ApiFault(403, "forbidden", "only an administrator may do this");
    }
  }
}
