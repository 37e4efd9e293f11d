package io.likeness.gateway.huawei;

/**
 * The caller's fault, on its way from the place that saw it to the one that answers; carries no
 * stack.
 */
final class V1Fault extends Exception {

  private static final long serialVersionUID = 1;

  private final IsError error;
  private final String text;

  V1Fault(IsError error, String text) {
    super(text, null, false, false);
    this.error = error;
    this.text = text;
  }

  IsError error() {
    return error;
  }

  String text() {
    return text;
  }
}
