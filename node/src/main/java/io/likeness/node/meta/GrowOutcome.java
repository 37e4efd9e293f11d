package io.likeness.node.meta;

import io.likeness.wire.InstanceRecord;

/** What became of the wish that an instance have so many slots. */
public sealed interface GrowOutcome {

  /** It has them, or is on its way. */
  record Agreed(InstanceRecord instance) implements GrowOutcome {}

  /** It cannot have so many, or not now. */
  record Refused(String reason) implements GrowOutcome {}

  /** The instance is not there any more. */
  record Gone() implements GrowOutcome {}
}
