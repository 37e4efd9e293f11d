package io.likeness.standalone.cluster;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Answer;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.client.ApiFailure;
import io.likeness.standalone.client.Login;
import java.net.URI;
import java.util.List;
import java.util.OptionalInt;

/** The administrator's calls, through whichever gateway answers. */
final class ClusterAdmin implements AutoCloseable {

  private final List<Api> gateways;

  ClusterAdmin(List<URI> gateways, Login login) {
    this.gateways = gateways.stream().map(gateway -> new Api(gateway, login)).toList();
  }

  ClusterView view() {
    return ClusterView.of(call("GET", "/cluster", Api.Body.NONE).orThrow());
  }

  /** What is absent or empty stays. */
  void change(OptionalInt replicas, List<String> drain, List<String> undrain) {
    ObjectNode wanted = Api.object();
    replicas.ifPresent(number -> wanted.put("replicas", number));
    names(wanted, "drain", drain);
    names(wanted, "undrain", undrain);
    call("PUT", "/cluster/placement", Api.Body.json(wanted)).orThrow();
  }

  private static void names(ObjectNode wanted, String key, List<String> names) {
    if (!names.isEmpty()) {
      ArrayNode array = wanted.putArray(key);
      names.forEach(array::add);
    }
  }

  /** Each call may be made twice: saying the same again changes nothing. */
  private Answer call(String method, String path, Api.Body body) {
    ApiFailure silence = new ApiFailure(0, "", "there is no gateway");
    for (Api gateway : gateways) {
      try {
        return gateway.call(method, path, body);
      } catch (ApiFailure e) {
        silence = e;
      }
    }
    throw silence;
  }

  @Override
  public void close() {
    gateways.forEach(Api::close);
  }
}
