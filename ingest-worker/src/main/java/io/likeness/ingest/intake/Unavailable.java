package io.likeness.ingest.intake;

/** The log cannot be reached or written just now; the batch in hand is worked again later. */
public final class Unavailable extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public Unavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
