package io.likeness.proto.wire;

/**
 * The newest forms of records and calls that this release understands. A record without a number is
 * of the first form. Fields that an older release may overlook raise nothing; only what it would
 * misread does. Files have their numbers where they are read.
 */
public final class Formats {

  /** Of an event in {@code ops}. */
  public static final int EVENT = 1;

  /** Of a record in {@code vectors}. */
  public static final int VECTOR = 1;

  /** Of a record in {@code quarantine}. */
  public static final int QUARANTINE = 1;

  /** Of the records in {@code meta} and {@code assign}. */
  public static final int TABLES = 1;

  /** Of what a coordinator writes into a cursor. */
  public static final int CURSOR = 1;

  /** Of calls between nodes. */
  public static final int CALL = 1;

  /** What a call says of itself; a call without it is of the first form. */
  public static final String CALL_HEADER = "likeness-format";

  private Formats() {}
}
