package io.likeness.ingest.publish;

import io.likeness.ingest.intake.Checked;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.Version;
import io.likeness.wire.VectorRecord;

/**
 * What a worker says to the rest of the system while it works a batch. One belongs to one lane's
 * thread. Methods may throw {@link io.likeness.ingest.intake.Unavailable}.
 */
public interface Outbox {

  /** Sends one step of an image's history to its slot. */
  void publish(int slot, VectorRecord step, Trace trace);

  /** Sets aside what can never succeed. */
  void quarantine(Checked.Unfit unfit);

  /** Says that what was set aside under this version has since succeeded. */
  void resolve(Version version);

  /** Returns once everything sent so far is safe; nothing may be committed before. */
  void awaitAcks();
}
