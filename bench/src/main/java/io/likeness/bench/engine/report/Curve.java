package io.likeness.bench.engine.report;

import io.likeness.bench.engine.child.Timing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/** What an engine finds and what that costs, at rising efforts. */
public record Curve(List<Point> points) {

  /** One effort. */
  public record Point(int effort, double recall, Timing timing) {}

  public Curve {
    points = points.stream().sorted(Comparator.comparingInt(Point::effort)).toList();
  }

  /** Each figure on its own: the median of the same effort in all of them. */
  public static Curve median(List<Curve> curves) {
    List<Point> points = new ArrayList<>();
    for (Point first : curves.getFirst().points()) {
      List<Point> same =
          curves.stream()
              .flatMap(curve -> curve.points().stream())
              .filter(point -> point.effort() == first.effort())
              .toList();
      Timing timing =
          new Timing(
              median(same, point -> point.timing().cpu()),
              median(same, point -> point.timing().processCpu()),
              median(same, point -> point.timing().mean()),
              median(same, point -> point.timing().p50()),
              median(same, point -> point.timing().p99()),
              median(same, point -> point.timing().faults()));
      points.add(new Point(first.effort(), median(same, Point::recall), timing));
    }
    return new Curve(points);
  }

  private static double median(List<Point> points, ToDoubleFunction<Point> figure) {
    return median(points.stream().mapToDouble(figure).toArray());
  }

  /** Of an even number the mean of the two in the middle. */
  public static double median(double... values) {
    double[] sorted = Arrays.copyOf(values, values.length);
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * The figure at this recall, on the straight line between the efforts on both sides of it. Empty
   * where no effort reaches it; where the least effort finds more than that, what it costs, since
   * there is nothing cheaper.
   */
  public OptionalDouble at(double recall, ToDoubleFunction<Timing> figure) {
    Point below = null;
    for (Point point : points) {
      if (point.recall() >= recall) {
        double value = figure.applyAsDouble(point.timing());
        if (below == null) {
          return OptionalDouble.of(value);
        }
        double share = (recall - below.recall()) / (point.recall() - below.recall());
        double before = figure.applyAsDouble(below.timing());
        return OptionalDouble.of(before + share * (value - before));
      }
      if (below == null || point.recall() >= below.recall()) {
        below = point;
      }
    }
    return OptionalDouble.empty();
  }

  public double bestRecall() {
    return points.stream().mapToDouble(Point::recall).max().orElse(0);
  }
}
