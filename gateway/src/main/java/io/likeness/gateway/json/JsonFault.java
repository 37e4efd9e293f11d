package io.likeness.gateway.json;

/** Why a body is not what was asked for, with the field it is about. */
public final class JsonFault extends Exception {

  private static final long serialVersionUID = 1L;

  /** What is wrong. */
  public enum Kind {
    /** Not JSON, or not an object. */
    SYNTAX,
    /** The field's base64 cannot be decoded. */
    BASE64,
    /** The field's value has another type than text. */
    TYPE,
    /** The field's bytes are more than may be. */
    TOO_LARGE
  }

  private final Kind kind;
  private final String field;

  JsonFault(Kind kind, String field, String message) {
    super(message);
    this.kind = kind;
    this.field = field;
  }

  public Kind kind() {
    return kind;
  }

  /** The field at fault; empty where it is the whole body. */
  public String field() {
    return field;
  }

  public String reason() {
    return String.valueOf(getMessage());
  }
}
