package io.likeness.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.wire.AccountRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The master key, what it seals, passwords, and the files they live in. */
class SecretsTest {

  private final SecureRandom random = new SecureRandom();
  private final MasterKey key = MasterKey.of(new byte[32], random);
  private final byte[] plain = "secret key".getBytes(StandardCharsets.UTF_8);

  @Test
  void opensWhatItSealed() {
    byte[] sealed = key.seal(MasterKey.Purpose.SECRET_KEYS, plain, "AK");

    assertThat(key.open(MasterKey.Purpose.SECRET_KEYS, sealed, "AK")).contains(plain);
    assertThat(new String(sealed, StandardCharsets.ISO_8859_1)).doesNotContain("secret key");
    assertThat(key.seal(MasterKey.Purpose.SECRET_KEYS, plain, "AK")).isNotEqualTo(sealed);
  }

  @Test
  void opensNothingElse() {
    byte[] sealed = key.seal(MasterKey.Purpose.SECRET_KEYS, plain, "AK");
    byte[] otherKey = new byte[32];
    otherKey[31] = 1;

    assertThat(key.open(MasterKey.Purpose.SECRET_KEYS, sealed, "AK2")).isEmpty();
    assertThat(key.open(MasterKey.Purpose.SECURITY_TOKENS, sealed, "AK")).isEmpty();
    assertThat(MasterKey.of(otherKey, random).open(MasterKey.Purpose.SECRET_KEYS, sealed, "AK"))
        .isEmpty();
    assertThat(key.open(MasterKey.Purpose.SECRET_KEYS, new byte[0], "AK")).isEmpty();
    assertThat(key.open(MasterKey.Purpose.SECRET_KEYS, new byte[27], "AK")).isEmpty();
    for (int i = 0; i < sealed.length; i++) {
      byte[] changed = sealed.clone();
      changed[i] ^= 0x40;
      assertThat(key.open(MasterKey.Purpose.SECRET_KEYS, changed, "AK")).isEmpty();
    }
  }

  @Test
  void signsDifferentlyForEachPurpose() {
    assertThat(key.sign(MasterKey.Purpose.SUBJECT_TOKENS, plain))
        .isEqualTo(key.sign(MasterKey.Purpose.SUBJECT_TOKENS, plain))
        .isNotEqualTo(key.sign(MasterKey.Purpose.LOGIN_NAMES, plain));
  }

  @Test
  void keepsTheKeyInAFileOfItsOwnersAlone(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("new/master.key");
    MasterKey made = MasterKey.create(file);
    byte[] sealed = made.seal(MasterKey.Purpose.SECRET_KEYS, plain, "AK");

    assertThat(MasterKey.load(file).open(MasterKey.Purpose.SECRET_KEYS, sealed, "AK"))
        .contains(plain);
    assertThat(Base64.getDecoder().decode(Files.readString(file).strip())).hasSize(32);
    assertThatThrownBy(() -> MasterKey.create(file)).hasMessageContaining("master.key");
    Assumptions.assumeTrue(
        Files.getFileStore(folder).supportsFileAttributeView("posix"), "needs POSIX permissions");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(MasterKey.isOpenToOthers(file)).isFalse();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(MasterKey.isOpenToOthers(file)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "short",
        "not base64 at all !!",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="
      })
  void refusesFilesThatHoldNoKey(String text, @TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("master.key"), text);

    assertThatThrownBy(() -> MasterKey.load(file)).hasMessageContaining("32 bytes");
    assertThatThrownBy(() -> MasterKey.load(folder.resolve("none"))).hasMessageContaining("none");
  }

  @Test
  void tellsRightPasswordsFromWrongOnes() {
    Passwords passwords = new Passwords(random);
    String hash = passwords.hash("p\u00e4ssword");

    assertThat(hash).startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
    assertThat(passwords.hash("p\u00e4ssword")).isNotEqualTo(hash);
    assertThat(passwords.check("p\u00e4ssword", Optional.of(hash)))
        .isEqualTo(Passwords.Check.RIGHT);
    assertThat(passwords.check("password", Optional.of(hash))).isEqualTo(Passwords.Check.WRONG);
    assertThat(passwords.check("", Optional.of(hash))).isEqualTo(Passwords.Check.WRONG);
    assertThat(passwords.check("p\u00e4ssword", Optional.empty())).isEqualTo(Passwords.Check.WRONG);
    assertThat(passwords.check("x".repeat(257), Optional.of(passwords.hash("x".repeat(257)))))
        .isEqualTo(Passwords.Check.WRONG);
  }

  /** From the tests of the reference implementation: "password", "somesalt", 64 MiB, 2 passes. */
  @Test
  void readsHashesOfOtherImplementations() {
    String hash =
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

    assertThat(new Passwords(random).check("password", Optional.of(hash)))
        .isEqualTo(Passwords.Check.RIGHT);
  }

  @Test
  void keepsCredentialsInAFileOfTheirOwnersAlone(@TempDir Path folder) {
    Credentials fresh = Credentials.fresh("acme", "alice", random);
    Path file = folder.resolve("credentials.json");
    fresh.write(file);

    assertThat(Credentials.read(file)).isEqualTo(fresh);
    assertThatThrownBy(() -> fresh.write(file)).hasMessageContaining("credentials.json");
    assertThat(fresh.projectId()).matches("[0-9a-f]{32}");
    assertThat(fresh.accessKey()).matches("[A-Z0-9]{20}");
    assertThat(fresh.secretKey()).matches("[A-Za-z0-9]{40}");
    assertThat(fresh.toString()).doesNotContain(fresh.secretKey()).doesNotContain(fresh.password());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{}",
        "[]",
        "{\"project_id\":\"../p\",\"domain\":\"d\",\"user\":\"u\",\"password\":\"hunter2\",\"access_key\":\"a\",\"secret_key\":\"s\"}",
        "{\"project_id\":\"p\",\"domain\":\"d\",\"user\":\"u\",\"password\":\"hunter2\",\"access_key\":\"a\",\"secret_key\":\"\"}",
        "{\"project_id\":\"p\",\"password\":\"hunter2\"}"
      })
  void refusesFilesThatHoldNoCredentialsWithoutQuotingThem(String text, @TempDir Path folder)
      throws IOException {
    Path file = Files.writeString(folder.resolve("credentials.json"), text);

    assertThatThrownBy(() -> Credentials.read(file))
        .hasMessageContaining("credentials.json")
        .hasMessageNotContaining("hunter2")
        .hasNoCause();
  }

  @Test
  void makesTheAdministratorOnceFromTheFile(@TempDir Path folder) {
    AuthScene scene = new AuthScene();
    Credentials admin = Credentials.fresh("local", "admin", random);
    Path file = folder.resolve("credentials.json");
    admin.write(file);

    scene.accounts.ensureAdmin(file);
    AccountRecord made = scene.book.ofProject(admin.projectId()).orElseThrow();
    scene.accounts.ensureAdmin(file);

    assertThat(scene.book.ofProject(admin.projectId())).contains(made);
    assertThat(made.getAdmin()).isTrue();
    assertThat(made.toString()).doesNotContain(admin.secretKey()).doesNotContain(admin.password());
    assertThat(scene.accounts.secretOf(made, admin.accessKey()).orElseThrow())
        .isEqualTo(admin.secretKey().getBytes(StandardCharsets.UTF_8));
    assertThat(scene.passwords.check(admin.password(), Optional.of(made.getPasswordHash())))
        .isEqualTo(Passwords.Check.RIGHT);
  }

  @Test
  void makesAccountsOfFreshKeysAndRefusesTakenUsers() {
    AuthScene scene = new AuthScene();

    Accounts.AccountOutcome made =
        scene.accounts.create("new", "carol", Optional.of("chosen"), false);
    assertThat(made).isInstanceOf(Accounts.AccountMade.class);
    Credentials credentials = ((Accounts.AccountMade) made).credentials();
    assertThat(credentials.password()).isEqualTo("chosen");
    assertThat(scene.book.ofUser("new", "carol").orElseThrow().getAdmin()).isFalse();
    assertThat(scene.accounts.create("new", "carol", Optional.empty(), false))
        .isInstanceOf(Accounts.AccountTaken.class);
  }

  @Test
  void givesTemporaryKeysOnlyALifeWithinTheContractsBounds() {
    TemporaryKeys keys = new TemporaryKeys(key, random);

    assertThat(keys.issue("p", Duration.ofSeconds(86_400), AuthScene.NOW).expiresAt())
        .isEqualTo(AuthScene.NOW.plusSeconds(86_400));
    assertThatThrownBy(() -> keys.issue("p", Duration.ofSeconds(899), AuthScene.NOW))
        .hasMessageContaining("899");
    assertThatThrownBy(() -> keys.issue("p", Duration.ofSeconds(86_401), AuthScene.NOW))
        .hasMessageContaining("86401");
  }
}
