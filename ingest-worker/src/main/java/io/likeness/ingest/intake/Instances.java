package io.likeness.ingest.intake;

import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.InstanceRecord;
import java.util.Optional;

/** What a worker knows of instances. Methods that reach the log throw {@link Unavailable}. */
public interface Instances {

  /** Waits until everything said about instances before this call is known. */
  void refresh();

  Optional<InstanceRecord> live(InstanceKey key);

  /** Whether an instance of this name has lived and ended. */
  boolean hasEnded(InstanceKey key);

  /** Ends this life of an instance. */
  void end(String uid);
}
