package io.likeness.standalone.cli;

/** What the commands end with. */
final class Exit {

  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;

  /** Some of what was asked for was done, and some was not. */
  static final int PARTLY = 3;

  private Exit() {}
}
