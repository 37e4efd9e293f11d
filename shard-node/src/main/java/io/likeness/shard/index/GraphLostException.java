package io.likeness.shard.index;

import java.io.IOException;

/** Another replica's graph did not come, or came damaged; the shard is as it was. */
public final class GraphLostException extends IOException {

  private static final long serialVersionUID = 1L;

  public GraphLostException(String message, Throwable cause) {
    super(message, cause);
  }

  public GraphLostException(String message) {
    super(message);
  }
}
