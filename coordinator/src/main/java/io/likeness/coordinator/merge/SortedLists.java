package io.likeness.coordinator.merge;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/** Merging of lists that are in order, by a heap of their heads. */
final class SortedLists {

  private record Head<T>(T first, Iterator<T> rest) {}

  private SortedLists() {}

  static <T> List<T> merge(
      List<List<T>> lists, Comparator<? super T> order, int offset, int limit) {
    PriorityQueue<Head<T>> heads =
        new PriorityQueue<>((a, b) -> order.compare(a.first(), b.first()));
    for (List<T> list : lists) {
      push(heads, list.iterator());
    }
    List<T> page = new ArrayList<>();
    for (long taken = 0; taken < (long) offset + limit; taken++) {
      Head<T> best = heads.poll();
      if (best == null) {
        break;
      }
      if (taken >= offset) {
        page.add(best.first());
      }
      push(heads, best.rest());
    }
    return page;
  }

  private static <T> void push(PriorityQueue<Head<T>> heads, Iterator<T> rest) {
    if (rest.hasNext()) {
      heads.add(new Head<>(rest.next(), rest));
    }
  }
}
