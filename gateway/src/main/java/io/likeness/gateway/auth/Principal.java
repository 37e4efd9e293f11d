package io.likeness.gateway.auth;

/**
 * Who asks, proven.
 *
 * @param projectId the project whose instances are the caller's own
 * @param how what proved it
 */
public record Principal(String projectId, String accountName, boolean admin, How how) {

  /** The ways to prove who one is. */
  public enum How {
    SIGNATURE,
    /** A signature with a temporary key and its security token. */
    TEMPORARY_KEY,
    TOKEN,
    SIGNATURE_AND_TOKEN,
    BASIC
  }
}
