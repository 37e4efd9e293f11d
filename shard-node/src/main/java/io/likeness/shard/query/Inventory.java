package io.likeness.shard.query;

import io.likeness.shard.index.Disk;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardClosedException;
import io.likeness.shard.index.View;
import io.likeness.shard.intake.HeldSlot;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.wire.InventoryAnswer;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.ShardInventory;
import java.io.IOException;
import java.util.Map;

/** Counts what the node holds, shard by shard. */
final class Inventory {

  private Inventory() {}

  static InventoryAnswer of(String node, HeldSlots slots, FilterCache filters) throws IOException {
    InventoryAnswer.Builder answer = InventoryAnswer.newBuilder().setNode(node);
    for (HeldSlot slot : slots.all()) {
      for (Map.Entry<String, Shard> each : slot.shards().entrySet()) {
        try {
          answer.addShards(of(slot, each.getKey(), each.getValue(), filters));
        } catch (ShardClosedException e) {
          // gone since the map was read: no longer held
          continue;
        }
      }
    }
    return answer.build();
  }

  private static ShardInventory of(HeldSlot slot, String uid, Shard shard, FilterCache filters)
      throws IOException {
    try (View view = shard.view()) {
      return ShardInventory.newBuilder()
          .setShard(
              ShardAddress.newBuilder()
                  .setInstanceUid(uid)
                  .setSlot(slot.number())
                  .setTerm(slot.term()))
          .setImages(view.images())
          .setBytesOnDisk(Disk.bytesBelow(shard.folder()))
          .setBytesInMemory(shard.bytesInMemory() + filters.bytesOf(view))
          .setPosition(slot.position())
          .setSegments(view.segments())
          .setChecksum(view.checksum())
          .build();
    }
  }
}
