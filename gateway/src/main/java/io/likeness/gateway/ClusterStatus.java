package io.likeness.gateway;

import io.likeness.wire.ChangePlacementAnswer;
import io.likeness.wire.ChangePlacementRequest;
import io.likeness.wire.ClusterRecord;
import io.likeness.wire.DescribeClusterAnswer;
import io.likeness.wire.InstanceRecord;
import java.util.List;
import java.util.Map;

/** The cluster as its operator sees it. */
public interface ClusterStatus {

  ClusterRecord cluster();

  /** All live instances, whosever they are. */
  List<InstanceRecord> instances();

  /** Nodes, slots and what the shards hold. */
  DescribeClusterAnswer describe(String traceparent);

  /** What an operator wants of the placement from now on, or why that cannot be. */
  ChangePlacementAnswer changePlacement(ChangePlacementRequest request, String traceparent);

  /** How far the ingest workers have come with the log. */
  List<OpsPosition> ops();

  /**
   * One partition of the log.
   *
   * @param committed the next offset of each group of readers; none where a group has not begun
   */
  record OpsPosition(int partition, long endOffset, Map<String, Long> committed) {

    public OpsPosition {
      committed = Map.copyOf(committed);
    }
  }
}
