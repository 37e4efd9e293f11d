package io.likeness.gateway;

/** A part of the cluster that was needed could not be reached; the same call may succeed later. */
public final class LibraryUnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public LibraryUnavailableException(String what) {
    super(what);
  }

  public LibraryUnavailableException(String what, Throwable cause) {
    super(what, cause);
  }
}
