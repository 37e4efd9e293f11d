package io.likeness.standalone.processes;

import java.util.Locale;

/** What is the matter with a process; {@link Child} says how one becomes another. */
public enum ChildState {
  RUNNING,
  /** It died, and is started again soon. */
  PAUSING,
  /** It was told to stand still. */
  FROZEN,
  /** It was killed on purpose. */
  KILLED,
  /** It died again and again. */
  GIVEN_UP,
  STOPPED;

  /** Whether it is started again when it dies. */
  boolean isKept() {
    return this == RUNNING || this == PAUSING || this == FROZEN;
  }

  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
