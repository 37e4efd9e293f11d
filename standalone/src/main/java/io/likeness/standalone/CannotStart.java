package io.likeness.standalone;

import org.jspecify.annotations.Nullable;

/** Why the system cannot start, in words for the person who asked for it. */
public final class CannotStart extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public CannotStart(String message) {
    super(message);
  }

  public CannotStart(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
