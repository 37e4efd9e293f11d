package io.likeness.gateway.alibaba;

/**
 * What is wrong with a call, on its way from the place that saw it to the one that answers; carries
 * no stack.
 */
final class RpcFault extends Exception {

  private static final long serialVersionUID = 1;

  private final String code;
  private final int status;

  private RpcFault(int status, String code, String message) {
    super(message, null, false, false);
    this.code = code;
    this.status = status;
  }

  /** The caller's fault; most have status 400. */
  static RpcFault of(String code, String message) {
    return new RpcFault(400, code, message);
  }

  static RpcFault of(int status, String code, String message) {
    return new RpcFault(status, code, message);
  }

  String code() {
    return code;
  }

  int status() {
    return status;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}
