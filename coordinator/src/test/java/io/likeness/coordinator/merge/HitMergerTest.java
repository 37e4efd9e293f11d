package io.likeness.coordinator.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HitMergerTest {

  @Test
  void takesTheBestOfAllShards() {
    assertThat(
            merge(
                List.of(
                    List.of(hit("a", 0.9), hit("b", 0.5)), List.of(hit("c", 0.7), hit("d", 0.1))),
                0,
                3))
        .containsExactly("a", "c", "b");
  }

  @Test
  void equalScoresOrderByImageId() {
    assertThat(
            merge(
                List.of(
                    List.of(hit("b", 0.5), hit("d", 0.5)), List.of(hit("a", 0.5), hit("c", 0.5))),
                0,
                10))
        .containsExactly("a", "b", "c", "d");
  }

  @Test
  void equalScoresOrderByTheBytesOfTheId() {
    // By UTF-16 the emoji's surrogates would come before the private-use character.
    assertThat(
            merge(List.of(List.of(hit("\uE000", 0.5)), List.of(hit("\uD83D\uDE00", 0.5))), 0, 10))
        .containsExactly("\uE000", "\uD83D\uDE00");
  }

  @Test
  void pagesHoldWhatSortingEverythingWouldPutThere() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      Comparator<Hit> order = round % 2 == 0 ? HitMerger.BY_SCORE : HitMerger.BY_ID;
      List<Hit> all = new ArrayList<>();
      List<List<Hit>> shards = new ArrayList<>();
      for (int shard = 0; shard < 1 + random.nextInt(6); shard++) {
        List<Hit> hits = new ArrayList<>();
        for (int i = random.nextInt(12); i > 0; i--) {
          hits.add(hit("id" + all.size() + "-" + i, random.nextInt(5) / 4.0));
        }
        hits.sort(order);
        all.addAll(hits);
        shards.add(hits);
      }
      all.sort(order);
      int offset = random.nextInt(10);
      int limit = random.nextInt(10);
      assertThat(HitMerger.merge(shards, order, offset, limit))
          .as("round %s", round)
          .isEqualTo(all.stream().skip(offset).limit(limit).toList());
    }
  }

  private static List<String> merge(List<List<Hit>> shards, int offset, int limit) {
    return HitMerger.merge(shards, HitMerger.BY_SCORE, offset, limit).stream()
        .map(Hit::getImageId)
        .toList();
  }

  private static Hit hit(String id, double score) {
    return Hit.newBuilder().setImageId(id).setScore(score).build();
  }
}
