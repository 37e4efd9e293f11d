package io.likeness.shard.intake;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The slot is served, but a shard of it cannot answer for now. */
public final class ShardAbsentException extends IOException {

  private static final long serialVersionUID = 1L;

  public ShardAbsentException(int slot, String reason, @Nullable Throwable cause) {
    super("a shard of slot " + slot + " does not answer: " + reason, cause);
  }
}
