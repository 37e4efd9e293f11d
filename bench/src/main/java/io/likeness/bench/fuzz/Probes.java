package io.likeness.bench.fuzz;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * In the decoding process: which branches of the instrumented classes have been taken. Each class
 * asks once for its part, through the properties of the system, the only place that classes of the
 * JDK and of the class path can both reach.
 */
final class Probes implements LongFunction<Object> {

  static final String KEY = "likeness.fuzz.probes";

  /** Set by a class whenever it takes a branch. */
  private record Part(int first, boolean[] taken) {}

  private final Map<Long, Part> byClass = new HashMap<>();
  private final List<Part> parts = new ArrayList<>();
  private final BitSet told = new BitSet();

  /** The number of its first probe and how many it has, as a class is made to say them. */
  static long ofClass(int first, int count) {
    return (long) first << Integer.SIZE | count;
  }

  /** From now on classes find their parts here. */
  void install() {
    System.getProperties().put(KEY, this);
  }

  @Override
  public synchronized Object apply(long ofClass) {
    return byClass.computeIfAbsent(ofClass, this::newPart).taken();
  }

  private Part newPart(long ofClass) {
    Part part = new Part((int) (ofClass >>> Integer.SIZE), new boolean[(int) ofClass]);
    parts.add(part);
    return part;
  }

  /** The numbers of probes that were hit and not told before. */
  synchronized List<Integer> fresh() {
    List<Integer> fresh = new ArrayList<>();
    for (Part part : parts) {
      for (int i = 0; i < part.taken().length; i++) {
        if (part.taken()[i] && !told.get(part.first() + i)) {
          told.set(part.first() + i);
          fresh.add(part.first() + i);
        }
      }
    }
    return fresh;
  }
}
