package io.likeness.coordinator.fanout;

import io.likeness.node.config.HostPort;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.process.Trace;
import io.likeness.wire.DescribeSlotsAnswer;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.InventoryAnswer;
import io.likeness.wire.InventoryRequest;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardGroupsAnswer;
import io.likeness.wire.ShardGroupsRequest;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardImagesRequest;
import io.likeness.wire.ShardLeaseEnd;
import io.likeness.wire.ShardLeaseEnded;
import io.likeness.wire.ShardListRequest;
import io.likeness.wire.ShardNodeGrpcClient;
import io.likeness.wire.ShardQuery;
import io.vertx.core.Future;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.common.GrpcReadStream;
import io.vertx.grpc.common.ServiceMethod;
import org.jspecify.annotations.Nullable;

/**
 * Shard nodes over gRPC. The generated client cannot send metadata, and the trace travels in it.
 */
public final class GrpcShardNodes implements ShardNodes {

  private final GrpcClient client;

  /** The client stays the caller's. */
  public GrpcShardNodes(GrpcClient client) {
    this.client = client;
  }

  @Override
  public ShardCall<ShardAnswer> query(HostPort where, ShardQuery query, Trace trace) {
    return start(where, ShardNodeGrpcClient.QueryShard, query, trace);
  }

  @Override
  public ShardCall<ImageAnswer> show(HostPort where, ShardImageRequest request, Trace trace) {
    return start(where, ShardNodeGrpcClient.ShowImage, request, trace);
  }

  @Override
  public ShardCall<ListImagesAnswer> page(HostPort where, ShardListRequest request, Trace trace) {
    return start(where, ShardNodeGrpcClient.PageImages, request, trace);
  }

  @Override
  public ShardCall<ListImagesAnswer> images(
      HostPort where, ShardImagesRequest request, Trace trace) {
    return start(where, ShardNodeGrpcClient.DescribeImages, request, trace);
  }

  @Override
  public ShardCall<ShardGroupsAnswer> groups(
      HostPort where, ShardGroupsRequest request, Trace trace) {
    return start(where, ShardNodeGrpcClient.DescribeGroups, request, trace);
  }

  @Override
  public Future<ShardLeaseEnded> endLease(HostPort where, ShardLeaseEnd end, Trace trace) {
    return call(where, ShardNodeGrpcClient.EndLease, end, trace);
  }

  @Override
  public Future<InventoryAnswer> inventory(HostPort where, InventoryRequest request, Trace trace) {
    return call(where, ShardNodeGrpcClient.TakeInventory, request, trace);
  }

  @Override
  public Future<DescribeSlotsAnswer> slots(
      HostPort where, DescribeSlotsRequest request, Trace trace) {
    return call(where, ShardNodeGrpcClient.DescribeSlots, request, trace);
  }

  private <Q, A> Future<A> call(
      HostPort where, ServiceMethod<A, Q> method, Q question, Trace trace) {
    return start(where, method, question, trace).answer();
  }

  private <Q, A> ShardCall<A> start(
      HostPort where, ServiceMethod<A, Q> method, Q question, Trace trace) {
    Cancellation cancellation = new Cancellation();
    Future<A> answer =
        client
            .request(GrpcChannels.address(where), method)
            .compose(
                request -> {
                  if (!cancellation.begins(request)) {
                    request.cancel();
                    return Future.failedFuture("nobody waits for it any more");
                  }
                  request.headers().set(Trace.HEADER, trace.child().traceparent());
                  return request
                      .end(question)
                      .compose(sent -> request.response())
                      .compose(GrpcReadStream::last);
                });
    return new ShardCall<>(answer, cancellation::cancel);
  }

  /** Before the question is on its way there is nothing to cancel yet. */
  private static final class Cancellation {
    private @Nullable GrpcClientRequest<?, ?> request;
    private boolean cancelled;

    /** False: it need not begin. */
    synchronized boolean begins(GrpcClientRequest<?, ?> begun) {
      request = begun;
      return !cancelled;
    }

    synchronized void cancel() {
      cancelled = true;
      if (request != null) {
        request.cancel();
      }
    }
  }
}
