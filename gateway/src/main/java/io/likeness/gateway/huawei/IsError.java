package io.likeness.gateway.huawei;

/**
 * The error codes of ImageSearch v1 with their documented texts; section 2.8 of the contract. All
 * go with status 400.
 */
enum IsError {
  MISSING("IS.0001", "The request parameter is missing or empty."),
  WRONG_TYPE("IS.0002", "The type of the request parameter is not supported."),
  EMPTY("IS.0003", "The request parameter cannot be empty."),
  INSTANCE_NAME("IS.0007", "Invalid instance name."),
  JSON("IS.0008", "The JSON format of the input data is incorrect."),
  INTERNAL("IS.0009", "The request failed due to an internal error."),
  TIMED_OUT("IS.0012", "Operation timed out."),
  INSTANCE_STATUS("IS.0014", "Instance status is abnormal."),
  MODEL("IS.0015", "The model file does not exist."),
  PATH("IS.0016", "The path is invalid.");

  private final String code;
  private final String text;

  IsError(String code, String text) {
    this.code = code;
    this.text = text;
  }

  String code() {
    return code;
  }

  String text() {
    return text;
  }

  /** The documented text, then what exactly is wrong. */
  V1Fault because(String detail) {
    return new V1Fault(this, text + " " + detail);
  }

  /** With a text of its own in place of the documented one. */
  V1Fault saying(String message) {
    return new V1Fault(this, message);
  }
}
