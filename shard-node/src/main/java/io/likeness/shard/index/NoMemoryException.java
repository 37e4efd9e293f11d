package io.likeness.shard.index;

import java.io.IOException;

/** Something would not fit into the memory that shards may hold; nothing was tried. */
public final class NoMemoryException extends IOException {

  private static final long serialVersionUID = 1;

  NoMemoryException(String message) {
    super(message);
  }
}
