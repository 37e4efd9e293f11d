package io.likeness.coordinator;

import io.likeness.wire.Refusal;

/** An expected no on the way to an answer; it never leaves this package. */
final class No extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient Refusal refusal;

  No(Refusal refusal) {
    super(refusal.getDetail(), null, false, false);
    this.refusal = refusal;
  }

  Refusal refusal() {
    return refusal;
  }
}
