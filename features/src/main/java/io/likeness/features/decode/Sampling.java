package io.likeness.features.decode;

/**
 * Which pixels of a large picture are kept: every so manieth column and row, from the middle of the
 * first step on.
 */
record Sampling(int stepX, int stepY, int firstX, int firstY) {

  /** Pixels kept per pixel wanted, in each direction: enough for averaging to hide the sampling. */
  private static final int OVERSAMPLING = 8;

  /** Pixels kept of a picture however long and thin, unless its use wants more. */
  private static final long KEPT_MAX = 1L << 22;

  Sampling(int stepX, int stepY) {
    this(stepX, stepY, stepX / 2, stepY / 2);
  }

  /**
   * Both directions take the same steps, so that the proportions stay, which matters to whoever
   * cuts out the middle; only a picture too long and thin for that is thinned along its length.
   */
  static Sampling of(int width, int height, int sideWanted) {
    int kept = OVERSAMPLING * sideWanted;
    int step = Math.max(1, Math.min(width, height) / kept);
    long most = Math.max(KEPT_MAX, 4L * kept * kept);
    while ((long) (width / step) * (height / step) > most
        && Math.min(width, height) / step >= 2 * sideWanted) {
      step++;
    }
    int stepX = step;
    int stepY = step;
    while ((long) Math.ceilDiv(width, stepX) * Math.ceilDiv(height, stepY) > most) {
      if (width / stepX >= height / stepY) {
        stepX++;
      } else {
        stepY++;
      }
    }
    return new Sampling(stepX, stepY);
  }

  /** The same steps for a smaller part, which may be smaller than a step. */
  Sampling within(Place part) {
    return new Sampling(
        stepX, stepY, Math.min(firstX, part.width() - 1), Math.min(firstY, part.height() - 1));
  }

  int width(Place part) {
    return Math.ceilDiv(part.width() - firstX, stepX);
  }

  int height(Place part) {
    return Math.ceilDiv(part.height() - firstY, stepY);
  }
}
