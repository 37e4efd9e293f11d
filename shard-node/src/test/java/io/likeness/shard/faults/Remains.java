package io.likeness.shard.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What power cuts may leave, moment by moment: forward only, as a disk's life is. */
public final class Remains {

  private final PowerCut cut = new PowerCut();
  private final List<Step> steps;
  private final int first;

  /** Moment 0 is after the first so many steps. */
  Remains(List<Step> steps, int first) {
    this.steps = steps;
    this.first = first;
  }

  /** One of the possible remains of that moment, into an empty folder. */
  public void leave(int moment, Path target, long seed) throws IOException {
    while (cut.taken() < first + moment) {
      cut.take(steps.get(cut.taken()));
    }
    if (cut.taken() != first + moment) {
      throw new IllegalArgumentException("moment " + moment + " has passed");
    }
    cut.leave(target, seed);
  }

  /** What kind of remains a seed stands for, for messages. */
  public static String describe(long seed) {
    return PowerCut.describe(seed);
  }

  /** The last so many steps before that moment, for messages. */
  public List<String> lastSteps(int moment, int count) {
    int end = first + moment;
    return steps.subList(Math.max(0, end - count), end).stream().map(Remains::text).toList();
  }

  private static String text(Step step) {
    return step instanceof Step.Write write
        ? "Write[node=%d, %d bytes at %d]"
            .formatted(write.node(), write.bytes().length, write.position())
        : step.toString();
  }
}
