package io.likeness.gateway.auth;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The arithmetic of the RPC signature, version 1.0 (HMAC-SHA1): every parameter of query and form
 * is signed, a picture in the form included. Knows nothing of accounts, clocks or replays.
 *
 * <p>The signed text is the encoded form encoded once more, nine characters for a byte at worst. It
 * goes to the digest byte by byte and is never built.
 */
final class RpcSignature {

  static final String METHOD = "HMAC-SHA1";
  static final String VERSION = "1.0";

  private RpcSignature() {}

  /**
   * Whether the holder of this secret signed these parameters; {@code Signature} is not among them.
   * Clients disagree on parameters without a value: some sign them, some leave them out. Either is
   * taken.
   */
  static boolean verify(String method, Parameters parameters, byte[] signature, byte[] secret) {
    boolean emptyOnes = parameters.all().values().stream().anyMatch(ByteString::isEmpty);
    return MessageDigest.isEqual(sign(method, parameters, true, secret), signature)
        || (emptyOnes && MessageDigest.isEqual(sign(method, parameters, false, secret), signature));
  }

  static byte[] sign(String method, Parameters parameters, boolean withEmpty, byte[] secret) {
    Signing signing = new Signing(secret);
    signing.plain(method + "&%2F&");
    boolean first = true;
    for (Map.Entry<String, ByteString> each : parameters.all().entrySet()) {
      if (!withEmpty && each.getValue().isEmpty()) {
        continue;
      }
      signing.plain(first ? "" : "%26");
      signing.encodedTwice(ByteString.copyFromUtf8(each.getKey()));
      signing.plain("%3D");
      signing.encodedTwice(each.getValue());
      first = false;
    }
    return signing.done();
  }

  /** A digest with a little room before it. */
  private static final class Signing {

    private static final byte[] HEX = "0123456789ABCDEF".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST = "%25XX".length();

    private final Mac mac;
    private final byte[] room = new byte[8192];
    private int size;

    Signing(byte[] secret) {
      byte[] key = Arrays.copyOf(secret, secret.length + 1);
      key[secret.length] = '&';
      try {
        mac = Mac.getInstance("HmacSHA1");
        mac.init(new SecretKeySpec(key, "HmacSHA1"));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("this JDK lacks HmacSHA1", e);
      }
    }

    void plain(String text) {
      for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
        makeRoom();
        room[size++] = b;
      }
    }

    void encodedTwice(ByteString bytes) {
      for (int i = 0; i < bytes.size(); i++) {
        byte b = bytes.byteAt(i);
        makeRoom();
        if (PercentCoding.isBare(b)) {
          room[size++] = b;
        } else {
          room[size++] = '%';
          room[size++] = '2';
          room[size++] = '5';
          room[size++] = HEX[(b >> 4) & 0xf];
          room[size++] = HEX[b & 0xf];
        }
      }
    }

    private void makeRoom() {
      if (size + LONGEST > room.length) {
        mac.update(room, 0, size);
        size = 0;
      }
    }

    byte[] done() {
      mac.update(room, 0, size);
      return mac.doFinal();
    }
  }
}
