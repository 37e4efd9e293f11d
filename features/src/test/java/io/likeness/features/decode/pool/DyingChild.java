package io.likeness.features.decode.pool;

import java.io.DataOutputStream;
import java.io.IOException;

/** A program that says it is ready and dies of its first picture. */
final class DyingChild {

  private DyingChild() {}

  public static void main(String[] arguments) throws IOException {
    DataOutputStream out = new DataOutputStream(System.out);
    out.writeInt(Wire.READY);
    out.flush();
    System.err.println("this picture is too much for me");
    System.in.read();
    Runtime.getRuntime().halt(134);
  }
}
