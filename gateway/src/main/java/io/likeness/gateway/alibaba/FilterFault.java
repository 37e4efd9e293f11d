package io.likeness.gateway.alibaba;

/** A filter clause that cannot be read, and the character at which that shows; carries no stack. */
final class FilterFault extends Exception {

  private static final long serialVersionUID = 1;

  private final int position;

  /** {@code position} counts from 1. */
  FilterFault(int position, String reason) {
    super("at character " + position + ": " + reason, null, false, false);
    this.position = position;
  }

  int position() {
    return position;
  }
}
