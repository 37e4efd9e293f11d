package io.likeness.gateway.auth;

import io.likeness.wire.AccountRecord;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The secrets that requests are signed with: permanent keys, and temporary ones by their token. */
final class SigningKeys {

  private final AccountBook book;
  private final Accounts accounts;
  private final TemporaryKeys temporaryKeys;

  SigningKeys(AccountBook book, Accounts accounts, TemporaryKeys temporaryKeys) {
    this.book = book;
    this.accounts = accounts;
    this.temporaryKeys = temporaryKeys;
  }

  /** What an access key turned out to be. */
  sealed interface Lookup {}

  record Key(AccountRecord account, byte[] secret, boolean temporary) implements Lookup {}

  /** Why there is no secret to check with. */
  enum NoKey implements Lookup {
    /** Nobody's key; or a temporary one without its token. */
    UNKNOWN,
    /** The token is not ours, or not that of this key. */
    FOREIGN_TOKEN,
    EXPIRED_TOKEN,
    /** The token is good, its account is gone. */
    NO_ACCOUNT
  }

  /** {@code securityTokens}: all that the request carries; a permanent key has none. */
  Lookup find(String access, List<String> securityTokens, Instant now) {
    if (securityTokens.isEmpty()) {
      Optional<AccountRecord> account = book.ofAccessKey(access);
      Optional<byte[]> secret = account.flatMap(each -> accounts.secretOf(each, access));
      return secret.isPresent()
          ? new Key(account.orElseThrow(), secret.get(), false)
          : NoKey.UNKNOWN;
    }
    Optional<TemporaryKeys.Carried> carried =
        securityTokens.size() == 1
            ? temporaryKeys.open(securityTokens.getFirst().strip())
            : Optional.empty();
    if (carried.isEmpty() || !carried.get().access().equals(access)) {
      return NoKey.FOREIGN_TOKEN;
    }
    if (!now.isBefore(carried.get().expiresAt())) {
      return NoKey.EXPIRED_TOKEN;
    }
    return book.ofProject(carried.get().projectId())
        .<Lookup>map(account -> new Key(account, carried.get().secretBytes(), true))
        .orElse(NoKey.NO_ACCOUNT);
  }
}
