package io.likeness.coordinator.plan;

import io.likeness.wire.InstanceRecord;
import java.util.List;
import java.util.Optional;

/** Which instances live, and where their shards are. */
public interface ShardDirectory {

  /** The instance of this life, if it still lives. May wait for news once where it is unknown. */
  Optional<InstanceRecord> instance(String uid);

  /** The replica to ask of this slot of the instance. */
  Target target(InstanceRecord instance, int slot);

  /** Waits until every assignment made before this call is known. */
  void refresh();

  /** One replica of each slot of the instance. */
  default List<Target> targets(InstanceRecord instance) {
    return instance.getSlotsList().stream().distinct().map(slot -> target(instance, slot)).toList();
  }
}
