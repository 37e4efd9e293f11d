package io.likeness.bench.fuzz;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Speaks as {@link FuzzMain} does, and does what the first letter of a file says: die, hang, run
 * out of memory. Any other is a branch of that number.
 */
final class FrailMain {

  static final char DIE = 'X';
  static final char HANG = 'H';
  static final char EXHAUST = 'E';

  private FrailMain() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    DataInputStream in = new DataInputStream(System.in);
    DataOutputStream out = new DataOutputStream(System.out);
    out.writeInt(FuzzMain.READY);
    out.flush();
    while (true) {
      byte[] file = in.readNBytes(in.readInt());
      if (file[0] == DIE) {
        Runtime.getRuntime().halt(1);
      }
      if (file[0] == HANG) {
        Thread.currentThread().join();
      }
      boolean spoilt = file[0] == EXHAUST;
      out.writeUTF(spoilt ? "OutOfMemoryError" : "fine");
      out.writeBoolean(!spoilt);
      out.writeLong(0);
      out.writeInt(1);
      out.writeInt(file[0]);
      out.writeBoolean(spoilt);
      out.flush();
      if (spoilt) {
        return;
      }
    }
  }
}
