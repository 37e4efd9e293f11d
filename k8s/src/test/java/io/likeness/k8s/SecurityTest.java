package io.likeness.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.likeness.k8s.Overlay.Workload;
import io.likeness.node.cluster.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing may more than it must: processes, accounts, and who may speak with whom. */
class SecurityTest {

  static List<Overlay> overlays() {
    return Overlay.all().toList();
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void noProcessMayWhatItNeedNot(Overlay overlay) {
    for (Workload workload : overlay.workloads()) {
      PodSpec pod = workload.pods().getSpec();
      assertThat(pod.getContainers()).hasSize(1);
      assertThat(pod.getInitContainers()).isNullOrEmpty();
      Container container = workload.container();
      SecurityContext may = container.getSecurityContext();
      assertThat(may.getReadOnlyRootFilesystem()).isTrue();
      assertThat(may.getAllowPrivilegeEscalation()).isFalse();
      assertThat(may.getCapabilities().getDrop()).containsExactly("ALL");
      assertThat(may.getCapabilities().getAdd()).isNullOrEmpty();
      assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
      assertThat(pod.getSecurityContext().getRunAsUser()).isPositive();
      assertThat(pod.getSecurityContext().getSeccompProfile().getType())
          .isEqualTo("RuntimeDefault");
      assertThat(container.getResources().getLimits()).containsKey("memory");
    }
    assertThat(overlay.all(Namespace.class).getFirst().getMetadata().getLabels())
        .containsEntry("pod-security.kubernetes.io/enforce", "restricted");
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void noProcessHoldsATokenOfTheClusterOrSharesAnAccount(Overlay overlay) {
    List<String> accounts = new ArrayList<>();
    for (Workload workload : overlay.workloads()) {
      PodSpec pod = workload.pods().getSpec();
      assertThat(pod.getAutomountServiceAccountToken()).isFalse();
      accounts.add(pod.getServiceAccountName());
    }
    assertThat(accounts).doesNotHaveDuplicates();
    assertThat(overlay.all(ServiceAccount.class))
        .allMatch(account -> Boolean.FALSE.equals(account.getAutomountServiceAccountToken()))
        .extracting(account -> account.getMetadata().getName())
        .containsExactlyInAnyOrderElementsOf(accounts);
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void noServiceOfTheNamespaceBecomesASettingOfARole(Overlay overlay) {
    for (Workload workload : overlay.workloads()) {
      assertThat(workload.pods().getSpec().getEnableServiceLinks()).isFalse();
    }
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void whoMustSpeakMay(Overlay overlay) {
    for (Role one : Role.values()) {
      for (Role other : Role.values()) {
        assertThat(may(overlay, one.text(), other.text(), "cluster"))
            .as("%s %s", one, other)
            .isTrue();
      }
      if (hasPlainKafka(overlay)) {
        assertThat(may(overlay, one.text(), "kafka", "kafka")).isTrue();
      }
    }
    assertThat(may(overlay, "gateway", "coordinator", "grpc")).isTrue();
    assertThat(may(overlay, "coordinator", "shard-node", "grpc")).isTrue();
    assertThat(may(overlay, "shard-node", "shard-node", "grpc")).isTrue();
    if (hasPlainKafka(overlay)) {
      assertThat(may(overlay, "kafka", "kafka", "kafka")).isTrue();
      assertThat(may(overlay, "kafka", "kafka", "controller")).isTrue();
    }
    assertThat(ingress(overlay, overlay.workload("gateway"), null, "http")).isTrue();
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void whoNeedNotSpeakMayNot(Overlay overlay) {
    for (Role one : Role.values()) {
      for (Role other : Role.values()) {
        assertThat(may(overlay, one.text(), other.text(), "management")).isFalse();
        boolean asks =
            (one == Role.GATEWAY && other == Role.COORDINATOR)
                || (one == Role.COORDINATOR && other == Role.SHARD_NODE)
                || (one == Role.SHARD_NODE && other == Role.SHARD_NODE);
        assertThat(may(overlay, one.text(), other.text(), "grpc"))
            .as("%s asks %s", one, other)
            .isEqualTo(asks);
        assertThat(ingress(overlay, overlay.workload(other.text()), null, "grpc")).isFalse();
      }
      if (hasPlainKafka(overlay)) {
        assertThat(may(overlay, one.text(), "kafka", "controller")).isFalse();
        assertThat(may(overlay, "kafka", one.text(), "cluster")).isFalse();
      }
    }
  }

  private static boolean hasPlainKafka(Overlay overlay) {
    return overlay.workloads().stream().anyMatch(each -> each.name().equals("kafka"));
  }

  /** Both sides must allow it: the policies of the one who speaks and of the one who hears. */
  private static boolean may(Overlay overlay, String from, String to, String port) {
    Workload source = overlay.workload(from);
    Workload target = overlay.workload(to);
    return egress(overlay, source, target, port) && ingress(overlay, target, source, port);
  }

  private static boolean egress(Overlay overlay, Workload from, Workload to, String port) {
    return policies(overlay, from, "Egress").stream()
        .flatMap(each -> each.getSpec().getEgress().stream())
        .anyMatch(rule -> ports(rule.getPorts(), port) && peers(rule.getTo(), to));
  }

  private static boolean ingress(
      Overlay overlay, Workload to, @Nullable Workload from, String port) {
    return policies(overlay, to, "Ingress").stream()
        .flatMap(each -> each.getSpec().getIngress().stream())
        .anyMatch(rule -> ports(rule.getPorts(), port) && peers(rule.getFrom(), from));
  }

  private static List<NetworkPolicy> policies(Overlay overlay, Workload of, String way) {
    List<NetworkPolicy> all =
        overlay.all(NetworkPolicy.class).stream()
            .filter(each -> each.getSpec().getPolicyTypes().contains(way))
            .filter(each -> Overlay.selects(each.getSpec().getPodSelector(), of.labels()))
            .toList();
    assertThat(all).as("%s is closed before anything is opened", of.name()).isNotEmpty();
    return all;
  }

  private static boolean ports(List<NetworkPolicyPort> ports, String wanted) {
    return ports.stream().anyMatch(port -> wanted.equals(port.getPort().getStrVal()));
  }

  /** Nobody named means anybody; no workload stands for somebody from outside. */
  private static boolean peers(@Nullable List<NetworkPolicyPeer> peers, @Nullable Workload other) {
    if (peers == null || peers.isEmpty()) {
      return true;
    }
    Map<String, String> labels = other == null ? Map.of() : other.labels();
    return other != null
        && peers.stream()
            .anyMatch(
                peer ->
                    peer.getPodSelector() != null
                        && peer.getNamespaceSelector() == null
                        && Overlay.selects(peer.getPodSelector(), labels));
  }
}
