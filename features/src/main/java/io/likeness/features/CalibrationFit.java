package io.likeness.features;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Finds a calibration from pairs of pictures that somebody has judged. What comes out means: if as
 * many pairs showed the same thing as did not, this share of the pairs with this cosine would show
 * the same thing.
 *
 * <p>The pairs are sorted by cosine and cut into steps of equal weight; where a step's share is
 * lower than the one below it, the two are one step (the pool of adjacent violators), so the result
 * rises. A twentieth of the scale is given to the order alone, so that it rises everywhere and two
 * cosines never get the same likeness for want of pairs.
 */
public final class CalibrationFit {

  static final int PAIRS_MIN = 20;

  private static final int STEPS = 20;
  private static final double ORDER = 0.05;

  /** Cosines nearer than this are one point. */
  private static final double APART = 5e-4;

  private record Judged(float cosine, boolean same) {}

  /** Neighbouring pairs: their weight, the weight of those that show the same, and cosines. */
  private record Step(double weight, double same, double cosines) {

    Step with(Step other) {
      return new Step(weight + other.weight, same + other.same, cosines + other.cosines);
    }

    double share() {
      return same / weight;
    }

    double cosine() {
      return cosines / weight;
    }
  }

  private CalibrationFit() {}

  /**
   * @param same cosines of pairs that show the same
   * @param different cosines of pairs that do not
   */
  public static Calibration of(float[] same, float[] different) {
    if (same.length < PAIRS_MIN || different.length < PAIRS_MIN) {
      throw new IllegalArgumentException(
          "%d pairs show the same and %d do not, at least %d of each are needed"
              .formatted(same.length, different.length, PAIRS_MIN));
    }
    List<Judged> pairs = new ArrayList<>(same.length + different.length);
    for (float cosine : same) {
      pairs.add(new Judged(cosine, true));
    }
    for (float cosine : different) {
      pairs.add(new Judged(cosine, false));
    }
    pairs.sort(Comparator.comparingDouble(Judged::cosine));
    List<Step> steps = rising(steps(pairs, 1.0 / same.length, 1.0 / different.length));
    return points(steps, Math.min(least(same), least(different)));
  }

  private static float least(float[] values) {
    float[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[0];
  }

  private static List<Step> steps(List<Judged> pairs, double sameWeight, double differentWeight) {
    List<Step> steps = new ArrayList<>();
    Step now = new Step(0, 0, 0);
    for (int i = 0; i < pairs.size(); i++) {
      Judged pair = pairs.get(i);
      double weight = pair.same() ? sameWeight : differentWeight;
      now = now.with(new Step(weight, pair.same() ? weight : 0, weight * pair.cosine()));
      if (now.weight >= 2.0 / STEPS || i == pairs.size() - 1) {
        steps.add(now);
        now = new Step(0, 0, 0);
      }
    }
    return steps;
  }

  private static List<Step> rising(List<Step> steps) {
    List<Step> rising = new ArrayList<>();
    for (Step step : steps) {
      Step last = step;
      while (!rising.isEmpty() && rising.getLast().share() > last.share()) {
        last = rising.removeLast().with(last);
      }
      rising.add(last);
    }
    return rising;
  }

  private static Calibration points(List<Step> steps, double least) {
    List<Calibration.Point> points = new ArrayList<>();
    double first = Math.max(-1, Math.min(least, steps.getFirst().cosine() - 2 * APART));
    points.add(new Calibration.Point(rounded(first), 0));
    for (Step step : steps) {
      double cosine = rounded(step.cosine());
      double place = (cosine - first) / (1 - first);
      double likeness = rounded((1 - ORDER) * step.share() + ORDER * place);
      Calibration.Point last = points.getLast();
      if (cosine - last.cosine() >= APART && cosine <= 1 - APART && likeness >= last.likeness()) {
        points.add(new Calibration.Point(cosine, Math.min(likeness, 1)));
      }
    }
    points.add(new Calibration.Point(1, 1));
    return new Calibration(points);
  }

  private static double rounded(double value) {
    return Math.round(value * 10_000) / 10_000.0;
  }
}
