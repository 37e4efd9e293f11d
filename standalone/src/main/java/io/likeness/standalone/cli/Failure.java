package io.likeness.standalone.cli;

/** A command cannot do what it was asked for: told in one line, exit code 1. */
final class Failure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  Failure(String message) {
    super(message);
  }
}
