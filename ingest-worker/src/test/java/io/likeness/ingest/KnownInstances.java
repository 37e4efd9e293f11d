package io.likeness.ingest;

import io.likeness.ingest.intake.Instances;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Instances a test knows; what is announced is seen only after a refresh, as in the real one. */
public final class KnownInstances implements Instances {

  private final Map<String, InstanceRecord> announced = new TreeMap<>();
  private final Map<String, InstanceRecord> live = new TreeMap<>();
  private final Set<String> ended = new HashSet<>();

  /**
   * An instance of model {@code default}, three dimensions, tag {@code animal}, number {@code
   * year}.
   */
  public static InstanceRecord.Builder pets(String uid) {
    return InstanceRecord.newBuilder()
        .setUid(uid)
        .setProjectId("p1")
        .setName("pets")
        .setModel("default")
        .setDimensions(3)
        .addTags("animal")
        .addNumberTags("year")
        .setStatus(InstanceStatus.NORMAL)
        .addSlots(0)
        .setBornEpoch(1);
  }

  public KnownInstances announce(InstanceRecord instance) {
    announced.put(instance.getProjectId() + "/" + instance.getName(), instance);
    return this;
  }

  @Override
  public void refresh() {
    announced.forEach(
        (name, instance) -> {
          InstanceRecord before = live.put(name, instance);
          if (before != null && !before.getUid().equals(instance.getUid())) {
            ended.add(name);
          }
        });
  }

  @Override
  public Optional<InstanceRecord> live(InstanceKey key) {
    return Optional.ofNullable(live.get(key.toString()));
  }

  @Override
  public boolean hasEnded(InstanceKey key) {
    return ended.contains(key.toString());
  }

  @Override
  public void end(String uid) {
    live.entrySet().stream()
        .filter(entry -> entry.getValue().getUid().equals(uid))
        .map(Map.Entry::getKey)
        .toList()
        .forEach(
            name -> {
              live.remove(name);
              announced.remove(name);
              ended.add(name);
            });
  }
}
