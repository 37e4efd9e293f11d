package io.likeness.shard.index;

import java.io.IOException;

/** The shard was closed: its slot moved on, its instance was deleted, or the node stops. */
public final class ShardClosedException extends IOException {

  private static final long serialVersionUID = 1L;

  ShardClosedException(String shard) {
    super("shard " + shard + " is closed");
  }
}
