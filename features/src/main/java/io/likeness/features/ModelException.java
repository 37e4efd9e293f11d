package io.likeness.features;

/** A model folder that cannot be used; the message says which, and what is wrong with it. */
public final class ModelException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public ModelException(String message) {
    super(message);
  }

  public ModelException(String message, Throwable cause) {
    super(message, cause);
  }
}
