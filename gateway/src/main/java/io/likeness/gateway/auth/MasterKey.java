package io.likeness.gateway.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one secret of a cluster: seals what is stored and signs what is handed out. Every purpose has
 * a key of its own, derived from it, so that a text made for one purpose never passes for another.
 * All gateways of a cluster must load the same file.
 */
public final class MasterKey {

  /** What a derived key is for. The label is part of the derivation and must never change. */
  public enum Purpose {
    SECRET_KEYS("likeness secret keys v1"),
    SUBJECT_TOKENS("likeness subject tokens v1"),
    SECURITY_TOKENS("likeness security tokens v1"),
    LOGIN_NAMES("likeness login names v1"),
    CURSORS("likeness cursors v1"),
    UPLOADS("likeness uploads v1");

    private final String label;

    Purpose(String label) {
      this.label = label;
    }
  }

  private static final Logger log = LoggerFactory.getLogger(MasterKey.class);
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final Set<PosixFilePermission> OTHERS =
      PosixFilePermissions.fromString("---rwxrwx");

  private final byte[] key;
  private final SecureRandom random;

  private MasterKey(byte[] key, SecureRandom random) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "a master key has " + KEY_BYTES + " bytes, not " + key.length);
    }
    this.key = key.clone();
    this.random = random;
  }

  public static MasterKey of(byte[] key, SecureRandom random) {
    return new MasterKey(key, random);
  }

  /** Reads the file: base64 of 32 bytes. Warns where others than its owner may open it. */
  public static MasterKey load(Path file) {
    try {
      byte[] key =
          Base64.getDecoder().decode(Files.readString(file, StandardCharsets.UTF_8).strip());
      if (isOpenToOthers(file)) {
        log.warn("the master key {} can be opened by others than its owner: chmod 600 it", file);
      }
      return new MasterKey(key, new SecureRandom());
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot read the master key " + file + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException(
          "the master key " + file + " is not the base64 of " + KEY_BYTES + " bytes", e);
    }
  }

  /** Writes a new random key, readable by the owner alone; fails where the file is there. */
  public static MasterKey create(Path file) {
    SecureRandom random = new SecureRandom();
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    PrivateFiles.write(
        file, Base64.getEncoder().encodeToString(key) + "\n", StandardOpenOption.CREATE_NEW);
    return new MasterKey(key, random);
  }

  static boolean isOpenToOthers(Path file) throws IOException {
    if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
      return false;
    }
    return Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains);
  }

  /** AES-256-GCM: nonce, then ciphertext with tag. {@code bound} must be said again to open it. */
  public byte[] seal(Purpose purpose, byte[] plain, String bound) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, purpose, nonce, bound);
      byte[] sealed = cipher.doFinal(plain);
      return ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks AES/GCM", e);
    }
  }

  /**
   * What was sealed; empty where this is not whole, was sealed by another key or bound to something
   * else.
   */
  public Optional<byte[]> open(Purpose purpose, byte[] sealed, String bound) {
    if (sealed.length < NONCE_BYTES + TAG_BITS / Byte.SIZE) {
      return Optional.empty();
    }
    try {
      Cipher cipher =
          cipher(Cipher.DECRYPT_MODE, purpose, Arrays.copyOf(sealed, NONCE_BYTES), bound);
      return Optional.of(cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES));
    } catch (AEADBadTagException e) {
      return Optional.empty();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks AES/GCM", e);
    }
  }

  /** HMAC-SHA256 under the key of this purpose. */
  public byte[] sign(Purpose purpose, byte[] content) {
    return hmac(derive(purpose), content);
  }

  private Cipher cipher(int mode, Purpose purpose, byte[] nonce, String bound)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        mode, new SecretKeySpec(derive(purpose), "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(bound.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  // One step of HKDF-Expand: the master key is already uniformly random, so there is nothing to
  // extract.
  private byte[] derive(Purpose purpose) {
    byte[] label = purpose.label.getBytes(StandardCharsets.UTF_8);
    return hmac(key, ByteBuffer.allocate(label.length + 1).put(label).put((byte) 1).array());
  }

  private static byte[] hmac(byte[] key, byte[] content) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(content);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks HmacSHA256", e);
    }
  }

  @Override
  public String toString() {
    return "MasterKey[hidden]";
  }
}
