package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CalibrationFitTest {

  private final SplittableRandom random = new SplittableRandom(3);

  /** Cosines around a middle, as a bell. */
  private float[] around(double middle, double spread, int count) {
    float[] cosines = new float[count];
    for (int i = 0; i < count; i++) {
      cosines[i] = (float) Math.clamp(middle + spread * random.nextGaussian(), -1, 1);
    }
    return cosines;
  }

  @Test
  void tellsHowLikelyAPairShowsTheSame() {
    // Two bells of one width: halfway both are as likely, and odds grow as the theory says.
    Calibration fit = CalibrationFit.of(around(0.6, 0.1, 20_000), around(0.4, 0.1, 5_000));

    assertThat(fit.likeness(0.5)).isEqualTo(0.5, within(0.04));
    assertThat(fit.likeness(0.4)).isEqualTo(1 / (1 + Math.exp(2)), within(0.05));
    assertThat(fit.likeness(0.6)).isEqualTo(1 / (1 + Math.exp(-2)), within(0.05));
    assertThat(fit.likeness(1)).isEqualTo(1);
  }

  @Test
  void risesEverywhereThoughThePairsDoNot() {
    // The middle is judged upside down.
    Calibration fit = CalibrationFit.of(around(0.3, 0.05, 300), around(0.7, 0.05, 300));

    double last = fit.likeness(-1);
    for (double cosine = 0.2; cosine <= 1; cosine += 0.01) {
      assertThat(fit.likeness(cosine)).isGreaterThanOrEqualTo(last);
      last = fit.likeness(cosine);
    }
  }

  @Test
  void refusesTooFewPairs() {
    assertThatThrownBy(() -> CalibrationFit.of(new float[3], new float[100]))
        .hasMessage("3 pairs show the same and 100 do not, at least 20 of each are needed");
  }
}
