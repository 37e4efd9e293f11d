package io.likeness.bench.engine.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.likeness.bench.engine.child.Timing;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CurveTest {

  private static Curve.Point point(int effort, double recall, double cpu) {
    return new Curve.Point(effort, recall, new Timing(cpu, cpu, 2 * cpu, cpu, 3 * cpu, 0));
  }

  @Test
  void aRecallBetweenTwoEffortsCostsInProportion() {
    Curve curve = new Curve(List.of(point(64, 0.98, 400), point(32, 0.94, 200)));

    assertThat(curve.at(0.95, Timing::cpu)).hasValueCloseTo(250.0, within(1e-9));
    assertThat(curve.at(0.98, Timing::cpu)).hasValueCloseTo(400.0, within(1e-9));
    assertThat(curve.at(0.95, Timing::mean)).hasValueCloseTo(500.0, within(1e-9));
  }

  @Test
  void whatNoEffortReachesHasNoCost() {
    Curve curve = new Curve(List.of(point(32, 0.94, 200), point(64, 0.98, 400)));

    assertThat(curve.at(0.99, Timing::cpu)).isEmpty();
  }

  @Test
  void lessThanTheLeastEffortCostsTheLeastEffort() {
    Curve curve = new Curve(List.of(point(32, 0.94, 200), point(64, 0.98, 400)));

    assertThat(curve.at(0.5, Timing::cpu)).hasValue(200);
  }

  @Test
  void anEffortThatFindsLessThanASmallerOneIsPassedOver() {
    Curve curve =
        new Curve(List.of(point(16, 0.94, 100), point(32, 0.93, 200), point(64, 0.96, 300)));

    assertThat(curve.at(0.95, Timing::cpu)).hasValueCloseTo(200.0, within(1e-9));
  }

  @Test
  void theMedianIsTakenOfEachEffort() {
    Curve median =
        Curve.median(
            List.of(
                new Curve(List.of(point(16, 0.9, 100), point(32, 0.95, 900))),
                new Curve(List.of(point(16, 0.9, 300), point(32, 0.95, 210))),
                new Curve(List.of(point(16, 0.9, 110), point(32, 0.95, 200)))));

    assertThat(median.points()).containsExactly(point(16, 0.9, 110), point(32, 0.95, 210));
  }

  @Test
  void theMedianOfTwoIsBetweenThem() {
    assertThat(Curve.median(4, 2)).isEqualTo(3);
  }
}
