package io.likeness.coordinator.fanout;

/**
 * How many requests may be asked beyond the first of each: a share of all, saved up to a bound. It
 * starts empty, so that at no moment more have been asked than the share.
 */
final class HedgeBudget {

  private static final double SAVED_MAX = 20;

  private final double share;
  private double saved;

  HedgeBudget(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("share " + share + " is not 0 to 1");
    }
    this.share = share;
  }

  /** One more request was asked. */
  synchronized void earn() {
    saved = Math.min(SAVED_MAX, saved + share);
  }

  synchronized boolean take() {
    // Twenty times a twentieth is a little less than one.
    if (saved < 1 - 1e-9) {
      return false;
    }
    saved--;
    return true;
  }
}
