package io.likeness.ingest.intake;

import io.likeness.proto.vector.Version;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Rejection;
import java.util.Optional;

/** What {@link EventCheck} says of a record. */
public sealed interface Checked {

  OpsRecord record();

  /**
   * Can be worked.
   *
   * @param version the one its effects carry: the record's place, or its origin's
   */
  record Fit(OpsRecord record, Version version, InstanceRecord instance, ImageEvent event)
      implements Checked {}

  /**
   * Can never succeed.
   *
   * @param instance present where the image's status can be told, because instance, image id, key
   *     and partition agree
   * @param instanceName as far as it could be read, else empty
   * @param imageId as far as it could be read, else empty
   */
  record Unfit(
      OpsRecord record,
      Version version,
      EventKind kind,
      Rejection rejection,
      Optional<InstanceRecord> instance,
      String instanceName,
      String imageId)
      implements Checked {}

  /** Meant for a life of the instance that is over: nothing is to be done and nobody to be told. */
  record Outlived(OpsRecord record, Version version, EventKind kind) implements Checked {}
}
