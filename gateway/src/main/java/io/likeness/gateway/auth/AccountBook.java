package io.likeness.gateway.auth;

import io.likeness.wire.AccountRecord;
import java.util.List;
import java.util.Optional;

/** The accounts there are. Reading never blocks. */
public interface AccountBook {

  Optional<AccountRecord> ofProject(String projectId);

  Optional<AccountRecord> ofAccessKey(String access);

  Optional<AccountRecord> ofUser(String domain, String user);

  List<AccountRecord> all();

  /** Stores an account, new or changed; what is taken by another account where it cannot be. */
  Optional<String> put(AccountRecord account);
}
