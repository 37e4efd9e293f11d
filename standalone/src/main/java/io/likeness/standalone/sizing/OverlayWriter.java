package io.likeness.standalone.sizing;

import io.likeness.standalone.sizing.Sizing.Plan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes a plan as an overlay of kustomize over {@code k8s/overlays/production}. */
public final class OverlayWriter {

  private static final long GIB = 1L << 30;

  private OverlayWriter() {}

  /** Fails where the folder holds an overlay already. */
  public static void write(Path folder, Path production, Wish wish, Plan plan) throws IOException {
    if (!Files.isRegularFile(production.resolve("kustomization.yaml"))) {
      throw new CannotPlan(production + " holds no kustomization.yaml to build on");
    }
    Files.createDirectories(folder);
    String base =
        folder.toRealPath().relativize(production.toRealPath()).toString().replace('\\', '/');
    try {
      create(folder.resolve("kustomization.yaml"), kustomization(base, wish, plan));
      create(folder.resolve("coordinator.properties"), coordinator(wish, plan));
    } catch (FileAlreadyExistsException e) {
      throw new CannotPlan(e.getFile() + " is there already; name another folder, or remove it");
    }
  }

  private static void create(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
  }

  private static String coordinator(Wish wish, Plan plan) {
    return """
        coordinator.placement.replicas = %d
        # The first placement waits for all shard nodes, so that nothing has to move right afterwards.
        coordinator.placement.nodes.min = %d
        coordinator.placement.settle = 10s
        """
        .formatted(wish.replicas(), plan.nodes());
  }

  private static String kustomization(String base, Wish wish, Plan plan) {
    return """
        # Made by: likeness plan --images %1$d --dims %2$d --qps %3$d --p99 %4$dms --replicas %5$d
        # Slots and partitions are fixed when the cluster is created.
        apiVersion: kustomize.config.k8s.io/v1beta1
        kind: Kustomization
        namespace: likeness
        resources:
          - %6$s
        replicas:
          - {name: shard-node, count: %7$d}
        configMapGenerator:
          - name: cluster-env
            behavior: merge
            literals:
              - LIKENESS_SLOTS=%8$d
              - LIKENESS_OPS_PARTITIONS=%9$d
          - name: coordinator-config
            behavior: replace
            files:
              - coordinator.properties
          - name: shard-node-env
            behavior: merge
            literals:
              - JDK_JAVA_OPTIONS=-Xmx%10$dg -XX:ActiveProcessorCount=%11$d
          - name: gateway-env
            behavior: merge
            literals:
              - JDK_JAVA_OPTIONS=-Xmx2g -XX:ActiveProcessorCount=4
          - name: coordinator-env
            behavior: merge
            literals:
              - JDK_JAVA_OPTIONS=-Xmx2g -XX:ActiveProcessorCount=4
        patches:
          - target: {kind: StatefulSet, name: shard-node}
            patch: |
              - {op: replace, path: /spec/template/spec/containers/0/resources/requests/cpu, value: "%11$d"}
              - {op: replace, path: /spec/template/spec/containers/0/resources/requests/memory, value: %12$dGi}
              - {op: replace, path: /spec/template/spec/containers/0/resources/limits/memory, value: %12$dGi}
              - {op: replace, path: /spec/volumeClaimTemplates/0/spec/resources/requests/storage, value: %13$dGi}
          - target: {kind: Deployment, name: gateway|coordinator}
            patch: |
              - {op: replace, path: /spec/template/spec/containers/0/resources/requests/cpu, value: "4"}
              - {op: replace, path: /spec/template/spec/containers/0/resources/requests/memory, value: 6Gi}
              - {op: replace, path: /spec/template/spec/containers/0/resources/limits/memory, value: 6Gi}
          - target: {kind: HorizontalPodAutoscaler, name: gateway}
            patch: |
              - {op: replace, path: /spec/minReplicas, value: %14$d}
              - {op: replace, path: /spec/maxReplicas, value: %15$d}
          - target: {kind: ScaledObject, name: coordinator}
            patch: |
              - {op: replace, path: /spec/minReplicaCount, value: %16$d}
              - {op: replace, path: /spec/maxReplicaCount, value: %17$d}
          - target: {kind: ScaledObject, name: ingest-worker}
            patch: |
              - {op: replace, path: /spec/minReplicaCount, value: %18$d}
              - {op: replace, path: /spec/maxReplicaCount, value: %19$d}
          - target: {kind: KafkaNodePool, name: nodes}
            patch: |
              - {op: replace, path: /spec/storage/volumes/0/size, value: %20$dGi}
        """
        .formatted(
            wish.images(),
            wish.dimensions(),
            Math.round(wish.qps()),
            Math.round(wish.p99Millis()),
            wish.replicas(),
            base,
            plan.nodes(),
            plan.slots(),
            plan.opsPartitions(),
            Math.max(1, plan.heapBytes() / GIB),
            wish.cores(),
            wish.memoryBytes() / GIB,
            Math.max(10, (long) Math.ceil(plan.diskPerNode() / GIB)),
            plan.gateways(),
            plan.gateways() * 3,
            plan.coordinators(),
            plan.coordinators() * 3,
            plan.workers(),
            Math.max(plan.workers(), plan.opsPartitions() / 2),
            Math.max(20, (long) Math.ceil(plan.kafkaBytes() / GIB)));
  }
}
