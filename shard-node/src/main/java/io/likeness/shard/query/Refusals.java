package io.likeness.shard.query;

import io.likeness.shard.index.SearchOutcome;
import io.likeness.shard.intake.HeldSlot;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import java.time.Duration;

/** A shard node's ways to say no. */
final class Refusals {

  private Refusals() {}

  static Refusal of(RefusalKind kind, String detail) {
    return Refusal.newBuilder().setKind(kind).setDetail(detail).build();
  }

  static Refusal bad(String detail) {
    return of(RefusalKind.BAD_REQUEST, detail);
  }

  static Refusal late(HeldSlot slot) {
    return of(
        RefusalKind.UNAVAILABLE, "slot " + slot.number() + " did not answer before the deadline");
  }

  static Refusal behind(HeldSlot slot, Duration lag) {
    return of(
        RefusalKind.UNAVAILABLE,
        "slot %d shows its log up to %d, which is not all of %d ms ago"
            .formatted(slot.number(), slot.position().getAppliedOffset(), lag.toMillis()));
  }

  static Refusal of(SearchOutcome.Misfit misfit) {
    return bad(misfit.reason());
  }

  static Refusal expired(HeldSlot slot) {
    return of(
        RefusalKind.CURSOR_EXPIRED,
        "slot " + slot.number() + " no longer holds the view of this cursor; search anew");
  }

  static Refusal beingRead() {
    return of(RefusalKind.BUSY, "the cursor is being read by another request");
  }
}
