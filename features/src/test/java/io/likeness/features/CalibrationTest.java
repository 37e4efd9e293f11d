package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.likeness.features.Calibration.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

class CalibrationTest {

  private final Calibration calibration =
      new Calibration(
          List.of(new Point(0.2, 0), new Point(0.6, 0.1), new Point(0.9, 0.8), new Point(1, 1)));

  @Test
  void interpolatesBetweenItsPoints() {
    assertThat(calibration.likeness(0.4)).isCloseTo(0.05, within(1e-9));
    assertThat(calibration.likeness(0.75)).isCloseTo(0.45, within(1e-9));
    assertThat(calibration.likeness(0.9)).isCloseTo(0.8, within(1e-9));
  }

  @Test
  void staysBetweenNothingAndTheSame() {
    assertThat(calibration.likeness(-1)).isZero();
    assertThat(calibration.likeness(0.1)).isZero();
    assertThat(calibration.likeness(1)).isEqualTo(1);
    assertThat(calibration.likeness(1.0000002)).isEqualTo(1);
    assertThat(calibration.likeness(0.9999998)).isEqualTo(1);
  }

  @Test
  void neverFallsAsTheCosineRises() {
    double last = 0;
    for (int step = -1000; step <= 1000; step++) {
      double likeness = calibration.likeness(step / 1000.0);
      assertThat(likeness).isGreaterThanOrEqualTo(last);
      last = likeness;
    }
  }

  @Test
  void findsTheCosineOfALikeness() {
    for (int step = 1; step <= 100; step++) {
      double likeness = step / 100.0;
      assertThat(calibration.likeness(calibration.cosine(likeness)))
          .isCloseTo(likeness, within(1e-4));
    }
    assertThat(calibration.cosine(0)).isEqualTo(-1);
    assertThat(calibration.cosine(1.01)).isGreaterThan(1);
  }

  @Test
  void refusesPointsThatFallOrDoNotEndAtTheSame() {
    assertThatThrownBy(() -> new Calibration(List.of(new Point(0, 0), new Point(0.9, 1))))
        .hasMessageContaining("[1, 1]");
    assertThatThrownBy(
            () -> new Calibration(List.of(new Point(0, 0.5), new Point(0.5, 0.2), new Point(1, 1))))
        .hasMessageContaining("does not rise");
    assertThatThrownBy(() -> new Point(0, 1.5)).hasMessageContaining("1.5");
  }
}
