package io.likeness.ingest.intake;

import io.likeness.wire.ImageEvent;

/** What an event asks for. */
public enum EventKind {
  ADD,
  UPDATE,
  DELETE,
  DELETE_INSTANCE,
  /** Names no change, or cannot be read this far. */
  UNKNOWN;

  /** Light work that does not wait behind pictures. */
  public boolean isChange() {
    return this == UPDATE || this == DELETE || this == DELETE_INSTANCE;
  }

  /** The kind of an event that has been read. */
  public static EventKind of(ImageEvent event) {
    return switch (event.getChangeCase()) {
      case ADD -> ADD;
      case UPDATE -> UPDATE;
      case DELETE -> DELETE;
      case DELETE_INSTANCE -> DELETE_INSTANCE;
      case CHANGE_NOT_SET -> UNKNOWN;
    };
  }
}
