package io.likeness.features.decode.pool;

import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Optional;

/**
 * The main of a decoding process: reads pictures from its standard input, writes pixels to its
 * standard output, and ends when the input does, so that it cannot outlive the process that started
 * it. Everything about a picture that a rule could forbid was checked before it came here.
 */
final class DecoderChild {

  private static final DecodeLimits NO_LIMITS = new DecodeLimits(Long.MAX_VALUE, Long.MAX_VALUE);

  /** A process that failed so is not used again: who knows what it left behind. */
  private static final int SPOILT = 3;

  private DecoderChild() {}

  public static void main(String[] arguments) throws IOException {
    DataInputStream in = new DataInputStream(new FileInputStream(FileDescriptor.in));
    DataOutputStream out =
        new DataOutputStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 13));
    // Whoever prints something must not be taken for an answer.
    System.setOut(System.err);
    try (PictureDecoder decoder = new PictureDecoder(NO_LIMITS)) {
      out.writeInt(Wire.READY);
      out.flush();
      Optional<Wire.Question> question = Wire.question(in);
      while (question.isPresent()) {
        Wire.Question asked = question.get();
        Wire.Answer answer;
        try {
          answer =
              new Wire.Answer(
                  decoder.decode(
                      asked.content(),
                      asked.crop(),
                      PictureRule.getDefaultInstance(),
                      asked.sideWanted()),
                  false);
        } catch (OutOfMemoryError | StackOverflowError tooMuch) {
          answer = new Wire.Answer(refused(tooMuch), true);
        }
        Wire.answer(out, answer);
        if (answer.last()) {
          System.exit(SPOILT);
        }
        question = Wire.question(in);
      }
    }
  }

  private static DecodeOutcome refused(VirtualMachineError tooMuch) {
    boolean heap = tooMuch instanceof OutOfMemoryError;
    return new DecodeOutcome.Undecodable(
        Rejection.newBuilder()
            .setKind(heap ? RejectionKind.PICTURE_TOO_LARGE : RejectionKind.BROKEN_PICTURE)
            .setDetail(
                heap
                    ? "decoding the picture needs more than %d MiB"
                        .formatted(Runtime.getRuntime().maxMemory() >> 20)
                    : "the picture is nested too deeply to be decoded")
            .build());
  }
}
