package io.likeness.bench.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.chaos.History.Change;
import io.likeness.bench.chaos.History.Contents;
import io.likeness.bench.chaos.History.Demand;
import io.likeness.bench.chaos.History.Seen;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Forged histories: the checker finds what is wrong with each, and nothing in a right one. */
class HistoryTest {

  private final History history = new History();

  private void acknowledged(String id, Change change, long mark) {
    history.sent(id, change, mark);
    history.acknowledged(id, change, mark, "1.0." + mark);
  }

  @Test
  void findsNothingWhereEveryPromiseIsKept() {
    acknowledged("a", Change.ADD, 1);
    acknowledged("a", Change.UPDATE, 2);
    acknowledged("b", Change.ADD, 3);
    acknowledged("b", Change.DELETE, 4);
    acknowledged("b", Change.UPDATE, 5);

    assertThat(history.faultsOf(Map.of("a", 2L))).isEmpty();
    assertThat(history.acknowledgedWrites()).isEqualTo(5);
    assertThat(history.unknownWrites()).isZero();
  }

  @Test
  void findsWhatIsLost() {
    acknowledged("a", Change.ADD, 1);

    assertThat(history.faultsOf(Map.of())).containsExactly("image a was acknowledged and is lost");
  }

  @Test
  void findsWhatIsBack() {
    acknowledged("a", Change.ADD, 1);
    acknowledged("a", Change.DELETE, 2);

    assertThat(history.faultsOf(Map.of("a", 1L)))
        .containsExactly("image a was deleted and is back, from write 1");
  }

  @Test
  void findsAnOlderVersionThatWon() {
    acknowledged("a", Change.ADD, 1);
    acknowledged("a", Change.ADD, 2);

    assertThat(history.faultsOf(Map.of("a", 1L)))
        .containsExactly("image a is that of write 1, not of the last, [2]");
  }

  @Test
  void findsWhatNobodyWrote() {
    assertThat(history.faultsOf(Map.of("x", 9L)))
        .containsExactly("image x is stored and nobody wrote it");
  }

  @Test
  void allowsBothFatesOfAWriteThatWasNotAnswered() {
    acknowledged("a", Change.ADD, 1);
    history.sent("a", Change.DELETE, 2);

    assertThat(history.faultsOf(Map.of("a", 1L))).isEmpty();
    assertThat(history.faultsOf(Map.of())).isEmpty();
    assertThat(history.unknownWrites()).isEqualTo(1);

    acknowledged("a", Change.UPDATE, 3);
    assertThat(history.faultsOf(Map.of("a", 3L))).isEmpty();
    assertThat(history.faultsOf(Map.of())).isEmpty();
    assertThat(history.faultsOf(Map.of("a", 1L))).hasSize(1);
  }

  @Test
  void findsHitsThatComeTwiceAndCoverageThatOverstates() {
    Seen.Hit hit = new Seen.Hit("a", 1);

    assertThat(History.faultsOf(new Seen(List.of(hit), 2, 2), 2)).isEmpty();
    assertThat(History.faultsOf(new Seen(List.of(hit, hit), 2, 1), 2))
        .containsExactly("image a is a hit twice");
    assertThat(History.faultsOf(new Seen(List.of(), 1, 1), 2))
        .containsExactly("coverage overstates: 1 of 1 answered, there are 2 shards");
  }

  @Test
  void findsAnAnswerThatClaimsToBeWholeAndLacksADemandedWrite() {
    acknowledged("a", Change.ADD, 1);
    acknowledged("b", Change.ADD, 2);
    acknowledged("b", Change.DELETE, 3);
    Demand demand = history.demand(10);

    assertThat(demand.tokens()).containsExactlyInAnyOrder("1.0.1", "1.0.3");
    assertThat(History.faultsOf(new Seen(List.of(new Seen.Hit("a", 1)), 1, 1), demand)).isEmpty();
    assertThat(History.faultsOf(new Seen(List.of(), 1, 1), demand))
        .containsExactly(
            "image a was acknowledged and is lost, in a search that claims to be whole");
    assertThat(History.faultsOf(new Seen(List.of(), 1, 0), demand)).isEmpty();
    assertThat(
            History.faultsOf(
                new Seen(List.of(new Seen.Hit("a", 1), new Seen.Hit("b", 2)), 1, 1), demand))
        .hasSize(1);
  }

  @Test
  void demandsNothingOfAnImageWhoseFateIsOpen() {
    acknowledged("a", Change.ADD, 1);
    history.sent("a", Change.DELETE, 2);

    assertThat(history.demand(10).known()).isEmpty();
  }

  @Test
  void findsReplicasThatDiffer() {
    Contents one = new Contents("u/3", "node-1", 10, 10, "aa");

    assertThat(History.differences(List.of(one, new Contents("u/3", "node-2", 10, 10, "aa"))))
        .isEmpty();
    assertThat(History.differences(List.of(one, new Contents("u/3", "node-2", 9, 10, "bb"))))
        .isEmpty();
    assertThat(History.differences(List.of(one, new Contents("u/3", "node-2", 10, 10, "bb"))))
        .containsExactly("shard u/3 differs at offset 10: node-1 has aa, node-2 has bb");
  }
}
