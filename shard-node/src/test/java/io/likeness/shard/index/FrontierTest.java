package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FrontierTest {

  private record Met(float score, int row, boolean wanted) {}

  /** Invariant: what is kept is every row met that is no worse than the last wanted one kept. */
  @Test
  void keepsWhatIsNoWorseThanTheWantedItHasToKeep() {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      int effort = 1 + random.nextInt(20);
      int unwanted = random.nextInt(5);
      Frontier frontier = new Frontier();
      frontier.reset(effort);
      List<Met> all = new ArrayList<>();
      for (int row = 0; row < 400; row++) {
        Met met = new Met(random.nextInt(100) / 50f - 1, row, random.nextInt(5) >= unwanted);
        all.add(met);
        frontier.offer(met.score(), met.row(), met.wanted());
      }
      all.sort(Comparator.comparing((Met m) -> -m.score()).thenComparing(m -> -m.row()));
      List<Integer> expected = new ArrayList<>();
      int wanted = 0;
      for (Met met : all) {
        if (wanted == effort) {
          break;
        }
        expected.add(met.row());
        wanted += met.wanted() ? 1 : 0;
      }
      List<Integer> kept = new ArrayList<>();
      for (int i = 0; i < frontier.size(); i++) {
        kept.add(frontier.row(i));
      }
      assertThat(kept).as("seed %s", seed).isEqualTo(expected);
      assertThat(frontier.wanted()).isEqualTo(wanted);
    }
  }

  @Test
  void gathersWhatItWouldKeepOfRowsOfferedOneByOne() {
    for (int seed = 0; seed < 100; seed++) {
      Random random = new Random(seed);
      int count = 1 + random.nextInt(300);
      Frontier offered = new Frontier();
      Frontier gathered = new Frontier();
      offered.reset(count);
      gathered.gather(count);
      for (int row = 0; row < 400; row++) {
        float score = random.nextInt(100) / 50f - 1;
        offered.offer(score, row, true);
        if (score >= gathered.gatheredBound()) {
          gathered.gather(score, row);
        }
      }
      gathered.settle();
      assertThat(gathered.size()).as("seed %s", seed).isEqualTo(offered.size());
      assertThat(gathered.wanted()).isEqualTo(offered.wanted());
      for (int i = 0; i < offered.size(); i++) {
        assertThat(gathered.row(i)).isEqualTo(offered.row(i));
        assertThat(gathered.score(i)).isEqualTo(offered.score(i));
        assertThat(gathered.isWanted(i)).isTrue();
      }
    }
  }

  @Test
  void expandsEachRowOnceAndTheBestFirst() {
    Random random = new Random(4);
    Frontier frontier = new Frontier();
    frontier.reset(30);
    Set<Integer> expanded = new HashSet<>();
    for (int row = 0; row < 500; row++) {
      frontier.offer(random.nextFloat() * 2 - 1, row, true);
      if (row % 3 == 0) {
        int next = frontier.expand();
        if (next >= 0) {
          assertThat(expanded.add(next)).isTrue();
          for (int i = 0; i < frontier.size(); i++) {
            if (frontier.score(i) > frontier.expandedScore()) {
              assertThat(expanded).contains(frontier.row(i));
            }
          }
        }
      }
    }
    frontier.reset(30);
    assertThat(frontier.expand()).isEqualTo(-1);
    assertThat(frontier.bound()).isEqualTo(Float.NEGATIVE_INFINITY);
  }
}
