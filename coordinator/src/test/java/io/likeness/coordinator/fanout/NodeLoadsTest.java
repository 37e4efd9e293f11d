package io.likeness.coordinator.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.coordinator.plan.Target;
import io.likeness.node.config.HostPort;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardAddress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is known of nodes, in virtual time. */
class NodeLoadsTest {

  private final VirtualTime time = new VirtualTime();
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final NodeLoads loads = new NodeLoads(time, new Random(3), metrics);

  private static final Target A = node("a");
  private static final Target B = node("b");
  private static final Target C = node("c");

  private static Target node(String name) {
    return new Target(
        ShardAddress.getDefaultInstance(),
        name,
        Optional.of(new HostPort(name, 1)),
        ReplicaState.SERVING);
  }

  private NodeLoads.Asked ask(Target target) {
    return loads.ask(target, QuestionKind.SEARCH, false);
  }

  private void answers(Target target, int times, long millis) {
    for (int i = 0; i < times; i++) {
      NodeLoads.Asked asked = ask(target);
      time.pass(Duration.ofMillis(millis));
      loads.answered(asked);
    }
  }

  private Target first(Target... replicas) {
    return loads.inOrder(QuestionKind.SEARCH, List.of(replicas)).getFirst();
  }

  private long timesFirst(Target target, Target... replicas) {
    long first = 0;
    for (int i = 0; i < 100; i++) {
      first += first(replicas).equals(target) ? 1 : 0;
    }
    return first;
  }

  @Test
  void sharesAmongNodesItKnowsNothingOf() {
    assertThat(timesFirst(A, A, B)).isBetween(25L, 75L);
    assertThat(timesFirst(A, A, B, C)).isBetween(15L, 55L);
  }

  @Test
  void prefersTheOneThatAnswersSooner() {
    answers(A, 20, 5);
    answers(B, 20, 9);
    assertThat(timesFirst(A, A, B)).isEqualTo(100);
    assertThat(timesFirst(A, A, B, node("unknown"))).isBetween(40L, 90L);
  }

  @Test
  void countsWhatIsUnderWayThere() {
    answers(A, 20, 5);
    answers(B, 20, 9);
    List<NodeLoads.Asked> open = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      open.add(ask(A));
    }
    assertThat(first(A, B)).isEqualTo(B);
    open.forEach(loads::abandoned);
    assertThat(first(A, B)).isEqualTo(A);
  }

  @Test
  void givesOneThatWasSlowAChanceAgain() {
    answers(A, 20, 5);
    answers(B, 5, 60);
    for (int i = 0; i < 120; i++) {
      assertThat(first(A, B)).as("after %d half seconds", i).isEqualTo(A);
      if (i > 40) {
        return;
      }
      answers(A, 10, 5);
    }
  }

  @Test
  void forgetsHowSlowItWasInAMinute() {
    answers(B, 5, 60);
    for (int i = 0; i < 1_200; i++) {
      answers(A, 10, 5);
    }
    assertThat(first(A, B)).isEqualTo(B);
  }

  @Test
  void doesNotRushToOneThatRefusesQuickly() {
    answers(A, 40, 5);
    answers(B, 40, 5);
    for (int i = 0; i < 10; i++) {
      loads.pushedBack(ask(B));
    }
    assertThat(timesFirst(A, A, B)).isEqualTo(100);
  }

  @Test
  void leavesOutOneThatFailsAgainAndAgainAndProbesIt() {
    answers(A, 20, 5);
    answers(B, 20, 1);
    assertThat(first(A, B)).isEqualTo(B);
    for (int i = 0; i < 5; i++) {
      loads.failed(ask(B));
    }
    assertThat(loads.inOrder(QuestionKind.SEARCH, List.of(B, A))).containsExactly(A, B);
    assertThat(first(B)).as("it is the last one").isEqualTo(B);
    assertThat(loads.probe(List.of(A, B))).isEmpty();
    assertThat(openings("b")).isEqualTo(1);

    time.pass(Duration.ofSeconds(2));
    assertThat(loads.probe(List.of(A, B))).contains(B);
    assertThat(loads.probe(List.of(A, B))).as("one at a time").isEmpty();
    loads.failed(loads.ask(B, QuestionKind.SEARCH, true));
    time.pass(Duration.ofSeconds(3));
    assertThat(loads.probe(List.of(A, B))).as("twice the pause").isEmpty();
    time.pass(Duration.ofSeconds(1));
    assertThat(loads.probe(List.of(A, B))).contains(B);
    NodeLoads.Asked probe = loads.ask(B, QuestionKind.SEARCH, true);
    time.pass(Duration.ofMillis(1));
    loads.answered(probe);
    assertThat(first(A, B)).isEqualTo(B);
    assertThat(openings("b")).isEqualTo(1);
  }

  private double openings(String node) {
    return metrics.counter("likeness.fanout.left.out", "node", node).count();
  }

  @Test
  void leavesOutOneThatIsFarSlowerThanOthers() {
    answers(A, 40, 5);
    answers(B, 40, 5);
    answers(B, 4, 500);
    assertThat(openings("b")).isEqualTo(1);
    assertThat(loads.inOrder(QuestionKind.SEARCH, List.of(B, A))).containsExactly(A, B);

    time.pass(Duration.ofSeconds(2));
    assertThat(loads.probe(List.of(A, B))).contains(B);
    NodeLoads.Asked probe = loads.ask(B, QuestionKind.SEARCH, true);
    time.pass(Duration.ofMillis(500));
    loads.answered(probe);
    assertThat(loads.inOrder(QuestionKind.SEARCH, List.of(B, A))).containsExactly(A, B);
  }

  @Test
  void leavesOutOneThatLosesAgainstOthersAgainAndAgain() {
    answers(A, 40, 5);
    answers(B, 40, 5);
    for (int i = 0; i < 8; i++) {
      NodeLoads.Asked asked = ask(B);
      time.pass(Duration.ofMillis(9));
      loads.lost(asked);
    }
    assertThat(openings("b")).isEqualTo(1);
  }

  @Test
  void leavesNobodyOutForLongWhereAllAreSlow() {
    for (int i = 0; i < 10; i++) {
      answers(A, 10, 5);
      answers(B, 10, 5);
    }
    for (int i = 0; i < 20; i++) {
      answers(A, 1, 500);
      answers(B, 1, 500);
    }
    time.pass(Duration.ofMinutes(2));
    assertThat(loads.probe(List.of(A, B))).isEmpty();
  }

  @Test
  void knowsWhatNineteenOfTwentyTakeAndNotMoreBecauseOfASlowNode() {
    assertThat(loads.hedgeAfterNanos(QuestionKind.SEARCH)).isEmpty();
    answers(A, 200, 10);
    answers(B, 200, 10);
    answers(C, 30, 400);
    long usual = loads.hedgeAfterNanos(QuestionKind.SEARCH).orElseThrow();
    assertThat(usual).isBetween(10_000_000L, 12_000_000L);
  }
}
