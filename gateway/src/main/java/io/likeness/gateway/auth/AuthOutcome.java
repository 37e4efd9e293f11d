package io.likeness.gateway.auth;

/** What a request's credentials are worth. */
public sealed interface AuthOutcome {

  record Authenticated(Principal principal) implements AuthOutcome {}

  /**
   * @param code of the gateway in front, for instance {@code APIGW.0301}
   * @param status of the HTTP answer
   * @param reason in words the caller may read
   */
  record Denied(String code, int status, String reason) implements AuthOutcome {}
}
