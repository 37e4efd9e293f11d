package io.likeness.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.likeness.k8s.Overlay.Workload;
import io.likeness.node.cluster.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What one manifest names in another is there, and means it. */
class ReferencesTest {

  /** Made by the operator of the cluster, as docs/kubernetes.md says. */
  private static final String KEYS = "likeness-keys";

  static List<Overlay> overlays() {
    return Overlay.all().toList();
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyRoleRuns(Overlay overlay) {
    for (Role role : Role.values()) {
      Workload workload = overlay.workload(role.text());
      assertThat(workload.object())
          .isInstanceOf(role == Role.SHARD_NODE ? StatefulSet.class : Deployment.class);
      assertThat(workload.labels()).containsEntry("app.kubernetes.io/component", role.text());
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void aWorkloadSelectsItsOwnPodsAndNoOthers(Overlay overlay) {
    for (StatefulSet set : overlay.all(StatefulSet.class)) {
      owns(overlay, set, set.getSpec().getSelector().getMatchLabels());
      Service service = overlay.find(Service.class, set.getSpec().getServiceName()).orElseThrow();
      assertThat(service.getSpec().getClusterIP()).isEqualTo("None");
      owns(overlay, set, service.getSpec().getSelector());
    }
    for (Deployment deployment : overlay.all(Deployment.class)) {
      owns(overlay, deployment, deployment.getSpec().getSelector().getMatchLabels());
    }
  }

  private static void owns(Overlay overlay, HasMetadata object, Map<String, String> selector) {
    assertThat(overlay.selected(selector))
        .extracting(Workload::name)
        .containsExactly(object.getMetadata().getName());
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void aServiceLeadsToPortsThatItsPodsHave(Overlay overlay) {
    for (Service service : overlay.all(Service.class)) {
      List<Workload> behind = overlay.selected(service.getSpec().getSelector());
      assertThat(behind).as(service.getMetadata().getName()).isNotEmpty();
      for (Workload workload : behind) {
        for (ServicePort port : service.getSpec().getPorts()) {
          assertThat(portNames(workload.container())).contains(port.getTargetPort().getStrVal());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void aProbeAsksAPortThatIsThere(Overlay overlay) {
    for (Workload workload : overlay.workloads()) {
      Container container = workload.container();
      for (Probe probe :
          List.of(
              container.getStartupProbe(),
              container.getReadinessProbe(),
              container.getLivenessProbe())) {
        IntOrString port =
            probe.getHttpGet() == null
                ? probe.getTcpSocket().getPort()
                : probe.getHttpGet().getPort();
        assertThat(portNames(container)).contains(port.getStrVal());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void aPodThatEndsIsTakenOutOfServiceFirst(Overlay overlay) {
    for (Role role : Role.values()) {
      Workload workload = overlay.workload(role.text());
      Container container = workload.container();
      assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/health/ready");
      assertThat(container.getLivenessProbe().getHttpGet().getPath()).isEqualTo("/health/live");
      long drain = container.getLifecycle().getPreStop().getSleep().getSeconds();
      assertThat(drain).isPositive();
      // What is under way gets its time after the others have heard.
      assertThat(workload.pods().getSpec().getTerminationGracePeriodSeconds())
          .isGreaterThanOrEqualTo(drain + 30);
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyWorkloadHasABudgetForDisruptions(Overlay overlay) {
    Set<String> covered = new HashSet<>();
    for (PodDisruptionBudget budget : overlay.all(PodDisruptionBudget.class)) {
      List<Workload> pods = overlay.selected(budget.getSpec().getSelector().getMatchLabels());
      assertThat(pods).hasSize(1);
      assertThat(budget.getSpec().getMaxUnavailable().getIntVal()).isEqualTo(1);
      assertThat(covered.add(pods.getFirst().name())).isTrue();
    }
    assertThat(covered)
        .containsExactlyInAnyOrderElementsOf(
            overlay.workloads().stream().map(Workload::name).toList());
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void podsAreSpreadOverZonesAndMachines(Overlay overlay) {
    for (Workload workload : overlay.workloads()) {
      List<TopologySpreadConstraint> spread =
          workload.pods().getSpec().getTopologySpreadConstraints();
      assertThat(spread)
          .extracting(TopologySpreadConstraint::getTopologyKey)
          .containsExactly("topology.kubernetes.io/zone", "kubernetes.io/hostname");
      for (TopologySpreadConstraint constraint : spread) {
        assertThat(overlay.selected(constraint.getLabelSelector().getMatchLabels()))
            .extracting(Workload::name)
            .containsExactly(workload.name());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void whatAPodMountsAndReadsIsThereAndEverythingThereIsUsed(Overlay overlay) throws IOException {
    Set<String> used = new HashSet<>();
    for (Workload workload : overlay.workloads()) {
      Set<String> volumes = new HashSet<>();
      for (Volume volume : workload.pods().getSpec().getVolumes()) {
        volumes.add(volume.getName());
        if (volume.getConfigMap() != null) {
          used.add(volume.getConfigMap().getName());
        }
        if (volume.getSecret() != null) {
          assertThat(volume.getSecret().getSecretName()).isEqualTo(KEYS);
        }
      }
      if (workload.object() instanceof StatefulSet set) {
        set.getSpec().getVolumeClaimTemplates().stream()
            .map(PersistentVolumeClaim::getMetadata)
            .forEach(claim -> volumes.add(claim.getName()));
      }
      assertThat(workload.container().getVolumeMounts().stream().map(VolumeMount::getName))
          .as(workload.name())
          .containsExactlyInAnyOrderElementsOf(volumes);
      for (EnvFromSource from : workload.container().getEnvFrom()) {
        used.add(from.getConfigMapRef().getName());
      }
      assertThat(
              overlay.find(ServiceAccount.class, workload.pods().getSpec().getServiceAccountName()))
          .isPresent();
    }
    Set<String> present =
        overlay.all(ConfigMap.class).stream()
            .filter(
                map ->
                    map.getMetadata().getLabels() == null
                        || !map.getMetadata().getLabels().containsKey("grafana_dashboard"))
            .map(map -> map.getMetadata().getName())
            .collect(Collectors.toSet());
    assertThat(present).isEqualTo(used);
    assertThat(Files.readString(Overlay.ROOT.resolve("../docs/kubernetes.md"))).contains(KEYS);
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void allRolesRunTheSameImage(Overlay overlay) {
    assertThat(
            List.of(Role.values()).stream()
                .map(role -> overlay.workload(role.text()).container().getImage())
                .distinct())
        .hasSize(1)
        .allMatch(image -> image.matches("likeness:[0-9][^:]*"), "has a version");
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void whatIsScaledIsScaledByOneAndSaysNoNumberItself(Overlay overlay) {
    List<String> scaled = new ArrayList<>();
    overlay
        .all(HorizontalPodAutoscaler.class)
        .forEach(each -> scaled.add(each.getSpec().getScaleTargetRef().getName()));
    overlay
        .all(ScaledObject.class)
        .forEach(each -> scaled.add(each.spec().scaleTargetRef().name()));

    assertThat(scaled).doesNotHaveDuplicates();
    for (Workload workload : overlay.workloads()) {
      assertThat(workload.replicas() == null)
          .as("%s leaves its number to a scaler", workload.name())
          .isEqualTo(scaled.contains(workload.name()));
    }
    assertThat(scaled).allMatch(name -> overlay.find(Deployment.class, name).isPresent());
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void figuresAreReadFromPortsThatServicesHave(Overlay overlay) {
    for (ServiceMonitor monitor : overlay.all(ServiceMonitor.class)) {
      List<Service> services =
          overlay.all(Service.class).stream()
              .filter(
                  each ->
                      each.getMetadata().getLabels() != null
                          && Overlay.selects(
                              monitor.getSpec().getSelector(), each.getMetadata().getLabels()))
              .toList();
      assertThat(services).hasSize(1);
      assertThat(services.getFirst().getMetadata().getLabels())
          .containsKey(monitor.getSpec().getJobLabel());
      assertThat(services.getFirst().getSpec().getPorts())
          .extracting(ServicePort::getName)
          .contains(monitor.getSpec().getEndpoints().getFirst().getPort());
      for (Role role : Role.values()) {
        assertThat(overlay.selected(services.getFirst().getSpec().getSelector()))
            .extracting(Workload::name)
            .contains(role.text());
      }
    }
  }

  private static List<String> portNames(Container container) {
    return container.getPorts().stream().map(port -> port.getName()).toList();
  }
}
