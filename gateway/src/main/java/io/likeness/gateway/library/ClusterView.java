package io.likeness.gateway.library;

import io.likeness.gateway.ClusterStatus;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.meta.MetaStore;
import io.likeness.node.process.NodeContext;
import io.likeness.wire.ChangePlacementAnswer;
import io.likeness.wire.ChangePlacementRequest;
import io.likeness.wire.ClusterRecord;
import io.likeness.wire.CoordinatorGrpcClient;
import io.likeness.wire.DescribeClusterAnswer;
import io.likeness.wire.DescribeClusterRequest;
import io.likeness.wire.InstanceRecord;
import io.vertx.grpc.common.ServiceMethod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** The cluster as its records, a coordinator and the log itself tell it. */
public final class ClusterView implements ClusterStatus, AutoCloseable {

  /** The groups in which ingest workers read the log: pictures, and everything else. */
  private static final List<String> INGEST_GROUPS =
      List.of("likeness-ingest", "likeness-ingest-changes");

  private final MetaStore meta;
  private final CoordinatorClient coordinator;
  private final Duration askDeadline;
  private final Admin admin;

  /** The client stays its owner's to close. */
  public ClusterView(NodeContext context, CoordinatorClient coordinator, Duration askDeadline) {
    this.meta = context.meta();
    this.coordinator = coordinator;
    this.askDeadline = askDeadline;
    this.admin = KafkaClients.admin(context.kafka());
  }

  @Override
  public ClusterRecord cluster() {
    return meta.cluster();
  }

  @Override
  public List<InstanceRecord> instances() {
    return meta.instances();
  }

  @Override
  public DescribeClusterAnswer describe(String traceparent) {
    return ask(
        CoordinatorGrpcClient.DescribeCluster,
        DescribeClusterRequest.getDefaultInstance(),
        traceparent);
  }

  @Override
  public ChangePlacementAnswer changePlacement(ChangePlacementRequest request, String traceparent) {
    return ask(CoordinatorGrpcClient.ChangePlacement, request, traceparent);
  }

  private <Q, A> A ask(ServiceMethod<A, Q> method, Q question, String traceparent) {
    try {
      return coordinator.ask(method, question, askDeadline, traceparent);
    } catch (CoordinatorAwayException e) {
      throw new LibraryUnavailableException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public List<OpsPosition> ops() {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    Map<String, ListConsumerGroupOffsetsSpec> groups = new HashMap<>();
    int partitions = meta.cluster().getOpsPartitions();
    for (int partition = 0; partition < partitions; partition++) {
      asked.put(new TopicPartition(Topics.OPS, partition), OffsetSpec.latest());
    }
    INGEST_GROUPS.forEach(
        group ->
            groups.put(group, new ListConsumerGroupOffsetsSpec().topicPartitions(asked.keySet())));
    try {
      var ends = admin.listOffsets(asked).all().get(askDeadline.toMillis(), TimeUnit.MILLISECONDS);
      var committed =
          admin
              .listConsumerGroupOffsets(groups)
              .all()
              .get(askDeadline.toMillis(), TimeUnit.MILLISECONDS);
      List<OpsPosition> positions = new ArrayList<>();
      for (int partition = 0; partition < partitions; partition++) {
        TopicPartition topic = new TopicPartition(Topics.OPS, partition);
        Map<String, Long> byGroup = new HashMap<>();
        for (String group : INGEST_GROUPS) {
          OffsetAndMetadata next = committed.getOrDefault(group, Map.of()).get(topic);
          if (next != null) {
            byGroup.put(group, next.offset());
          }
        }
        positions.add(
            new OpsPosition(partition, Objects.requireNonNull(ends.get(topic)).offset(), byGroup));
      }
      return positions;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LibraryUnavailableException("the gateway is stopping", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new LibraryUnavailableException("the log does not tell its positions: " + e, e);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
