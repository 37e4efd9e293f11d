package io.likeness.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ClusterViewTest {

  private static final String HEALTHY =
      """
      {"placement": {"replicas": 2, "draining": []},
       "nodes": [{"name": "node-1", "role": "shard-node"}, {"name": "node-2", "role": "shard-node"},
                 {"name": "gateway-1", "role": "gateway"}],
       "slots": [
         {"slot": 0, "node": "node-1", "serving": true, "state": "serving", "phase": "ready"},
         {"slot": 0, "node": "node-2", "serving": true, "state": "serving", "phase": "ready"}]}
      """;

  @Test
  void missesNothingWhereEveryReplicaServes() throws IOException {
    assertThat(view(HEALTHY).missing(1)).isEmpty();
    assertThat(view(HEALTHY).nodes()).containsExactly("node-1", "node-2");
  }

  @Test
  void tellsOfSlotsThatNobodyServes() throws IOException {
    assertThat(view(HEALTHY).missing(2))
        .containsExactly(
            "1 of 2 slots are served by nobody", "1 of 2 slots have fewer than 2 replicas serving");
  }

  @Test
  void tellsHowFarAReplicaIsThatJoins() throws IOException {
    ClusterView view =
        view(
            """
            {"placement": {"replicas": 2, "draining": []},
             "nodes": [],
             "slots": [
               {"slot": 0, "node": "node-1", "serving": true, "state": "serving", "phase": "ready"},
               {"slot": 0, "node": "node-2", "serving": false, "state": "joining",
                "phase": "copying", "bytes_copied": 30, "bytes_to_copy": 120,
                "applied_offset": 4, "end_offset": 9}]}
            """);

    assertThat(view.missing(1))
        .containsExactly(
            "1 of 1 slots have fewer than 2 replicas serving", "1 replicas are on their way");
    assertThat(view.copying()).isEqualTo(new ClusterView.Progress(30, 120));
    assertThat(view.slots().values().iterator().next().get(1).lag()).isEqualTo(5);
  }

  @Test
  void tellsOfReplicasTooManyAndOfNodesThatAreNotYetEmpty() throws IOException {
    ClusterView view =
        view(
            HEALTHY.replace(
                "\"replicas\": 2, \"draining\": []",
                "\"replicas\": 1, \"draining\": [\"node-2\"]"));

    assertThat(view.missing(1))
        .containsExactly("1 of 1 slots have more than 1 replicas", "node-2 still holds 1 slots");
  }

  private static ClusterView view(String json) throws IOException {
    return ClusterView.of(new ObjectMapper().readTree(json));
  }
}
