package io.likeness.standalone.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.likeness.standalone.sizing.FanOutSimulation.Outcome;
import io.likeness.standalone.sizing.FanOutSimulation.Setting;
import org.junit.jupiter.api.Test;

class FanOutSimulationTest {

  @Test
  void repeatsItselfWithTheSameSeedOnly() {
    Setting setting = cluster(6, 2, 32, 200);

    assertThat(FanOutSimulation.run(setting)).isEqualTo(FanOutSimulation.run(setting));
    assertThat(FanOutSimulation.run(seeded(setting, 2)))
        .isNotEqualTo(FanOutSimulation.run(setting));
  }

  /** One queue, one thread, times that are always the same: the mean is known (M/D/1). */
  @Test
  void waitsAsTheTheoryOfQueuesSays() {
    for (double busy : new double[] {0.3, 0.5, 0.8}) {
      Outcome outcome =
          FanOutSimulation.run(
              new Setting(1, 1, 1, 1, 1000 * busy, 1, 1, 0, 1, 1, 0, 0, false, 300_000, 1));

      assertThat(outcome.meanMillis()).isCloseTo(1 + busy / (2 * (1 - busy)), withinPercentage(4));
      assertThat(outcome.busy()).isCloseTo(busy, withinPercentage(2));
    }
  }

  /** The slowest of n like times: the median search takes what one question in 2^(1/n) takes. */
  @Test
  void aSearchTakesAsLongAsItsSlowestSlot() {
    Setting alone = new Setting(1, 64, 1, 1, 1, 1, 3, 0, 1, 1, 0, 0, false, 20_000, 1);
    Setting many = new Setting(64, 64, 64, 1, 1, 1, 3, 0, 1, 1, 0, 0, false, 20_000, 1);

    // Lognormal with sigma ln 3 / 2.326; the quantile 0.5^(1/64) = 0.98923 lies at 2.2987 sigmas.
    assertThat(FanOutSimulation.run(alone).p50Millis()).isCloseTo(1, withinPercentage(3));
    assertThat(FanOutSimulation.run(many).p50Millis())
        .isCloseTo(Math.exp(Math.log(3) / 2.32635 * 2.2987), withinPercentage(3));
  }

  @Test
  void secondQuestionsAndTheChoiceOfReplicasHideASlowOne() {
    Setting healthy = cluster(6, 2, 32, 200);
    Outcome before = FanOutSimulation.run(healthy);
    Outcome slow = FanOutSimulation.run(healthy.with(200, 500, true));

    assertThat(slow.p99Millis()).isLessThanOrEqualTo(2 * before.p99Millis());
    assertThat(slow.extra()).isPositive().isLessThanOrEqualTo(0.05);
    // With nobody else to ask it is seen by all.
    assertThat(FanOutSimulation.run(cluster(6, 1, 32, 200).with(200, 500, true)).p50Millis())
        .isGreaterThan(500);
  }

  @Test
  void neverAsksMoreThanATwentiethTwice() {
    // Every second question is cold and late: hedges are wanted all the time.
    Setting setting = new Setting(4, 8, 16, 3, 300, 0.2, 2, 0.5, 5, 50, 0, 0.1, true, 5_000, 1);

    assertThat(FanOutSimulation.run(setting).extra()).isBetween(0.03, 0.05);
  }

  @Test
  void refusesNonsenseWithTheBound() {
    assertThatThrownBy(() -> cluster(2, 3, 4, 1)).hasMessage("replicas is 3, not 1 to 2");
    assertThatThrownBy(() -> cluster(0, 1, 4, 1)).hasMessage("nodes is 0, not 1 to 100000");
  }

  private static Setting cluster(int nodes, int replicas, int slots, double qps) {
    return new Setting(
        nodes, 4, slots, replicas, qps, 0.28, 1.675, 0.1, 0.36, 3, 0, 0.3, true, 5_000, 1);
  }

  private static Setting seeded(Setting of, long seed) {
    return new Setting(
        of.nodes(),
        of.threads(),
        of.slots(),
        of.replicas(),
        of.qps(),
        of.warmMillis(),
        of.spread(),
        of.coldShare(),
        of.coldP50Millis(),
        of.coldP99Millis(),
        of.slowMillis(),
        of.networkMillis(),
        of.hedging(),
        of.searches(),
        seed);
  }
}
