package io.likeness.coordinator;

import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.wire.Coverage;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import java.util.List;

/** The coordinator's ways to say no. */
final class Refusals {

  private static final int REASONS_TOLD_MAX = 5;

  private Refusals() {}

  static Refusal of(RefusalKind kind, String detail) {
    return Refusal.newBuilder().setKind(kind).setDetail(detail).build();
  }

  static Refusal noInstance(String uid) {
    return of(RefusalKind.NO_SUCH_INSTANCE, "there is no instance with uid \"" + uid + "\"");
  }

  static Refusal badPicture(Rejection rejection) {
    return of(RefusalKind.BAD_PICTURE, rejection.getDetail()).toBuilder()
        .setPicture(rejection.getKind())
        .build();
  }

  /** From one shard whose answer was all that could help. */
  static Refusal from(ShardReply<?> reply) {
    if (reply instanceof ShardReply.Refused<?> refused && mayPass(refused.refusal().getKind())) {
      return refused.refusal();
    }
    return of(RefusalKind.UNAVAILABLE, reply.reason());
  }

  /** A part is an answer unless all was demanded; nothing is none. */
  static void whereTooFew(Coverage coverage, boolean strict) throws No {
    int wanted = strict ? coverage.getShardsAsked() : 1;
    if (coverage.getShardsAnswered() < wanted) {
      throw new No(
          missing(
              strict ? "all shards were demanded" : "nobody could answer",
              coverage.getShardsAnswered(),
              coverage.getShardsAsked(),
              coverage.getReasonsList()));
    }
  }

  static Refusal missing(String whatFailed, int answered, int asked, List<String> reasons) {
    return of(
        RefusalKind.UNAVAILABLE,
        whatFailed
            + ": "
            + answered
            + " of "
            + asked
            + " shards answered; "
            + String.join("; ", reasons.subList(0, Math.min(reasons.size(), REASONS_TOLD_MAX))));
  }

  /** What a caller can do something about; the rest is between us and the shard. */
  private static boolean mayPass(RefusalKind kind) {
    return switch (kind) {
      case NO_SUCH_INSTANCE, NO_SUCH_IMAGE, BAD_REQUEST, BUSY, CURSOR_EXPIRED -> true;
      case BAD_PICTURE, UNAVAILABLE, STALE_TERM, REFUSAL_KIND_UNSPECIFIED, UNRECOGNIZED -> false;
    };
  }
}
