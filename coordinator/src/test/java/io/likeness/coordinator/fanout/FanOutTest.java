package io.likeness.coordinator.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ReplicaState;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whom a slot's question goes to, over nodes in virtual time. */
class FanOutTest {

  private static final Duration SOON = Duration.ofMillis(1);
  private static final int LEARNING = 400;

  private static Vertx vertx;

  private final VirtualTime time = new VirtualTime();
  private final StagedNodes nodes = new StagedNodes(time);
  private final MeterRegistry metrics = new SimpleMeterRegistry();
  private FanOut fanOut;

  @BeforeAll
  static void open() {
    vertx = Vertx.vertx();
  }

  @AfterAll
  static void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  @BeforeEach
  void placeOneSlotTwice() {
    NodeLoads loads = new NodeLoads(time, new Random(7), metrics);
    fanOut = new FanOut(vertx, nodes, loads, time, metrics);
    nodes.place(0, "a", "b");
  }

  private Future<List<ShardReply<String>>> ask(Integer... slots) {
    return ask(Replica.BEST, slots);
  }

  private Future<List<ShardReply<String>>> ask(Replica replica, Integer... slots) {
    return fanOut.begin(
        StagedNodes.PETS,
        List.of(slots),
        slot -> replica,
        nodes,
        Deadline.in(Duration.ofMinutes(1)));
  }

  /** The reply of slot 0, once all has been waited for. */
  private ShardReply<String> reply(Replica replica) {
    Future<List<ShardReply<String>>> asked = ask(replica, 0);
    time.pass(Duration.ofMinutes(2));
    return asked.result().getFirst();
  }

  private String answer() {
    return reply(Replica.BEST) instanceof ShardReply.Answered<String> answered
        ? answered.answer()
        : "none";
  }

  /** Asks until the usual times are known. */
  private void learn() {
    for (int i = 0; i < LEARNING; i++) {
      Future<List<ShardReply<String>>> asked = ask(0);
      time.pass(Duration.ofMillis(10));
      assertThat(asked.isComplete()).isTrue();
    }
    nodes.asked.clear();
    nodes.cancelled.clear();
  }

  private double count(String metric) {
    return metrics.counter("likeness.fanout." + metric).count();
  }

  // ---- The next one ----

  @Test
  void goesOnToTheNextReplicaWhereOneCannotAnswer() {
    nodes.breaks("a");
    assertThat(answer()).isEqualTo("b");
    nodes.refuses("a", RefusalKind.UNAVAILABLE);
    assertThat(answer()).isEqualTo("b");
    nodes.refuses("a", RefusalKind.STALE_TERM);
    assertThat(answer()).isEqualTo("b");
    assertThat(nodes.refreshes).as("somebody knew the answer without a refresh").isZero();
  }

  @Test
  void takesWhatEveryReplicaWouldSayFromTheFirst() {
    for (String node : List.of("a", "b")) {
      nodes.refuses(node, RefusalKind.BAD_REQUEST);
    }
    assertThat(reply(Replica.BEST)).isInstanceOf(ShardReply.Refused.class);
    assertThat(nodes.asked).hasSize(1);
  }

  @Test
  void isBrokenOnlyWhereAllAre() {
    nodes.breaks("a");
    nodes.breaks("b");
    assertThat(reply(Replica.BEST).reason()).contains("connection refused");
    assertThat(nodes.asked).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void asksOneThatLeavesOnlyWhereNoneThatServesAnswers() {
    nodes.place(0, "a");
    nodes.place(0, "b", ReplicaState.LEAVING);
    for (int i = 0; i < 20; i++) {
      assertThat(answer()).isEqualTo("a");
    }
    assertThat(nodes.asked).containsOnly("a");

    nodes.breaks("a");
    assertThat(answer()).isEqualTo("b");
  }

  @Test
  void isLateWhereNobodySaysAnythingAndCancels() {
    nodes.takes("a", Duration.ofHours(1));
    nodes.takes("b", Duration.ofHours(1));
    assertThat(reply(Replica.BEST)).isInstanceOf(ShardReply.Late.class);
    assertThat(nodes.cancelled).isEqualTo(nodes.asked).isNotEmpty();
  }

  @Test
  void doesNotPassARushOnToEverybody() {
    nodes.refuses("a", RefusalKind.BUSY);
    nodes.refuses("b", RefusalKind.BUSY);
    for (int i = 0; i < 1_000; i++) {
      var unused = ask(0);
      time.pass(Duration.ofMillis(10));
    }
    assertThat(nodes.asked).hasSizeBetween(1_001, 1_050);
  }

  // ---- One and no other ----

  @Test
  void asksOnlyTheHolderOfALease() {
    nodes.holdsLease = true;
    for (int i = 0; i < 20; i++) {
      assertThat(reply(Replica.holder("b"))).isInstanceOf(ShardReply.Answered.class);
    }
    assertThat(nodes.asked).containsOnly("b");
    nodes.breaks("b");
    assertThat(reply(Replica.holder("b"))).isInstanceOf(ShardReply.Broken.class);
    assertThat(nodes.asked).containsOnly("b");
  }

  @Test
  void isExpiredWhereTheHolderIsGone() {
    ShardReply<String> reply = reply(Replica.holder("c"));
    assertThat(reply.reason()).contains("CURSOR_EXPIRED", "node c");
    assertThat(nodes.asked).isEmpty();
  }

  @Test
  void asksTheReplicaThatIsPreferredFirst() {
    for (int i = 0; i < 20; i++) {
      var unused = reply(Replica.preferred("b"));
    }
    assertThat(nodes.asked).containsOnly("b");
    nodes.breaks("b");
    assertThat(reply(Replica.preferred("b"))).isInstanceOf(ShardReply.Answered.class);
  }

  // ---- Hedges ----

  @Test
  void asksASecondReplicaAfterTheUsualTimeAndTheFirstAnswerWins() {
    learn();
    nodes.takes("a", Duration.ofMillis(500));
    nodes.takes("b", Duration.ofMillis(500));
    Future<List<ShardReply<String>>> asked = ask(0);
    String first = nodes.asked.getFirst();
    String second = first.equals("a") ? "b" : "a";
    nodes.takes(second, Duration.ofMillis(3));

    time.pass(Duration.ofMillis(4));
    assertThat(nodes.asked).as("before the usual time").containsExactly(first);
    time.pass(Duration.ofMillis(10));

    assertThat(nodes.asked).containsExactly(first, second);
    assertThat(asked.result().getFirst().target().node()).isEqualTo(second);
    assertThat(nodes.cancelled).containsExactly(first);
    assertThat(count("hedges")).isEqualTo(1);
    assertThat(count("hedges.won")).isEqualTo(1);
  }

  @Test
  void letsTheFirstGoOnAfterTheSecondWasAsked() {
    learn();
    nodes.takes("a", Duration.ofMillis(20));
    nodes.takes("b", Duration.ofMillis(20));
    Future<List<ShardReply<String>>> asked = ask(0);
    time.pass(Duration.ofMillis(100));

    assertThat(asked.result().getFirst().target().node()).isEqualTo(nodes.asked.getFirst());
    assertThat(nodes.cancelled).containsExactly(nodes.asked.getLast());
    assertThat(count("hedges.won")).isZero();
  }

  @Test
  void neverAsksTwiceForALease() {
    learn();
    nodes.holdsLease = true;
    nodes.takes("a", Duration.ofSeconds(5));
    nodes.takes("b", Duration.ofSeconds(5));
    var unused = reply(Replica.BEST);
    assertThat(nodes.asked).hasSize(1);
  }

  @Test
  void asksAtMostATwentiethMoreWhateverHappens() {
    learn();
    double before = count("questions");
    nodes.takes("a", Duration.ofSeconds(2));
    nodes.takes("b", Duration.ofSeconds(2));
    for (int i = 0; i < 2_000; i++) {
      var unused = ask(0);
      time.pass(Duration.ofMillis(3));
    }
    double hedges = count("hedges");
    assertThat(hedges).isBetween(50.0, (LEARNING + count("questions") - before) / 20);
  }

  @Test
  void asksTheNextWhereANodeHasStoppedWhateverTheBudget() {
    nodes.takes("a", Duration.ofHours(1));
    Future<List<ShardReply<String>>> asked = ask(Replica.preferred("a"), 0);
    time.pass(Duration.ofMillis(14_990));
    assertThat(nodes.asked).containsExactly("a");
    time.pass(Duration.ofMillis(20));

    assertThat(asked.result().getFirst().target().node()).isEqualTo("b");
    assertThat(nodes.cancelled).containsExactly("a");
  }

  @Test
  void waitsForANodeThatAnswersOthers() {
    nodes.takes("a", Duration.ofHours(1));
    var slow = ask(Replica.preferred("a"), 0);
    nodes.takes("a", Duration.ofMillis(5));
    time.pass(Duration.ofSeconds(10));
    var quick = ask(Replica.preferred("a"), 0);
    time.pass(Duration.ofSeconds(10));

    assertThat(quick.isComplete()).isTrue();
    assertThat(slow.isComplete()).isFalse();
    assertThat(nodes.asked).containsExactly("a", "a");
  }

  /**
   * Three nodes, three slots on two of them each; a search asks all three. Times as nodes have
   * them: mostly short, now and then three times as long.
   */
  @Test
  void hidesASlowReplica() {
    nodes.place(0, "a", "b");
    nodes.place(1, "b", "c");
    nodes.place(2, "c", "a");
    Random random = new Random(11);
    for (String node : List.of("a", "b", "c")) {
      nodes.takes(node, () -> pace(random));
    }
    List<Long> healthy = searches(20_000);
    nodes.takes("b", () -> pace(random).plusMillis(500));
    double asked = nodes.asked.size();
    double questions = count("questions");
    List<Long> oneSlow = searches(20_000);

    assertThat(p99(oneSlow)).isLessThanOrEqualTo(2 * p99(healthy));
    assertThat(nodes.asked.size() - asked)
        .isLessThanOrEqualTo(1.05 * (count("questions") - questions));
  }

  private static Duration pace(Random random) {
    double millis = 4 + 2 * -Math.log(1 - random.nextDouble());
    return Duration.ofNanos((long) (1e6 * (random.nextInt(50) == 0 ? 3 * millis : millis)));
  }

  /** How long each took; one begins every two milliseconds. */
  private List<Long> searches(int count) {
    List<Long> took = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < count; i++) {
      long begun = time.getAsLong();
      var unused = ask(0, 1, 2).onComplete(done -> took.add(time.getAsLong() - begun));
      time.pass(Duration.ofMillis(2));
    }
    time.pass(Duration.ofMinutes(1));
    assertThat(took).hasSize(count);
    return took;
  }

  private static long p99(List<Long> took) {
    List<Long> sorted = took.stream().sorted().toList();
    return sorted.get((int) (sorted.size() * 0.99));
  }

  @Test
  void waitsForEveryReplicaThatAnswersAndForNoOtherLongerThanItsPatience() {
    nodes.place(0, "a", "b", "c");
    nodes.takes("c", Duration.ofHours(1));
    nodes.takes("b", Duration.ofMillis(400));
    Future<List<ShardReply<String>>> asked =
        fanOut.beginEvery(
            StagedNodes.PETS, 0, nodes, Duration.ofSeconds(2), Deadline.in(Duration.ofMinutes(1)));
    time.pass(Duration.ofMillis(1_999));
    assertThat(asked.isComplete()).isFalse();
    time.pass(SOON);
    assertThat(asked.result())
        .extracting(reply -> reply.target().node())
        .containsExactlyInAnyOrder("a", "b");
    assertThat(nodes.cancelled).containsExactly("c");
  }

  @Test
  void isDoneWaitingWhenEveryReplicaHasAnswered() {
    nodes.takes("b", Duration.ofMillis(400));
    Future<List<ShardReply<String>>> asked =
        fanOut.beginEvery(
            StagedNodes.PETS, 0, nodes, Duration.ofSeconds(2), Deadline.in(Duration.ofMinutes(1)));
    time.pass(Duration.ofMillis(399));
    assertThat(asked.isComplete()).isFalse();
    time.pass(SOON);
    assertThat(asked.result()).hasSize(2);
  }
}
