package io.likeness.bench.engine.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class DrawsTest {

  private static final int COUNT = 200_000;

  @Test
  void gaussiansAreNormal() {
    Draws draws = new Draws(1);
    double sum = 0;
    double squares = 0;
    int beyondTwo = 0;
    for (int i = 0; i < COUNT; i++) {
      double value = draws.gaussian();
      sum += value;
      squares += value * value;
      beyondTwo += Math.abs(value) > 2 ? 1 : 0;
    }

    assertThat(sum / COUNT).isCloseTo(0, within(0.01));
    assertThat(squares / COUNT).isCloseTo(1, within(0.02));
    assertThat(beyondTwo / (double) COUNT).isCloseTo(0.0455, within(0.003));
  }

  @Test
  void streamsHaveNothingToDoWithEachOther() {
    Draws one = Draws.of(7, 1);
    Draws other = Draws.of(7, 2);
    double product = 0;
    for (int i = 0; i < COUNT; i++) {
      product += one.gaussian() * other.gaussian();
    }

    assertThat(product / COUNT).isCloseTo(0, within(0.02));
  }
}
