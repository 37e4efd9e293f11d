package io.likeness.coordinator.plan;

import io.likeness.wire.InstanceRecord;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Which instances live, and where their shards are. */
public interface ShardDirectory {

  /** The instance of this life, if it still lives. May wait for news once where it is unknown. */
  Optional<InstanceRecord> instance(String uid);

  /** Who may answer for each of these slots of the instance, in their order. */
  List<SlotReplicas> replicas(String instanceUid, Collection<Integer> slots);

  /** Waits until every assignment made before this call is known. */
  void refresh();

  /** The slots that hold the instance, each once. */
  static List<Integer> slots(InstanceRecord instance) {
    return instance.getSlotsList().stream().distinct().toList();
  }
}
