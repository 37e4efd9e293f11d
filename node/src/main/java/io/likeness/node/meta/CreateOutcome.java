package io.likeness.node.meta;

import io.likeness.wire.InstanceRecord;

/** What became of the wish to create an instance. */
public sealed interface CreateOutcome {

  record Created(InstanceRecord instance) implements CreateOutcome {}

  record NameTaken(InstanceRecord holder) implements CreateOutcome {}
}
