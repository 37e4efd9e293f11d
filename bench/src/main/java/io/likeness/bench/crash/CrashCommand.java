package io.likeness.bench.crash;

import io.likeness.shard.faults.TrialOutcome;
import io.likeness.shard.index.CrashTrials;
import io.likeness.shard.index.Disk;
import io.likeness.shard.intake.SlotTrials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Does a shard lose, resurrect or invent anything, whatever happens to its disk? */
@Command(
    name = "crash",
    mixinStandardHelpOptions = true,
    description = {
      "Run shards on a disk that fails, and compare each with what the log makes of it: power cuts between any two"
          + " calls (what was not synced is dropped, kept or torn), bits flipped in any file, an error at any call, and"
          + " a disk that is full from any call on."
    },
    footer = {
      "",
      "Example: likeness bench crash --points 1000 --flips 10000",
      "Exit codes: 0 nothing lost, resurrected or wrong, 1 not so, 2 wrong usage."
    })
public final class CrashCommand implements Callable<Integer> {

  private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final int FAULTS_SHOWN = 10;

  @Option(
      names = "--points",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Power cuts (default: ${DEFAULT-VALUE}).")
  int points = 1_000;

  @Option(
      names = "--flips",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Flipped bits (default: ${DEFAULT-VALUE}).")
  int flips = 10_000;

  @Option(
      names = "--stride",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Of the calls that can fail or find the disk full, every so manieth is tried; 0: none (default:"
              + " ${DEFAULT-VALUE}).")
  int stride = 1;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "20261121",
      description = "Replays the same power cuts and flips (default: ${DEFAULT-VALUE}).")
  long seed = 20_261_121;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Existing folder to work in; fastest in memory (default: the system's temp folder).")
  @Nullable Path work;

  private long toldAt = System.nanoTime();

  @FunctionalInterface
  private interface Trials {
    TrialOutcome run(Consumer<TrialOutcome> progress) throws IOException;
  }

  @Override
  public Integer call() throws IOException {
    // Before anything logs.
    System.setProperty("likeness.bench.shard.log", "OFF");
    Path scratch =
        work == null
            ? Files.createTempDirectory("likeness-crash-")
            : Files.createTempDirectory(work, "likeness-crash-");
    try {
      boolean well =
          run("power cuts", all -> new CrashTrials(scratch, all).crashes(points, seed))
              & run("flipped bits", all -> new CrashTrials(scratch, all).flips(flips, seed));
      if (stride > 0) {
        well &= run("failing calls", all -> new SlotTrials(scratch, stride, all).errors());
        well &= run("full disks", all -> new SlotTrials(scratch, stride, all).full());
      }
      return well ? 0 : 1;
    } finally {
      Disk.deleteTree(scratch);
    }
  }

  private boolean run(String what, Trials trials) throws IOException {
    long start = System.nanoTime();
    TrialOutcome outcome = trials.run(now -> tell(what, now));
    System.out.printf(
        "%-14s %s, seed %d, %d s%n",
        what, outcome, seed, TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start));
    outcome.faults().stream()
        .limit(FAULTS_SHOWN)
        .forEach(fault -> System.out.println("  " + fault));
    return outcome.faults().isEmpty();
  }

  private void tell(String what, TrialOutcome now) {
    if (System.nanoTime() - toldAt > TELL_NANOS) {
      toldAt = System.nanoTime();
      System.err.println("bench: " + what + ": " + now);
    }
  }
}
