package io.likeness.ingest.intake;

import io.likeness.node.kafka.Topics;

/**
 * The two ways through a worker. Both read all of {@code ops}, each with its own group and
 * positions, and each takes only its own events: so a delete never stands behind a picture. See
 * docs/decisions/0003-two-lanes.md.
 */
public enum LaneKind {
  /** Pictures, and what cannot be told. */
  ADDS(Topics.ADDS_GROUP),
  /** Deletes, updates, ends of instances. */
  CHANGES(Topics.CHANGES_GROUP);

  private final String group;

  LaneKind(String group) {
    this.group = group;
  }

  /** Name of the consumer group. */
  public String group() {
    return group;
  }

  boolean takes(EventKind kind) {
    return kind.isChange() == (this == CHANGES);
  }

  public String text() {
    return this == ADDS ? "adds" : "changes";
  }
}
