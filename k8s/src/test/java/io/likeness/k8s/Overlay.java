package io.likeness.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.ServiceMonitor;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One overlay as Kubernetes gets it, each document read into the class of its kind. */
record Overlay(String name, List<ObjectNode> documents) {

  /** The module's folder: tests run in it. */
  static final Path ROOT = Path.of("").toAbsolutePath();

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<String, Class<?>> KINDS =
      Map.ofEntries(
          Map.entry("v1/Namespace", Namespace.class),
          Map.entry("v1/Service", Service.class),
          Map.entry("v1/ServiceAccount", ServiceAccount.class),
          Map.entry("v1/ConfigMap", ConfigMap.class),
          Map.entry("apps/v1/Deployment", Deployment.class),
          Map.entry("apps/v1/StatefulSet", StatefulSet.class),
          Map.entry("policy/v1/PodDisruptionBudget", PodDisruptionBudget.class),
          Map.entry("networking.k8s.io/v1/NetworkPolicy", NetworkPolicy.class),
          Map.entry("autoscaling/v2/HorizontalPodAutoscaler", HorizontalPodAutoscaler.class),
          Map.entry("monitoring.coreos.com/v1/ServiceMonitor", ServiceMonitor.class),
          Map.entry("monitoring.coreos.com/v1/PrometheusRule", PrometheusRule.class),
          Map.entry("kafka.strimzi.io/v1/Kafka", Kafka.class),
          Map.entry("kafka.strimzi.io/v1/KafkaNodePool", KafkaNodePool.class),
          Map.entry("keda.sh/v1alpha1/ScaledObject", ScaledObject.class));

  /**
   * What runs pods: a Deployment or a StatefulSet, with as many as it asks for where it says so.
   */
  record Workload(HasMetadata object, PodTemplateSpec pods, @Nullable Integer replicas) {

    String name() {
      return object.getMetadata().getName();
    }

    Container container() {
      return pods.getSpec().getContainers().getFirst();
    }

    Map<String, String> labels() {
      return pods.getMetadata().getLabels();
    }
  }

  static Stream<Overlay> all() {
    try (Stream<Path> folders = Files.list(ROOT.resolve("overlays"))) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("kustomization.yaml")))
          .sorted()
          .map(folder -> new Overlay(folder.getFileName().toString(), Kustomization.render(folder)))
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Every document read into its class; an unknown kind or a value of the wrong type is a fault.
   */
  List<Object> typed() {
    List<Object> all = new ArrayList<>();
    documents.forEach(each -> all.add(typed(each)));
    return all;
  }

  static Object typed(JsonNode document) {
    String kind = document.path("apiVersion").asText() + "/" + document.path("kind").asText();
    Class<?> type = KINDS.get(kind);
    if (type == null) {
      throw new IllegalArgumentException("no class is known for " + kind);
    }
    try {
      return JSON.treeToValue(document, type);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          kind + " " + document.at("/metadata/name").asText() + ": " + e.getMessage(), e);
    }
  }

  <T> List<T> all(Class<T> type) {
    return typed().stream().filter(type::isInstance).map(type::cast).toList();
  }

  <T extends HasMetadata> Optional<T> find(Class<T> type, String name) {
    return all(type).stream().filter(each -> each.getMetadata().getName().equals(name)).findFirst();
  }

  List<Workload> workloads() {
    List<Workload> all = new ArrayList<>();
    for (Deployment each : all(Deployment.class)) {
      all.add(new Workload(each, each.getSpec().getTemplate(), each.getSpec().getReplicas()));
    }
    for (StatefulSet each : all(StatefulSet.class)) {
      all.add(new Workload(each, each.getSpec().getTemplate(), each.getSpec().getReplicas()));
    }
    return all;
  }

  Workload workload(String name) {
    return workloads().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(this.name + " runs no " + name));
  }

  List<Workload> selected(Map<String, String> selector) {
    return workloads().stream()
        .filter(each -> each.labels().entrySet().containsAll(selector.entrySet()))
        .toList();
  }

  static boolean selects(@Nullable LabelSelector selector, Map<String, String> labels) {
    if (selector == null) {
      return true;
    }
    Map<String, String> wanted = Optional.ofNullable(selector.getMatchLabels()).orElse(Map.of());
    return labels.entrySet().containsAll(wanted.entrySet())
        && selector.getMatchExpressions().stream().allMatch(each -> holds(each, labels));
  }

  private static boolean holds(LabelSelectorRequirement wanted, Map<String, String> labels) {
    if (!wanted.getOperator().equals("In")) {
      throw new IllegalArgumentException("operator " + wanted.getOperator());
    }
    return wanted.getValues().contains(labels.get(wanted.getKey()));
  }

  @Override
  public String toString() {
    return name;
  }
}
