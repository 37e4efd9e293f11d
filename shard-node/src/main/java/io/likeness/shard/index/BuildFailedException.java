package io.likeness.shard.index;

import java.io.IOException;

/** A graph could not be built for now; the shard is as it was. */
public final class BuildFailedException extends IOException {

  private static final long serialVersionUID = 1L;

  public BuildFailedException(String message) {
    super(message);
  }

  public BuildFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
