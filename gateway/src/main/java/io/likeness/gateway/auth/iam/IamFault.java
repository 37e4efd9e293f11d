package io.likeness.gateway.auth.iam;

/** A no of IAM on its way to the answer; carries no stack. */
final class IamFault extends Exception {

  private static final long serialVersionUID = 1;

  private final int status;
  private final String text;

  IamFault(int status, String text) {
    super(text, null, false, false);
    this.status = status;
    this.text = text;
  }

  static IamFault badRequest(String text) {
    return new IamFault(400, text);
  }

  int status() {
    return status;
  }

  String text() {
    return text;
  }

  String title() {
    return switch (status) {
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 503 -> "Service Unavailable";
      default -> "Internal Server Error";
    };
  }
}
