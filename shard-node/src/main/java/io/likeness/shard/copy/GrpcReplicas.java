package io.likeness.shard.copy;

import io.likeness.node.config.HostPort;
import io.likeness.node.process.GrpcChannels;
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
import io.likeness.wire.ShardNodeGrpcClient;
import io.vertx.core.Future;
import io.vertx.grpc.client.GrpcClient;

/** Over gRPC. */
public final class GrpcReplicas implements Replicas {

  private final GrpcClient client;

  /** The client stays the caller's. */
  public GrpcReplicas(GrpcClient client) {
    this.client = client;
  }

  private ShardNodeGrpcClient at(HostPort where) {
    return ShardNodeGrpcClient.create(client, GrpcChannels.address(where));
  }

  @Override
  public Future<OpenCopyAnswer> open(HostPort where, OpenCopyRequest request) {
    return at(where).openCopy(request);
  }

  @Override
  public Future<ReadCopyAnswer> read(HostPort where, ReadCopyRequest request) {
    return at(where).readCopy(request);
  }

  @Override
  public Future<EndCopyAnswer> end(HostPort where, EndCopyRequest request) {
    return at(where).endCopy(request);
  }

  @Override
  public Future<DescribeGraphsAnswer> graphs(HostPort where, DescribeGraphsRequest request) {
    return at(where).describeGraphs(request);
  }

  @Override
  public Future<ReadGraphAnswer> readGraph(HostPort where, ReadGraphRequest request) {
    return at(where).readGraph(request);
  }

  @Override
  public Future<DescribeSlotsAnswer> slots(HostPort where, DescribeSlotsRequest request) {
    return at(where).describeSlots(request);
  }
}
