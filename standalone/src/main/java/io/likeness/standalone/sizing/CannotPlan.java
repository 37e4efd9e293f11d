package io.likeness.standalone.sizing;

/** A wish outside of what can be planned: told in one line. */
public final class CannotPlan extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public CannotPlan(String message) {
    super(message);
  }
}
