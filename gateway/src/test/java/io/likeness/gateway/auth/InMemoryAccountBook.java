package io.likeness.gateway.auth;

import io.likeness.wire.AccountRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Accounts in a map, with the uniqueness of the real ones. */
public final class InMemoryAccountBook implements AccountBook {

  private final Map<String, AccountRecord> accounts = new LinkedHashMap<>();

  @Override
  public Optional<AccountRecord> ofProject(String projectId) {
    return Optional.ofNullable(accounts.get(projectId));
  }

  @Override
  public Optional<AccountRecord> ofAccessKey(String access) {
    return accounts.values().stream()
        .filter(each -> each.getKeysList().stream().anyMatch(key -> key.getAccess().equals(access)))
        .findFirst();
  }

  @Override
  public Optional<AccountRecord> ofUser(String domain, String user) {
    return accounts.values().stream()
        .filter(each -> each.getDomain().equals(domain) && each.getUser().equals(user))
        .findFirst();
  }

  @Override
  public List<AccountRecord> all() {
    return List.copyOf(accounts.values());
  }

  @Override
  public Optional<String> put(AccountRecord account) {
    Optional<AccountRecord> holder = ofUser(account.getDomain(), account.getUser());
    if (holder.isPresent() && !holder.get().getProjectId().equals(account.getProjectId())) {
      return Optional.of("user " + account.getUser() + " of domain " + account.getDomain());
    }
    accounts.put(account.getProjectId(), account);
    return Optional.empty();
  }

  public void remove(String projectId) {
    accounts.remove(projectId);
  }
}
