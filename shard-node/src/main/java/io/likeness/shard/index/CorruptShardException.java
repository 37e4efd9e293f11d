package io.likeness.shard.index;

import java.io.IOException;

/** What lies on disk is not what was committed. The shard is set aside and built again. */
public final class CorruptShardException extends IOException {

  private static final long serialVersionUID = 1L;

  public CorruptShardException(String message) {
    super(message);
  }

  public CorruptShardException(String message, Throwable cause) {
    super(message, cause);
  }
}
