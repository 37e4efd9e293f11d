package io.likeness.gateway.huawei;

/**
 * The error codes of ImageSearch v2 that are ever answered here, with their documented texts and
 * statuses; section 3.8 of the contract.
 */
enum MmsError {
  PARAMETER(400, "MMS.0003", "Invalid parameter: "),
  NO_INSTANCE(400, "MMS.1001", "Service instance not found. "),
  INDEX(500, "MMS.1015", "Process INDEX failed. "),
  SEARCH_TYPE(400, "MMS.1023", "The service does not offer this search type. ");

  private final int status;
  private final String code;
  private final String text;

  MmsError(int status, String code, String text) {
    this.status = status;
    this.code = code;
    this.text = text;
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  /** The documented text, then what exactly is wrong. */
  V2Fault because(String detail) {
    return new V2Fault(this, text + detail);
  }

  /** The documented text names the parameter; behind it stands what is wrong with it. */
  static V2Fault parameter(String name, String detail) {
    return PARAMETER.because(name + ". " + detail);
  }
}
