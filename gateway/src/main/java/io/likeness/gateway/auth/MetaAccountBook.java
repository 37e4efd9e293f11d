package io.likeness.gateway.auth;

import io.likeness.node.meta.AccountOutcome;
import io.likeness.node.meta.MetaStore;
import io.likeness.wire.AccountRecord;
import java.util.List;
import java.util.Optional;

/** The accounts of the topic {@code meta}. */
public final class MetaAccountBook implements AccountBook {

  private final MetaStore meta;

  public MetaAccountBook(MetaStore meta) {
    this.meta = meta;
  }

  @Override
  public Optional<AccountRecord> ofProject(String projectId) {
    return meta.account(projectId);
  }

  @Override
  public Optional<AccountRecord> ofAccessKey(String access) {
    return meta.accountByAccessKey(access);
  }

  @Override
  public Optional<AccountRecord> ofUser(String domain, String user) {
    return meta.accountByUser(domain, user);
  }

  @Override
  public List<AccountRecord> all() {
    return meta.accounts();
  }

  @Override
  public Optional<String> put(AccountRecord account) {
    return switch (meta.putAccount(account)) {
      case AccountOutcome.Stored stored -> Optional.empty();
      case AccountOutcome.Taken taken -> Optional.of(taken.what());
    };
  }
}
