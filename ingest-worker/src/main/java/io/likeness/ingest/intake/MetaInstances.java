package io.likeness.ingest.intake;

import io.likeness.node.meta.MetaStore;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.InstanceRecord;
import java.util.Optional;

/** Instances as the topic {@code meta} says. */
public final class MetaInstances implements Instances {

  private final MetaStore meta;

  public MetaInstances(MetaStore meta) {
    this.meta = meta;
  }

  @Override
  public void refresh() {
    try {
      meta.readToEnd();
    } catch (RuntimeException e) {
      throw new Unavailable("meta cannot be read to its end: " + e.getMessage(), e);
    }
  }

  @Override
  public Optional<InstanceRecord> live(InstanceKey key) {
    return meta.instance(key);
  }

  @Override
  public boolean hasEnded(InstanceKey key) {
    return meta.hasEnded(key);
  }

  @Override
  public void end(String uid) {
    try {
      meta.deleteByUid(uid);
    } catch (RuntimeException e) {
      throw new Unavailable("instance " + uid + " cannot be ended: " + e.getMessage(), e);
    }
  }
}
