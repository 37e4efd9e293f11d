package io.likeness.standalone.client;

/**
 * A no of the service, or no answer at all, in one line for the person who asked.
 *
 * <p>{@code status} is 0 where nobody answered.
 */
public final class ApiFailure extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  public ApiFailure(int status, String code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  public int status() {
    return status;
  }

  /** The service's word for it, such as {@code not_found}; empty where it gave none. */
  public String code() {
    return code;
  }
}
