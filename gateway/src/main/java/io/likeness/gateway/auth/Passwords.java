package io.likeness.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id in its usual text form. Hashing is made to be dear, so it runs at most {@value
 * #AT_ONCE_MAX} at a time and a caller who would wait longer than {@value #WAIT_MAX_SECONDS} s is
 * told to come back.
 *
 * <p>An unknown user costs the same as a wrong password: {@link #burn} hashes against nothing.
 */
public final class Passwords {

  static final int AT_ONCE_MAX = 2;
  static final int WAIT_MAX_SECONDS = 2;
  static final int CHARS_MAX = 256;

  // OWASP's second choice: 19 MiB, 2 passes. Costs some tens of milliseconds.
  private static final int MEMORY_KIB = 19 * 1024;
  private static final int PASSES = 2;
  private static final int LANES = 1;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;

  private static final Pattern TEXT =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,2}),p=(\\d{1,2})\\$([A-Za-z0-9+/]{11,64})\\$([A-Za-z0-9+/]{22,86})");

  private final SecureRandom random;
  private final Semaphore atOnce = new Semaphore(AT_ONCE_MAX, true);

  public Passwords(SecureRandom random) {
    this.random = random;
  }

  /** What a check came to. */
  public enum Check {
    RIGHT,
    WRONG,
    /** Too many are waiting. */
    BUSY
  }

  public String hash(String password) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    byte[] hash = argon2id(password, salt, MEMORY_KIB, PASSES, LANES, HASH_BYTES);
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return String.format(
        Locale.ROOT,
        "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s",
        MEMORY_KIB,
        PASSES,
        LANES,
        base64.encodeToString(salt),
        base64.encodeToString(hash));
  }

  /**
   * Whether the password is the one behind the hash; without a hash it costs the same and is wrong.
   */
  public Check check(String password, Optional<String> stored) {
    try {
      if (!atOnce.tryAcquire(WAIT_MAX_SECONDS, TimeUnit.SECONDS)) {
        return Check.BUSY;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Check.BUSY;
    }
    try {
      if (stored.isEmpty() || password.length() > CHARS_MAX) {
        burn();
        return Check.WRONG;
      }
      return matches(password, stored.get()) ? Check.RIGHT : Check.WRONG;
    } finally {
      atOnce.release();
    }
  }

  private static void burn() {
    argon2id("", new byte[SALT_BYTES], MEMORY_KIB, PASSES, LANES, HASH_BYTES);
  }

  private static boolean matches(String password, String stored) {
    Matcher text = TEXT.matcher(stored);
    if (!text.matches()) {
      throw new IllegalStateException("a stored password hash is not Argon2id in its text form");
    }
    byte[] salt = Base64.getDecoder().decode(text.group(4));
    byte[] hash = Base64.getDecoder().decode(text.group(5));
    byte[] computed =
        argon2id(
            password,
            salt,
            Integer.parseInt(text.group(1)),
            Integer.parseInt(text.group(2)),
            Integer.parseInt(text.group(3)),
            hash.length);
    return MessageDigest.isEqual(computed, hash);
  }

  private static byte[] argon2id(
      String password, byte[] salt, int memoryKib, int passes, int lanes, int length) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withSalt(salt)
            .withMemoryAsKB(memoryKib)
            .withIterations(passes)
            .withParallelism(lanes)
            .build());
    byte[] hash = new byte[length];
    generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
    return hash;
  }
}
