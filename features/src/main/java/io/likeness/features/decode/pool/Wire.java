package io.likeness.features.decode.pool;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.PictureFacts;
import io.likeness.features.decode.PictureFormat;
import io.likeness.wire.Box;
import io.likeness.wire.Rejection;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;

/**
 * What goes through the pipes between the pool and a child: one question, one answer, in turns. The
 * child is not believed: what it says must fit what was asked, or it counts as crashed.
 */
final class Wire {

  /** Said once by a child that is ready, so that anything else on its output is noticed. */
  static final int READY = 0x4C4B0001;

  private static final int DECODED = 1;
  private static final int REFUSED = 2;

  /** Refused, and the child ends: decoding it has spoilt the child. */
  private static final int REFUSED_AND_GONE = 3;

  /** A refusal is a line of text. */
  private static final int REJECTION_BYTES_MAX = 1 << 16;

  /** Twice what a decoder keeps of a picture for the largest model input. */
  private static final long PIXELS_MAX = 1L << 28;

  private static final int PART_BYTES = 1 << 18;

  private Wire() {}

  /** A picture that a child is to decode. */
  record Question(ByteString content, Optional<Box> crop, int sideWanted) {}

  /**
   * What a child says.
   *
   * @param last whether it ends now
   */
  record Answer(DecodeOutcome outcome, boolean last) {}

  static void ask(DataOutputStream out, Question question) throws IOException {
    Box crop = question.crop().orElse(Box.getDefaultInstance());
    out.writeBoolean(question.crop().isPresent());
    out.writeInt(crop.getX());
    out.writeInt(crop.getY());
    out.writeInt(crop.getWidth());
    out.writeInt(crop.getHeight());
    out.writeInt(question.sideWanted());
    out.writeInt(question.content().size());
    question.content().writeTo(out);
    out.flush();
  }

  /** Waits for the next question; empty where there will be none. */
  static Optional<Question> question(DataInputStream in) throws IOException {
    int first = in.read();
    if (first < 0) {
      return Optional.empty();
    }
    Box crop =
        Box.newBuilder()
            .setX(in.readInt())
            .setY(in.readInt())
            .setWidth(in.readInt())
            .setHeight(in.readInt())
            .build();
    int sideWanted = in.readInt();
    byte[] content = new byte[in.readInt()];
    in.readFully(content);
    return Optional.of(
        new Question(
            UnsafeByteOperations.unsafeWrap(content),
            first == 1 ? Optional.of(crop) : Optional.empty(),
            sideWanted));
  }

  static void answer(DataOutputStream out, Answer answer) throws IOException {
    switch (answer.outcome()) {
      case DecodeOutcome.Decoded good -> {
        out.write(DECODED);
        out.writeInt(good.facts().format().ordinal());
        out.writeInt(good.facts().width());
        out.writeInt(good.facts().height());
        out.writeBoolean(good.facts().turned());
        out.writeInt(good.bitmap().width());
        out.writeInt(good.bitmap().height());
        writePixels(out, good.bitmap().rgb());
      }
      case DecodeOutcome.Undecodable bad -> {
        out.write(answer.last() ? REFUSED_AND_GONE : REFUSED);
        byte[] rejection = bad.rejection().toByteArray();
        out.writeInt(rejection.length);
        out.write(rejection);
      }
    }
    out.flush();
  }

  static Answer answer(DataInputStream in) throws IOException {
    int kind = in.read();
    return switch (kind) {
      case DECODED -> new Answer(decoded(in), false);
      case REFUSED, REFUSED_AND_GONE -> {
        byte[] rejection = new byte[bounded(in.readInt(), 0, REJECTION_BYTES_MAX)];
        in.readFully(rejection);
        yield new Answer(
            new DecodeOutcome.Undecodable(Rejection.parseFrom(rejection)),
            kind == REFUSED_AND_GONE);
      }
      case -1 -> throw new EOFException("the process ended");
      default -> throw new IOException("an answer of kind " + kind);
    };
  }

  private static DecodeOutcome decoded(DataInputStream in) throws IOException {
    PictureFormat[] formats = PictureFormat.values();
    PictureFormat format = formats[bounded(in.readInt(), 0, formats.length - 1)];
    int shownWidth = in.readInt();
    int shownHeight = in.readInt();
    boolean turned = in.readBoolean();
    int width = bounded(in.readInt(), 1, Integer.MAX_VALUE);
    int height = bounded(in.readInt(), 1, Integer.MAX_VALUE);
    if ((long) width * height > PIXELS_MAX) {
      throw new IOException("an answer of %d x %d pixels".formatted(width, height));
    }
    return new DecodeOutcome.Decoded(
        new Bitmap(width, height, readPixels(in, width * height)),
        new PictureFacts(format, shownWidth, shownHeight, turned));
  }

  private static int bounded(int value, int min, int max) throws IOException {
    if (value < min || value > max) {
      throw new IOException("%d in an answer, must be %d to %d".formatted(value, min, max));
    }
    return value;
  }

  /** Three bytes a pixel: the pipe is what takes the time. */
  private static void writePixels(DataOutputStream out, int[] rgb) throws IOException {
    byte[] part = new byte[PART_BYTES / 3 * 3];
    int at = 0;
    for (int pixel : rgb) {
      part[at] = (byte) (pixel >> 16);
      part[at + 1] = (byte) (pixel >> 8);
      part[at + 2] = (byte) pixel;
      at += 3;
      if (at == part.length) {
        out.write(part);
        at = 0;
      }
    }
    out.write(part, 0, at);
  }

  private static int[] readPixels(DataInputStream in, int pixels) throws IOException {
    int[] rgb = new int[pixels];
    byte[] part = new byte[Math.min(PART_BYTES / 3 * 3, Math.multiplyExact(pixels, 3))];
    int done = 0;
    while (done < pixels) {
      int count = Math.min(part.length / 3, pixels - done);
      in.readFully(part, 0, 3 * count);
      for (int i = 0; i < count; i++) {
        rgb[done + i] =
            (part[3 * i] & 0xFF) << 16 | (part[3 * i + 1] & 0xFF) << 8 | (part[3 * i + 2] & 0xFF);
      }
      done += count;
    }
    return rgb;
  }
}
