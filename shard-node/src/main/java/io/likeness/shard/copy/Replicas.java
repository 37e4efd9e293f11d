package io.likeness.shard.copy;

import io.likeness.node.config.HostPort;
import io.likeness.wire.DescribeGraphsAnswer;
import io.likeness.wire.DescribeGraphsRequest;
import io.likeness.wire.DescribeSlotsAnswer;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.EndCopyAnswer;
import io.likeness.wire.EndCopyRequest;
import io.likeness.wire.OpenCopyAnswer;
import io.likeness.wire.OpenCopyRequest;
import io.likeness.wire.ReadCopyAnswer;
import io.likeness.wire.ReadCopyRequest;
import io.likeness.wire.ReadGraphAnswer;
import io.likeness.wire.ReadGraphRequest;
import io.vertx.core.Future;

/** Other shard nodes, asked for what they hold. */
public interface Replicas {

  Future<OpenCopyAnswer> open(HostPort where, OpenCopyRequest request);

  Future<ReadCopyAnswer> read(HostPort where, ReadCopyRequest request);

  Future<EndCopyAnswer> end(HostPort where, EndCopyRequest request);

  Future<DescribeGraphsAnswer> graphs(HostPort where, DescribeGraphsRequest request);

  Future<ReadGraphAnswer> readGraph(HostPort where, ReadGraphRequest request);

  Future<DescribeSlotsAnswer> slots(HostPort where, DescribeSlotsRequest request);
}
