package io.likeness.gateway.api;

import io.likeness.wire.Refusal;
import io.likeness.wire.RejectionKind;
import java.util.Locale;

/** What a coordinator's expected no is in HTTP. */
final class Refusals {

  private Refusals() {}

  static ApiFault fault(Refusal refusal) {
    String detail = refusal.getDetail();
    return switch (refusal.getKind()) {
      case NO_SUCH_INSTANCE -> new ApiFault(404, "no_such_instance", detail);
      case NO_SUCH_IMAGE -> new ApiFault(404, "no_such_image", detail);
      case BAD_PICTURE -> new ApiFault(422, pictureCode(refusal.getPicture()), detail);
      case BAD_REQUEST -> ApiFault.invalid(detail);
      case BUSY -> ApiFault.busy(detail);
      case CURSOR_EXPIRED -> new ApiFault(410, "cursor_expired", detail);
      case UNAVAILABLE, STALE_TERM, REFUSAL_KIND_UNSPECIFIED, UNRECOGNIZED ->
          ApiFault.unavailable(detail);
    };
  }

  /** The kind in lower case: {@code unsupported_format}, {@code picture_too_large}, ... */
  static String pictureCode(RejectionKind kind) {
    return switch (kind) {
      case REJECTION_KIND_UNSPECIFIED, UNRECOGNIZED -> "bad_picture";
      default -> kind.name().toLowerCase(Locale.ROOT);
    };
  }
}
