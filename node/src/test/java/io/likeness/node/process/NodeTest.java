package io.likeness.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.node.config.Ports;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeTest {

  private static final HostPort ANY = new HostPort("127.0.0.1", 0);

  @Test
  void twoProcessesFindEachOtherAndAgreeOnAssignments(@TempDir Path folder) throws Exception {
    HostPort first = ANY.withPort(Ports.free());
    HostPort second = ANY.withPort(Ports.free());
    List<HostPort> seeds = List.of(first, second);
    try (EmbeddedKafka broker = EmbeddedKafka.start(folder);
        Node one = Node.start(config("one", broker, first, seeds), Set.of(Role.SHARD_NODE));
        Node two =
            Node.start(
                config("two", broker, second, seeds), Set.of(Role.COORDINATOR, Role.GATEWAY))) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(two.context().membership().members())
                      .extracting(NodeInfo::name)
                      .containsExactly("one", "two"));
      NodeInfo seen = two.context().membership().members(Role.SHARD_NODE).getFirst();
      assertThat(seen.grpc()).isEqualTo(one.context().grpc().address());

      SlotAssignment assignment =
          SlotAssignment.newBuilder()
              .setSlot(3)
              .setNode("one")
              .setTerm(1)
              .setState(ReplicaState.SERVING)
              .build();
      two.context().assignments().update(before -> List.of(assignment));
      one.context().assignments().readToEnd();
      assertThat(one.context().assignments().ofNode("one")).containsExactly(assignment);

      assertThat(get(one, "/health/ready").statusCode()).isEqualTo(200);
      one.context()
          .health()
          .register("late", () -> Health.State.down("slot 3 is 7 records behind"));
      HttpResponse<String> ready = get(one, "/health/ready");
      assertThat(ready.statusCode()).isEqualTo(503);
      assertThat(ready.body()).contains("slot 3 is 7 records behind");
      assertThat(get(one, "/metrics").body()).contains("jvm_memory_used_bytes");
    }
  }

  private static HttpResponse<String> get(Node node, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://" + node.managementAddress() + path);
      return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  private static NodeConfig config(
      String name, EmbeddedKafka broker, HostPort address, List<HostPort> seeds) {
    return new NodeConfig(
        name, "", broker.settings(), "node-test", address, seeds, ANY, ANY, 2, 4, Optional.empty());
  }
}
