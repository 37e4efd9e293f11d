package io.likeness.features;

import java.util.List;

/**
 * What a cosine of this model means to a person: likeness from 0 (nothing in common) to 1 (the same
 * picture), by straight lines between measured points. Rises with the cosine, so it never changes
 * an order.
 */
public record Calibration(List<Point> points) {

  /** Two floats' worth of rounding below 1 is still the same picture. */
  private static final double SAME = 1 - 1e-6;

  private static final int POINTS_MAX = 100;

  /** Cosine and the likeness it stands for. */
  public record Point(double cosine, double likeness) {

    public Point {
      if (!(cosine >= -1 && cosine <= 1)) {
        throw new IllegalArgumentException("cosine " + cosine + " is not from -1 to 1");
      }
      if (!(likeness >= 0 && likeness <= 1)) {
        throw new IllegalArgumentException("likeness " + likeness + " is not from 0 to 1");
      }
    }
  }

  public Calibration {
    points = List.copyOf(points);
    if (points.size() < 2 || points.size() > POINTS_MAX) {
      throw new IllegalArgumentException(points.size() + " points, must be 2 to " + POINTS_MAX);
    }
    for (int i = 1; i < points.size(); i++) {
      Point lower = points.get(i - 1);
      Point upper = points.get(i);
      if (upper.cosine <= lower.cosine || upper.likeness < lower.likeness) {
        throw new IllegalArgumentException(
            "point [%s, %s] does not rise from [%s, %s]"
                .formatted(upper.cosine, upper.likeness, lower.cosine, lower.likeness));
      }
    }
    if (points.getLast().cosine != 1 || points.getLast().likeness != 1) {
      throw new IllegalArgumentException("the last point must be [1, 1]");
    }
  }

  double likeness(double cosine) {
    if (cosine >= SAME) {
      return 1;
    }
    Point first = points.getFirst();
    if (!(cosine > first.cosine)) {
      return first.likeness;
    }
    int upper = 1;
    while (points.get(upper).cosine < cosine) {
      upper++;
    }
    Point below = points.get(upper - 1);
    Point above = points.get(upper);
    double part = (cosine - below.cosine) / (above.cosine - below.cosine);
    return below.likeness + part * (above.likeness - below.likeness);
  }

  /** The lowest cosine that has at least this likeness; above 1 where none has. */
  double cosine(double likeness) {
    if (likeness <= points.getFirst().likeness) {
      return -1;
    }
    if (likeness > 1) {
      return Math.nextUp(1.0);
    }
    int upper = 1;
    while (points.get(upper).likeness < likeness) {
      upper++;
    }
    Point below = points.get(upper - 1);
    Point above = points.get(upper);
    double part = (likeness - below.likeness) / (above.likeness - below.likeness);
    return Math.min(SAME, below.cosine + part * (above.cosine - below.cosine));
  }
}
