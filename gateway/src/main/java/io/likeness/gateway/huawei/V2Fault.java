package io.likeness.gateway.huawei;

/**
 * What a v2 call fails with, on its way from the place that saw it to the one that answers; carries
 * no stack.
 */
final class V2Fault extends Exception {

  private static final long serialVersionUID = 1;

  private final MmsError error;
  private final String text;

  V2Fault(MmsError error, String text) {
    super(text, null, false, false);
    this.error = error;
    this.text = text;
  }

  MmsError error() {
    return error;
  }

  String text() {
    return text;
  }
}
