package io.likeness.node.cluster;

import java.util.Locale;

/** What a process does in the cluster; one process may do several things. */
public enum Role {
  GATEWAY,
  INGEST_WORKER,
  SHARD_NODE,
  COORDINATOR;

  /** As people write it: {@code shard-node}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  public static Role parse(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
