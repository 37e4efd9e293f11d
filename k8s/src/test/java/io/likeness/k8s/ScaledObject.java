package io.likeness.k8s;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What we use of KEDA's resource, which has no Java classes; anything else in it is a fault. */
record ScaledObject(
    @JsonProperty(required = true) String apiVersion,
    @JsonProperty(required = true) String kind,
    @JsonProperty(required = true) Metadata metadata,
    @JsonProperty(required = true) Spec spec) {

  record Metadata(@JsonProperty(required = true) String name, @Nullable String namespace) {}

  record Spec(
      @JsonProperty(required = true) Target scaleTargetRef,
      int minReplicaCount,
      int maxReplicaCount,
      int pollingInterval,
      int cooldownPeriod,
      @JsonProperty(required = true) List<Trigger> triggers,
      @Nullable Advanced advanced) {}

  record Target(String apiVersion, String kind, @JsonProperty(required = true) String name) {}

  record Trigger(
      @JsonProperty(required = true) String type,
      @Nullable String metricType,
      @JsonProperty(required = true) Map<String, String> metadata) {}

  record Advanced(Autoscaler horizontalPodAutoscalerConfig) {}

  record Autoscaler(
      io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBehavior behavior) {}
}
