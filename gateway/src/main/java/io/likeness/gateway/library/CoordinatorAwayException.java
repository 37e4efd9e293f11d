package io.likeness.gateway.library;

/** No coordinator gave an answer in time. */
final class CoordinatorAwayException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  CoordinatorAwayException(String what) {
    super(what);
  }
}
