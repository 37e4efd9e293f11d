package io.likeness.gateway.http;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.vertx.core.buffer.Buffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One request's body on its way in: bounded, counted against the server's budget, and hashed chunk
 * by chunk, so that the signature needs no second pass. One event loop owns it.
 */
final class BodyIntake {

  /** Room is taken as bytes come, not as they are announced: announcing costs a client nothing. */
  private static final int FIRST_BYTES = 64 << 10;

  /** What became of a chunk. */
  enum Step {
    TAKEN,
    TOO_LARGE,
    NO_ROOM
  }

  private final Admission admission;
  private final long bytesMax;
  private final MessageDigest sha256 = sha256();
  private byte[] bytes;
  private int size;

  private BodyIntake(Admission admission, long bytesMax, int room) {
    this.admission = admission;
    this.bytesMax = bytesMax;
    this.bytes = new byte[room];
  }

  /**
   * Begins a body of the announced length, -1 where none was announced; null where the server's
   * budget has no room.
   */
  static @Nullable BodyIntake begin(Admission admission, long announced, long bytesMax) {
    long end = announced >= 0 ? announced : bytesMax;
    int room = (int) Math.min(end, FIRST_BYTES);
    return admission.takeBytes(room) ? new BodyIntake(admission, end, room) : null;
  }

  Step take(Buffer chunk) {
    long length = chunk.length();
    if (size + length > bytesMax) {
      return Step.TOO_LARGE;
    }
    if (size + length > bytes.length) {
      int wider = (int) Math.min(bytesMax, Math.max(size + length, bytes.length * 2L));
      if (!admission.takeBytes(wider - bytes.length)) {
        return Step.NO_ROOM;
      }
      bytes = Arrays.copyOf(bytes, wider);
    }
    chunk.getBytes(bytes, size);
    sha256.update(bytes, size, (int) length);
    size += (int) length;
    return Step.TAKEN;
  }

  ByteString body() {
    return UnsafeByteOperations.unsafeWrap(bytes, 0, size);
  }

  /** Lower-case hex; to be asked once, at the end. */
  String sha256Hex() {
    return HexFormat.of().formatHex(sha256.digest());
  }

  /** What it holds of the server's budget. */
  long held() {
    return bytes.length;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
