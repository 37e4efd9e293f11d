package io.likeness.coordinator.fanout;

import io.likeness.node.config.HostPort;
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
import io.likeness.wire.ShardQuery;
import io.vertx.core.Future;

/** The shard nodes' service, at an address. */
public interface ShardNodes {

  ShardCall<ShardAnswer> query(HostPort where, ShardQuery query, Trace trace);

  ShardCall<ImageAnswer> show(HostPort where, ShardImageRequest request, Trace trace);

  ShardCall<ListImagesAnswer> page(HostPort where, ShardListRequest request, Trace trace);

  ShardCall<ListImagesAnswer> images(HostPort where, ShardImagesRequest request, Trace trace);

  ShardCall<ShardGroupsAnswer> groups(HostPort where, ShardGroupsRequest request, Trace trace);

  Future<ShardLeaseEnded> endLease(HostPort where, ShardLeaseEnd end, Trace trace);

  Future<InventoryAnswer> inventory(HostPort where, InventoryRequest request, Trace trace);

  Future<DescribeSlotsAnswer> slots(HostPort where, DescribeSlotsRequest request, Trace trace);
}
