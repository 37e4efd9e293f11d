package io.likeness.gateway.auth;

import com.google.protobuf.ByteString;
import io.likeness.wire.AccessKey;
import io.likeness.wire.AccountRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Optional;

/** Makes accounts, and opens the secrets they keep sealed. */
public final class Accounts {

  /** The name of the one project an account has, as the look-up by name shows it. */
  public static final String PROJECT_NAME = "default";

  private final AccountBook book;
  private final MasterKey masterKey;
  private final Passwords passwords;
  private final SecureRandom random;
  private final InstantSource clock;

  public Accounts(
      AccountBook book,
      MasterKey masterKey,
      Passwords passwords,
      SecureRandom random,
      InstantSource clock) {
    this.book = book;
    this.masterKey = masterKey;
    this.passwords = passwords;
    this.random = random;
    this.clock = clock;
  }

  /** What became of the wish for an account. */
  public sealed interface AccountOutcome {}

  /** The only time the password and the secret key are known in the clear. */
  public record AccountMade(Credentials credentials) implements AccountOutcome {}

  public record AccountTaken(String what) implements AccountOutcome {}

  /** A new account with random keys, and a random password where none is wished for. */
  public AccountOutcome create(
      String domain, String user, Optional<String> password, boolean admin) {
    Credentials fresh = Credentials.fresh(domain, user, random);
    Credentials wanted =
        new Credentials(
            fresh.projectId(),
            domain,
            user,
            password.orElse(fresh.password()),
            fresh.accessKey(),
            fresh.secretKey());
    Optional<String> taken = book.put(record(wanted, admin));
    return taken.<AccountOutcome>map(AccountTaken::new).orElseGet(() -> new AccountMade(wanted));
  }

  /**
   * Makes the administrator's account from a credentials file, unless its project has an account
   * already.
   */
  public void ensureAdmin(Path credentialsFile) {
    Credentials credentials = Credentials.read(credentialsFile);
    if (book.ofProject(credentials.projectId()).isPresent()) {
      return;
    }
    Optional<String> taken = book.put(record(credentials, true));
    if (taken.isPresent()) {
      throw new IllegalStateException(
          "cannot make the account of "
              + credentialsFile
              + ": "
              + taken.get()
              + " belongs to another account");
    }
  }

  /** The account as it is stored: password hashed, secret key sealed to its access key. */
  public AccountRecord record(Credentials credentials, boolean admin) {
    long now = clock.millis();
    return AccountRecord.newBuilder()
        .setProjectId(credentials.projectId())
        .setProjectName(PROJECT_NAME)
        .setDomain(credentials.domain())
        .setDomainId(randomId())
        .setUser(credentials.user())
        .setUserId(randomId())
        .setPasswordHash(passwords.hash(credentials.password()))
        .addKeys(
            AccessKey.newBuilder()
                .setAccess(credentials.accessKey())
                .setSecretSealed(
                    ByteString.copyFrom(
                        masterKey.seal(
                            MasterKey.Purpose.SECRET_KEYS,
                            credentials.secretKey().getBytes(StandardCharsets.UTF_8),
                            credentials.accessKey())))
                .setCreatedAtMillis(now))
        .setAdmin(admin)
        .setCreatedAtMillis(now)
        .build();
  }

  /** The secret key behind an access key of this account. */
  Optional<byte[]> secretOf(AccountRecord account, String access) {
    return account.getKeysList().stream()
        .filter(key -> key.getAccess().equals(access))
        .findFirst()
        .map(
            key ->
                masterKey
                    .open(
                        MasterKey.Purpose.SECRET_KEYS, key.getSecretSealed().toByteArray(), access)
                    .orElseThrow(
                        () ->
                            new IllegalStateException(
                                "the secret of access key "
                                    + access
                                    + " was sealed under another master key")));
  }

  private String randomId() {
    byte[] id = new byte[16];
    random.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }
}
