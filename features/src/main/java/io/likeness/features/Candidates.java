package io.likeness.features;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * The best of the boxes a detector answers with. A detector sees each thing many times, in cells
 * beside each other: of boxes that lie over each other only the best stays, whatever they are taken
 * for. What is kept is bounded, whatever a model answers.
 */
final class Candidates {

  /** Boxes beyond the best so many are not looked at. */
  static final int CONSIDERED_MAX = 1_000;

  /** The larger first among equals: a part of a thing is often as sure as the whole. */
  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingDouble((Candidate each) -> -each.score())
          .thenComparingDouble(each -> -each.area())
          .thenComparingInt(Candidate::place);

  private final PriorityQueue<Candidate> worstFirst = new PriorityQueue<>(BEST_FIRST.reversed());

  /**
   * @param place where in the answer it stood
   * @param label number of its label
   */
  record Candidate(
      int place, double left, double top, double right, double bottom, double score, int label) {

    double area() {
      return (right - left) * (bottom - top);
    }

    /** Whether it lies where the other does, and is as sure, but for such differences. */
    boolean isWithin(Candidate other, double scoreOff, double cornersOff) {
      return Math.abs(score - other.score) <= scoreOff
          && Math.abs(left - other.left) <= cornersOff
          && Math.abs(top - other.top) <= cornersOff
          && Math.abs(right - other.right) <= cornersOff
          && Math.abs(bottom - other.bottom) <= cornersOff;
    }

    /** The part of both together that both share. */
    double overlap(Candidate other) {
      double width = Math.min(right, other.right) - Math.max(left, other.left);
      double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
      if (width <= 0 || height <= 0) {
        return 0;
      }
      double both = width * height;
      return both / (area() + other.area() - both);
    }
  }

  /** All that are looked at. */
  List<Candidate> bestFirst() {
    List<Candidate> sorted = new ArrayList<>(worstFirst);
    sorted.sort(BEST_FIRST);
    return sorted;
  }

  /** Boxes that are none, with sides that are no numbers or empty, are left out. */
  void add(Candidate candidate) {
    boolean isBox =
        Double.isFinite(candidate.area())
            && candidate.right() > candidate.left()
            && candidate.bottom() > candidate.top();
    if (!isBox) {
      return;
    }
    worstFirst.add(candidate);
    if (worstFirst.size() > CONSIDERED_MAX) {
      worstFirst.remove();
    }
  }

  /** Best first, at most so many, of which no two overlap more than said. */
  List<Candidate> apart(double overlapMax, int max) {
    List<Candidate> kept = new ArrayList<>();
    for (Candidate each : bestFirst()) {
      if (kept.size() == max) {
        break;
      }
      if (kept.stream().allMatch(better -> better.overlap(each) <= overlapMax)) {
        kept.add(each);
      }
    }
    return kept;
  }
}
