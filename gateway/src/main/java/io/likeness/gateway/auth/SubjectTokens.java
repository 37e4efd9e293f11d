package io.likeness.gateway.auth;

import io.likeness.wire.AccountRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * The tokens of {@code X-Auth-Token}: what they say, and our signature over it. Nothing is stored,
 * so every gateway accepts them and none forgets them; a changed password or a removed account ends
 * them before their time.
 */
public final class SubjectTokens {

  public static final Duration LIFE = Duration.ofHours(24);

  private static final int VERSION = 1;
  private static final int MAC_BYTES = 32;
  private static final int STAMP_BYTES = 8;
  private static final int TOKEN_CHARS_MAX = 1024;

  private final MasterKey masterKey;

  public SubjectTokens(MasterKey masterKey) {
    this.masterKey = masterKey;
  }

  /** What a token opens. */
  public enum Scope {
    PROJECT,
    /** The account as a whole: looking things up in IAM, no image service. */
    DOMAIN
  }

  /** What a genuine token says. */
  public record Said(String projectId, Scope scope, Instant issuedAt, Instant expiresAt) {}

  /** What a presented token is worth. */
  public sealed interface Reading {}

  public record Valid(Said said) implements Reading {}

  public record Expired(Said said) implements Reading {}

  public record Forged() implements Reading {}

  public String issue(AccountRecord account, Scope scope, Instant now) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(account.getProjectId());
      out.writeByte(scope.ordinal());
      out.writeLong(now.toEpochMilli());
      out.writeLong(now.plus(LIFE).toEpochMilli());
      out.write(stamp(account));
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to take a token", e);
    }
    byte[] content = bytes.toByteArray();
    byte[] signed = Arrays.copyOf(content, content.length + MAC_BYTES);
    System.arraycopy(
        masterKey.sign(MasterKey.Purpose.SUBJECT_TOKENS, content),
        0,
        signed,
        content.length,
        MAC_BYTES);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(signed);
  }

  public Reading read(String token, Instant now, AccountBook accounts) {
    Optional<byte[]> content = genuine(token);
    if (content.isEmpty()) {
      return new Forged();
    }
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(content.get()))) {
      if (in.readByte() != VERSION) {
        return new Forged();
      }
      Said said =
          new Said(
              in.readUTF(),
              Scope.values()[in.readByte()],
              Instant.ofEpochMilli(in.readLong()),
              Instant.ofEpochMilli(in.readLong()));
      byte[] stamp = in.readNBytes(STAMP_BYTES);
      Optional<AccountRecord> account = accounts.ofProject(said.projectId());
      if (account.isEmpty() || !MessageDigest.isEqual(stamp, stamp(account.get()))) {
        return new Expired(said);
      }
      return now.isBefore(said.expiresAt()) ? new Valid(said) : new Expired(said);
    } catch (IOException e) {
      throw new IllegalStateException("a token we signed ends early", e);
    }
  }

  private Optional<byte[]> genuine(String token) {
    if (token.length() > TOKEN_CHARS_MAX) {
      return Optional.empty();
    }
    byte[] signed;
    try {
      signed = Base64.getUrlDecoder().decode(token);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    if (signed.length <= MAC_BYTES) {
      return Optional.empty();
    }
    byte[] content = Arrays.copyOf(signed, signed.length - MAC_BYTES);
    byte[] mac = Arrays.copyOfRange(signed, signed.length - MAC_BYTES, signed.length);
    return MessageDigest.isEqual(mac, masterKey.sign(MasterKey.Purpose.SUBJECT_TOKENS, content))
        ? Optional.of(content)
        : Optional.empty();
  }

  // Ties a token to the password it was given for.
  private static byte[] stamp(AccountRecord account) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(account.getPasswordHash().getBytes(StandardCharsets.UTF_8));
      return Arrays.copyOf(digest, STAMP_BYTES);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK lacks SHA-256", e);
    }
  }
}
