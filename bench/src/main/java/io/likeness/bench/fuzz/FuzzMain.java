package io.likeness.bench.fuzz;

import com.google.protobuf.ByteString;
import com.sun.management.OperatingSystemMXBean;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.wire.PictureRule;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;

/**
 * The main of a process that decodes files and tells which probes they hit. It ends with its input,
 * or with a file that a decoding process of a role would not survive either.
 */
final class FuzzMain {

  static final int READY = 0x4C4B0002;

  /** As {@code bench decode} asks for, so that what is found is found again. */
  static final int SIDE = 224;

  private static final int SPOILT = 3;

  private FuzzMain() {}

  public static void main(String[] arguments) throws IOException {
    DataInputStream in = new DataInputStream(new FileInputStream(FileDescriptor.in));
    DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 13));
    System.setOut(System.err);
    Probes probes = new Probes();
    probes.install();
    var machine = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    DecodeLimits limits =
        new DecodeLimits(EmbedderConfig.PIXELS_MAX_DEFAULT, EmbedderConfig.BYTES_MAX_DEFAULT);
    try (PictureDecoder decoder = new PictureDecoder(limits)) {
      out.writeInt(READY);
      out.flush();
      while (true) {
        byte[] file;
        try {
          file = new byte[in.readInt()];
        } catch (EOFException over) {
          return;
        }
        in.readFully(file);
        long begun = machine.getProcessCpuTime();
        boolean decoded = false;
        boolean spoilt = false;
        String end;
        try {
          DecodeOutcome outcome =
              decoder.decode(
                  ByteString.copyFrom(file),
                  Optional.empty(),
                  PictureRule.getDefaultInstance(),
                  SIDE);
          decoded = outcome instanceof DecodeOutcome.Decoded;
          end = kind(outcome);
        } catch (OutOfMemoryError | StackOverflowError tooMuch) {
          spoilt = true;
          end = tooMuch.getClass().getSimpleName();
        }
        out.writeUTF(end);
        out.writeBoolean(decoded);
        out.writeLong(machine.getProcessCpuTime() - begun);
        List<Integer> fresh = probes.fresh();
        out.writeInt(fresh.size());
        for (int probe : fresh) {
          out.writeInt(probe);
        }
        out.writeBoolean(spoilt);
        out.flush();
        if (spoilt) {
          System.exit(SPOILT);
        }
      }
    }
  }

  /** The way it ended, without the numbers that differ from file to file. */
  private static String kind(DecodeOutcome outcome) {
    return switch (outcome) {
      case DecodeOutcome.Decoded good ->
          "%s of about 2^%d x 2^%d, turned %s"
              .formatted(
                  good.facts().format(),
                  Integer.SIZE - Integer.numberOfLeadingZeros(good.width()),
                  Integer.SIZE - Integer.numberOfLeadingZeros(good.height()),
                  good.facts().turned());
      case DecodeOutcome.Undecodable bad ->
          bad.rejection().getKind()
              + " "
              + bad.rejection().getDetail().replaceAll("[0-9A-Fa-fx]*[0-9][0-9A-Fa-fx]*", "#");
    };
  }
}
