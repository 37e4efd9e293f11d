package io.likeness.coordinator.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.Hit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class CursorMergerTest {

  private static CursorMerger.Next next(boolean mayHaveMore, double... scores) {
    List<Hit> hits = new ArrayList<>();
    for (double score : scores) {
      hits.add(Hit.newBuilder().setImageId("i" + score).setScore(score).build());
    }
    return new CursorMerger.Next(hits, mayHaveMore);
  }

  private static CursorMerger.Merged merge(
      int limit, Predicate<Hit> passOver, CursorMerger.Next... shards) {
    return CursorMerger.merge(List.of(shards), HitMerger.BY_SCORE, limit, passOver);
  }

  private static List<Double> scores(CursorMerger.Merged merged) {
    return merged.hits().stream().map(Hit::getScore).toList();
  }

  @Test
  void takesTheBestAndSaysFromWhom() {
    CursorMerger.Merged merged =
        merge(3, hit -> false, next(true, 0.9, 0.5, 0.4), next(false, 0.8, 0.7));
    assertThat(scores(merged)).containsExactly(0.9, 0.8, 0.7);
    assertThat(merged.taken()).containsExactly(1, 2);
    assertThat(merged.isShort()).isFalse();
    assertThat(merged.hasMore()).isTrue();
  }

  @Test
  void stopsWhereAListRunsDryBehindWhichMayBeBetter() {
    CursorMerger.Merged merged = merge(3, hit -> false, next(true, 0.9), next(false, 0.8, 0.7));
    assertThat(scores(merged)).containsExactly(0.9);
    assertThat(merged.taken()).containsExactly(1, 0);
    assertThat(merged.isShort()).isTrue();
  }

  @Test
  void goesOnWhereAListHasEnded() {
    CursorMerger.Merged merged = merge(3, hit -> false, next(false, 0.9), next(false, 0.8));
    assertThat(scores(merged)).containsExactly(0.9, 0.8);
    assertThat(merged.isShort()).isFalse();
    assertThat(merged.hasMore()).isFalse();
  }

  @Test
  void countsWhatItPassesOverAsTaken() {
    CursorMerger.Merged merged =
        merge(2, hit -> hit.getScore() == 0.9, next(false, 0.9, 0.5), next(false, 0.8));
    assertThat(scores(merged)).containsExactly(0.8, 0.5);
    assertThat(merged.taken()).containsExactly(2, 1);
    assertThat(merged.hasMore()).isFalse();
  }
}
