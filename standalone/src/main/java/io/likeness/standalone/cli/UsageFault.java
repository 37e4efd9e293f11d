package io.likeness.standalone.cli;

/** The command was given something it cannot work with: told in one line, exit code 2. */
final class UsageFault extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UsageFault(String message) {
    super(message);
  }
}
