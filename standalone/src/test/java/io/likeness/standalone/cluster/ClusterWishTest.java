package io.likeness.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.standalone.CannotStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterWishTest {

  private static final ClusterShape KEPT = new ClusterShape(3, 1, 2, 1, 1, 16, 2);

  @TempDir Path folder;

  @Test
  void takesWhatIsNotSaidFromTheFolder() {
    ClusterShape shape = ClusterWish.none().with(ClusterWish.NODES, 4).over(Optional.of(KEPT));

    assertThat(shape).isEqualTo(new ClusterShape(4, 1, 2, 1, 1, 16, 2));
    assertThat(shape.zone(1)).isEqualTo("zone-1");
    assertThat(shape.zone(4)).isEqualTo("zone-2");
  }

  @Test
  void readsWhatItHasWritten() throws IOException {
    Path file = folder.resolve("cluster.json");
    assertThat(ClusterShape.read(file)).isEmpty();

    KEPT.write(file);

    assertThat(ClusterShape.read(file)).contains(KEPT);
    Files.writeString(file, "{\"nodes\": 0}");
    assertThatThrownBy(() -> ClusterShape.read(file))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("nodes is 0, not 1 to 64");
  }

  @Test
  void asksForTwoReplicasOfAFreshClusterAndForNoneOfAnother() {
    assertThat(ClusterWish.none().replicas(true, 3)).hasValue(2);
    assertThat(ClusterWish.none().replicas(true, 1)).hasValue(1);
    assertThat(ClusterWish.none().replicas(false, 3)).isEmpty();
    assertThat(ClusterWish.none().with(ClusterWish.REPLICAS, 3).replicas(false, 3)).hasValue(3);
  }

  @Test
  void refusesWhatCannotBe() {
    assertThatThrownBy(() -> wish(ClusterWish.KAFKA, 3))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("made with 1 brokers of Kafka")
        .hasMessageContaining("changed to 3");
    assertThatThrownBy(() -> wish(ClusterWish.SLOTS, 32))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("made with 16 slots");
    assertThatThrownBy(() -> wish(ClusterWish.NODES, 2))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("cluster scale 2");
    assertThatThrownBy(() -> wish(ClusterWish.REPLICAS, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("replicas is 4, but a cluster of 3 shard nodes");
    assertThatThrownBy(() -> wish(ClusterWish.GATEWAYS, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("gateways is 0, not 1 to 16");
  }

  private static ClusterShape wish(String what, int number) {
    return ClusterWish.none().with(what, number).over(Optional.of(KEPT));
  }
}
