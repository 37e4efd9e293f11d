package io.likeness.shard.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How many trials there were, how they ended, and what went wrong in words. */
public final class TrialOutcome {

  private final Map<String, Integer> endings = new TreeMap<>();
  private final List<String> faults = new ArrayList<>();
  private int trials;

  /** {@code fault} is empty where all is well. */
  public void add(String trial, String fault) {
    trials++;
    if (!fault.isEmpty()) {
      faults.add(trial + ": " + fault);
    }
  }

  /** Counts an ending that is worth telling. */
  public void endedWith(String ending) {
    endings.merge(ending, 1, Integer::sum);
  }

  public int trials() {
    return trials;
  }

  public List<String> faults() {
    return List.copyOf(faults);
  }

  @Override
  public String toString() {
    return trials
        + " tried, "
        + faults.size()
        + " went wrong"
        + (endings.isEmpty() ? "" : " " + endings);
  }
}
