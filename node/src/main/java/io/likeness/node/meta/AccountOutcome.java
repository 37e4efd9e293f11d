package io.likeness.node.meta;

import io.likeness.wire.AccountRecord;

/** What became of the wish to store an account. */
public sealed interface AccountOutcome {

  record Stored(AccountRecord account) implements AccountOutcome {}

  /** Another account has this access key, or this user in this domain. */
  record Taken(String what) implements AccountOutcome {}
}
