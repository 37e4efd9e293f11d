package io.likeness.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.AccountRecord;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/** Genuine tokens whose first byte, the number of their form, is one greater. */
class TokenFormatsTest {

  private static final Instant NOW = Instant.ofEpochSecond(1_700_000_000);
  private static final int MAC_BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final MasterKey key = MasterKey.of(new byte[32], random);

  @Test
  void aSubjectTokenOfANewerReleaseIsNotAccepted() {
    AccountRecord account =
        AccountRecord.newBuilder().setProjectId("p1").setPasswordHash("hash").build();
    SubjectTokens tokens = new SubjectTokens(key);
    InMemoryAccountBook accounts = new InMemoryAccountBook();
    byte[] signed =
        Base64.getUrlDecoder().decode(tokens.issue(account, SubjectTokens.Scope.PROJECT, NOW));
    byte[] content = Arrays.copyOf(signed, signed.length - MAC_BYTES);
    assertThat(read(tokens, content, accounts)).isNotInstanceOf(SubjectTokens.Forged.class);

    content[0]++;
    assertThat(read(tokens, content, accounts)).isInstanceOf(SubjectTokens.Forged.class);
  }

  private SubjectTokens.Reading read(
      SubjectTokens tokens, byte[] content, InMemoryAccountBook accounts) {
    byte[] signed = Arrays.copyOf(content, content.length + MAC_BYTES);
    byte[] mac = key.sign(MasterKey.Purpose.SUBJECT_TOKENS, content);
    System.arraycopy(mac, 0, signed, content.length, MAC_BYTES);
    return tokens.read(
        Base64.getUrlEncoder().withoutPadding().encodeToString(signed), NOW, accounts);
  }

  @Test
  void aTemporaryKeyOfANewerReleaseIsNotAccepted() {
    TemporaryKeys keys = new TemporaryKeys(key, random);
    String bound = "security token";
    String issued = keys.issue("p1", TemporaryKeys.LIFE_MIN, NOW).securityToken();
    byte[] plain =
        key.open(MasterKey.Purpose.SECURITY_TOKENS, Base64.getUrlDecoder().decode(issued), bound)
            .orElseThrow();
    assertThat(keys.open(issued)).isPresent();

    plain[0]++;
    String newer =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(key.seal(MasterKey.Purpose.SECURITY_TOKENS, plain, bound));
    assertThat(keys.open(newer)).isEmpty();
  }
}
