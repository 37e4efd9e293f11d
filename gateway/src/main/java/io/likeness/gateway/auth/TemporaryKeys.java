package io.likeness.gateway.auth;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/**
 * Key pairs that end by themselves. Nothing is stored: the security token carries the pair, sealed,
 * and comes back with every request; an access key without its token opens nothing.
 */
public final class TemporaryKeys {

  public static final Duration LIFE_MIN = Duration.ofSeconds(900);
  public static final Duration LIFE_MAX = Duration.ofSeconds(86_400);

  private static final int VERSION = 1;
  private static final int TOKEN_CHARS_MAX = 1024;
  private static final String BOUND = "security token";

  private final MasterKey masterKey;
  private final SecureRandom random;

  public TemporaryKeys(MasterKey masterKey, SecureRandom random) {
    this.masterKey = masterKey;
    this.random = random;
  }

  /** What is handed out. */
  public record TemporaryKey(
      String access, String secret, String securityToken, Instant expiresAt) {

    @Override
    public String toString() {
      return "TemporaryKey[" + access + " until " + expiresAt + "]";
    }
  }

  /** What a genuine security token carries. */
  record Carried(String access, String secret, String projectId, Instant expiresAt) {

    byte[] secretBytes() {
      return secret.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
      return "Carried[" + access + " of " + projectId + " until " + expiresAt + "]";
    }
  }

  public TemporaryKey issue(String projectId, Duration life, Instant now) {
    if (life.compareTo(LIFE_MIN) < 0 || life.compareTo(LIFE_MAX) > 0) {
      throw new IllegalArgumentException(
          "a temporary key lives "
              + LIFE_MIN.toSeconds()
              + " to "
              + LIFE_MAX.toSeconds()
              + " s, not "
              + life.toSeconds());
    }
    String access = Credentials.freshAccess(random);
    String secret = Credentials.freshSecret(random);
    Instant expiresAt = now.plus(life);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(access);
      out.writeUTF(secret);
      out.writeUTF(projectId);
      out.writeLong(expiresAt.toEpochMilli());
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to take a token", e);
    }
    byte[] sealed = masterKey.seal(MasterKey.Purpose.SECURITY_TOKENS, bytes.toByteArray(), BOUND);
    return new TemporaryKey(
        access, secret, Base64.getUrlEncoder().withoutPadding().encodeToString(sealed), expiresAt);
  }

  /** What this token carries; empty where we did not make it. It may have expired. */
  Optional<Carried> open(String securityToken) {
    if (securityToken.length() > TOKEN_CHARS_MAX) {
      return Optional.empty();
    }
    byte[] sealed;
    try {
      sealed = Base64.getUrlDecoder().decode(securityToken);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    return masterKey
        .open(MasterKey.Purpose.SECURITY_TOKENS, sealed, BOUND)
        .flatMap(TemporaryKeys::read);
  }

  private static Optional<Carried> read(byte[] plain) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(plain))) {
      if (in.readByte() != VERSION) {
        return Optional.empty();
      }
      return Optional.of(
          new Carried(
              in.readUTF(), in.readUTF(), in.readUTF(), Instant.ofEpochMilli(in.readLong())));
    } catch (IOException e) {
      throw new IllegalStateException("a token we sealed ends early", e);
    }
  }
}
