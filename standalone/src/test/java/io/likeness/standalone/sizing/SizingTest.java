package io.likeness.standalone.sizing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.likeness.standalone.sizing.Sizing.Line;
import io.likeness.standalone.sizing.Sizing.Plan;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Computed by hand from the figures of the resource file. */
class SizingTest {

  private static final Measured MEASURED = Measured.load();
  private static final long GIB = 1L << 30;

  @Test
  void readsTheCurveAtItsPointsAndBetweenThem() {
    assertThat(MEASURED.searchMicros(200_000)).isEqualTo(104 * 1.38, within(0.01));
    assertThat(MEASURED.searchMicros(1_000_000)).isEqualTo(150 * 1.38, within(0.01));
    // Half of the way on a logarithmic scale.
    assertThat(MEASURED.searchMicros(447_214)).isEqualTo(127 * 1.38, within(0.01));
    assertThat(MEASURED.searchMicros(1)).isEqualTo(30 * 1.38, within(0.01));
  }

  @Test
  void takesThePowerOfTwoThatKeepsSlotsSmallEnough() {
    assertThat(Sizing.slots(1)).isEqualTo(16);
    assertThat(Sizing.slots(16 * 1_200_000)).isEqualTo(16);
    assertThat(Sizing.slots(16 * 1_200_000 + 1)).isEqualTo(32);
    assertThat(Sizing.slots(300_000_000)).isEqualTo(256);
    assertThat(Sizing.slots(1_000_000_000)).isEqualTo(1024);
  }

  @Test
  void sizesThreeHundredMillion() {
    Plan plan = Sizing.plan(wish(300_000_000, 500, 64), MEASURED);
    Map<String, String> said =
        plan.lines().stream().collect(Collectors.toMap(Line::what, Line::value));

    assertThat(plan.slots()).isEqualTo(256);
    assertThat(plan.rowsPerSlot()).isEqualTo(1_171_875);
    // (104 + 46 x ln 5.859 / ln 5) x 1.38 = 213.3, + 69.5 of the call; x 256 slots x 500 a second.
    assertThat(plan.shardCores()).isEqualTo(36.19, within(0.02));
    assertThat(said).containsEntry("a question to a slot", "282.8 us CPU");
    // 300 M x 2 x 148 bytes; of 64 GiB the heap takes 8, half of the rest less 3.8 of a graph is
    // there.
    assertThat(said)
        .containsEntry("memory for graphs", "83 GiB")
        .containsEntry("nodes by memory", "4");
    // 300 M x 2 x 2,253 bytes.
    assertThat(said)
        .containsEntry("disk for rows", "1,259 GiB")
        .containsEntry("nodes by disk", "1");
    // 116 a second x 2 x 4.08 / 2,619; (36.19 / 0.5 + 0.36) / 8 = 9.1.
    assertThat(said)
        .containsEntry("cores that make graphs", "0.36")
        .containsEntry("nodes by CPU", "10");
    assertThat(plan.nodes()).isGreaterThanOrEqualTo(11);
    // 300 M x (30,720 + 2,253) / 0.8.
    assertThat(said).containsEntry("Kafka, each of three brokers", "11,516 GiB");
    assertThat(plan.diskPerNode() * plan.nodes())
        .isEqualTo(300e6 * 2 * 2253 * 1.3 / 0.8, within(1e6));
    assertThat(plan.heapBytes()).isEqualTo(8 * GIB);
  }

  @Test
  void takesMoreNodesWhereTheTimeAskedForNeedsThem() {
    Plan relaxed = Sizing.plan(wish(100_000_000, 500, 64, 500), MEASURED);
    Plan hurried = Sizing.plan(wish(100_000_000, 500, 64, 7), MEASURED);

    assertThat(relaxed.healthy().p99Millis()).isGreaterThan(7);
    assertThat(relaxed.fastEnough()).isTrue();
    assertThat(hurried.nodes()).isGreaterThan(relaxed.nodes());
    assertThat(hurried.healthy().p99Millis()).isLessThan(relaxed.healthy().p99Millis());
  }

  @Test
  void saysWhereATimeCannotBeReached() {
    // A search that takes 20 ms by itself is never done within 5.
    Measured slow =
        new Measured(
            1, 20_000, 10, 20_000, 1, 1.5, 0.4, 3, 148, 205, 209, 2619, 3507, 5.4, 7.9, 139, 4.4);

    assertThat(Sizing.plan(wish(1_000_000, 1, 16, 5), slow).fastEnough()).isFalse();
  }

  @Test
  void refusesNonsenseWithTheBound() {
    refuses(() -> wish(0, 500, 64), "--images is 0, not 1 to 4,000,000,000");
    refuses(
        () -> wish(5_000_000_000L, 500, 64), "--images is 5,000,000,000, not 1 to 4,000,000,000");
    refuses(() -> wish(1_000_000, 0, 64), "--qps is 0, not 1 to 100,000");
    refuses(() -> wish(1_000_000, 10, 2), "--memory is 2 GiB, not 4 to 4,096 GiB");
    refuses(() -> wish(1_000_000, 10, 64, 1), "--p99 is 1 ms, not 5 to 60,000 ms");
    refuses(() -> Sizing.plan(wish(300_000_000, 500, 8), MEASURED), "more than half: more memory");
    refuses(() -> Numbers.count("--images", "many"), "--images is \"many\", not a number such as");
  }

  @Test
  void readsNumbersAsPeopleWriteThem() {
    assertThat(Numbers.count("--images", "250k")).isEqualTo(250_000);
    assertThat(Numbers.count("--images", "1.5B")).isEqualTo(1_500_000_000);
    assertThat(Numbers.count("--images", "300M")).isEqualTo(300_000_000);
    assertThat(Numbers.count("--images", "7")).isEqualTo(7);
  }

  private static void refuses(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable what, String why) {
    assertThatThrownBy(what).isInstanceOf(CannotPlan.class).hasMessageContaining(why);
  }

  private static Wish wish(long images, double qps, int memoryGib) {
    return wish(images, qps, memoryGib, 100);
  }

  private static Wish wish(long images, double qps, int memoryGib, double p99) {
    return new Wish(
        images,
        512,
        false,
        qps,
        p99,
        2,
        Math.ceil(images / 2_592_000.0),
        30 << 10,
        8,
        memoryGib * GIB,
        2048 * GIB);
  }
}
