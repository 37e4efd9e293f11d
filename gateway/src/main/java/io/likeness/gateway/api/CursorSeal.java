package io.likeness.gateway.api;

import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.wire.InstanceRecord;
import java.util.Base64;
import java.util.Optional;

/**
 * Cursors as callers hold them: what a coordinator wrote, sealed under the cluster's key and bound
 * to project and instance. Nobody can read or change one, or use one of another account; every
 * gateway can open it.
 */
final class CursorSeal {

  /** Some dozens of bytes for each slot of the instance. */
  static final int CHARS_MAX = 32_768;

  private static final byte PLAIN = 0;
  private static final byte WITH_ATTRIBUTES = 1;

  private final MasterKey masterKey;

  CursorSeal(MasterKey masterKey) {
    this.masterKey = masterKey;
  }

  /** What is in one. */
  record Opened(ByteString cursor, boolean withAttributes) {}

  String seal(InstanceRecord instance, Opened cursor) {
    byte[] plain = new byte[cursor.cursor().size() + 1];
    plain[0] = cursor.withAttributes() ? WITH_ATTRIBUTES : PLAIN;
    cursor.cursor().copyTo(plain, 1);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(masterKey.seal(MasterKey.Purpose.CURSORS, plain, boundTo(instance)));
  }

  Opened open(InstanceRecord instance, String text) {
    byte[] sealed;
    try {
      sealed = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw strange();
    }
    Optional<byte[]> plain = masterKey.open(MasterKey.Purpose.CURSORS, sealed, boundTo(instance));
    if (plain.isEmpty() || plain.get().length < 1) {
      throw strange();
    }
    byte[] bytes = plain.get();
    if (bytes[0] != PLAIN && bytes[0] != WITH_ATTRIBUTES) {
      throw ApiFault.invalid("cursor is of a newer release, and this gateway cannot go on with it");
    }
    return new Opened(ByteString.copyFrom(bytes, 1, bytes.length - 1), bytes[0] == WITH_ATTRIBUTES);
  }

  private static String boundTo(InstanceRecord instance) {
    return instance.getProjectId() + "/" + instance.getUid();
  }

  private static ApiFault strange() {
    return ApiFault.invalid("cursor is not one that a search of this instance has answered");
  }
}
