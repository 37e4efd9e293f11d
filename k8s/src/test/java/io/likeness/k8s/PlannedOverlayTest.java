package io.likeness.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.likeness.standalone.sizing.CannotPlan;
import io.likeness.standalone.sizing.Measured;
import io.likeness.standalone.sizing.OverlayWriter;
import io.likeness.standalone.sizing.Sizing;
import io.likeness.standalone.sizing.Sizing.Plan;
import io.likeness.standalone.sizing.Wish;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The overlay that {@code likeness plan --write} makes is one that kustomize and the roles take.
 */
class PlannedOverlayTest {

  private static final long GIB = 1L << 30;
  private static final Path PRODUCTION = Overlay.ROOT.resolve("overlays/production");
  private static final Wish WISH =
      new Wish(40_000_000, 512, false, 200, 100, 2, 16, 30 << 10, 8, 48 * GIB, 1024 * GIB);

  @TempDir Path folder;

  @Test
  void asksForWhatWasPlanned() throws Exception {
    Plan plan = Sizing.plan(WISH, Measured.load());
    OverlayWriter.write(folder, PRODUCTION, WISH, plan);

    assertThat(Files.readString(folder.resolve("kustomization.yaml")))
        .startsWith("# Made by: likeness plan --images 40000000 --dims 512 --qps 200 --p99 100ms");
    Overlay overlay = new Overlay("planned", Kustomization.render(folder));

    StatefulSet shardNodes = overlay.find(StatefulSet.class, "shard-node").orElseThrow();
    Container container = overlay.workload("shard-node").container();
    assertThat(shardNodes.getSpec().getReplicas()).isEqualTo(plan.nodes());
    assertThat(container.getResources().getLimits()).containsEntry("memory", new Quantity("48Gi"));
    assertThat(container.getResources().getRequests()).containsEntry("cpu", new Quantity("8"));
    Map<String, Quantity> disk =
        shardNodes
            .getSpec()
            .getVolumeClaimTemplates()
            .getFirst()
            .getSpec()
            .getResources()
            .getRequests();
    assertThat(Quantity.getAmountInBytes(disk.get("storage")).doubleValue())
        .isBetween(plan.diskPerNode(), plan.diskPerNode() + GIB);
    Map<String, String> environment = ConfigTest.environment(overlay, container);
    assertThat(environment)
        .containsEntry("LIKENESS_SLOTS", Integer.toString(plan.slots()))
        .containsEntry("LIKENESS_OPS_PARTITIONS", Integer.toString(plan.opsPartitions()))
        .containsEntry("JDK_JAVA_OPTIONS", "-Xmx6g -XX:ActiveProcessorCount=8");
    assertThat(overlay.all(HorizontalPodAutoscaler.class).getFirst().getSpec().getMinReplicas())
        .isEqualTo(plan.gateways());
    assertThat(overlay.typed()).filteredOn(HasMetadata.class::isInstance).hasSizeGreaterThan(20);
    ConfigTest test = new ConfigTest();
    test.folder = folder;
    test.theFirstPlacementWaitsForTheShardNodesThereAre(overlay);
    test.everyRoleReadsItsOwnKeysAndNoOthers(overlay);
    test.theHeapLeavesRoomAndTheProcessorsAreThoseAskedFor(overlay);
  }

  @Test
  void overwritesNothing() throws Exception {
    Plan plan = Sizing.plan(WISH, Measured.load());
    OverlayWriter.write(folder, PRODUCTION, WISH, plan);

    assertThatThrownBy(() -> OverlayWriter.write(folder, PRODUCTION, WISH, plan))
        .isInstanceOf(CannotPlan.class)
        .hasMessageContaining("kustomization.yaml is there already");
    assertThatThrownBy(() -> OverlayWriter.write(folder, folder.resolve("none"), WISH, plan))
        .hasMessageContaining("holds no kustomization.yaml to build on");
  }
}
