package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.features.Candidates.Candidate;
import org.junit.jupiter.api.Test;

class CandidatesTest {

  private final Candidates candidates = new Candidates();
  private int place;

  private Candidate add(double left, double top, double right, double bottom, double score) {
    Candidate candidate = new Candidate(place++, left, top, right, bottom, score, 0);
    candidates.add(candidate);
    return candidate;
  }

  @Test
  void keepsTheBestOfThoseThatLieOverEachOther() {
    Candidate good = add(0, 0, 100, 100, 0.8);
    add(5, 5, 105, 105, 0.7);
    Candidate beside = add(60, 0, 160, 100, 0.6);
    // A quarter of the first: another thing, on it.
    Candidate part = add(0, 0, 50, 50, 0.5);

    assertThat(candidates.apart(0.45, 10)).containsExactly(good, beside, part);
    assertThat(candidates.apart(0.2, 10)).containsExactly(good);
    assertThat(candidates.apart(0.45, 2)).containsExactly(good, beside);
  }

  @Test
  void ordersEqualScoresByAreaAndThenByPlace() {
    Candidate small = add(0, 0, 10, 10, 0.5);
    Candidate large = add(100, 0, 120, 20, 0.5);
    Candidate twin = add(200, 0, 220, 20, 0.5);

    assertThat(candidates.apart(0.45, 10)).containsExactly(large, twin, small);
  }

  @Test
  void leavesOutWhatIsNoBox() {
    add(Double.NaN, 0, 10, 10, 0.9);
    add(Double.NEGATIVE_INFINITY, 0, Double.POSITIVE_INFINITY, 10, 0.9);
    add(10, 0, 10, 10, 0.9);
    add(20, 0, 10, 10, 0.9);
    add(20, 20, 10, 10, 0.9);
    Candidate box = add(0, 0, 10, 10, 0.1);

    assertThat(candidates.apart(0.45, 10)).containsExactly(box);
  }

  @Test
  void looksOnlyAtTheBestOfVeryMany() {
    int all = Candidates.CONSIDERED_MAX + 500;
    for (int i = 0; i < all; i++) {
      // The better the later; no two lie over each other.
      add(i * 10, 0, i * 10 + 9, 9, (i + 1.0) / all);
    }

    assertThat(candidates.apart(0.45, all))
        .hasSize(Candidates.CONSIDERED_MAX)
        .allMatch(each -> each.place() >= 500)
        .first()
        .extracting(Candidate::place)
        .isEqualTo(all - 1);
  }
}
