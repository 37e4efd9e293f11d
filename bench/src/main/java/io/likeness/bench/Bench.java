package io.likeness.bench;

import io.likeness.bench.chaos.ChaosCommand;
import io.likeness.bench.crash.CrashCommand;
import io.likeness.bench.decode.DecodeCommand;
import io.likeness.bench.embed.EmbedCommand;
import io.likeness.bench.embed.RowsCommand;
import io.likeness.bench.engine.EngineCommand;
import io.likeness.bench.folder.FolderCommand;
import io.likeness.bench.fuzz.FuzzCommand;
import io.likeness.bench.kill.KillCommand;
import io.likeness.bench.lanes.LanesCommand;
import io.likeness.bench.loops.LoopsCommand;
import io.likeness.bench.overload.OverloadCommand;
import io.likeness.bench.quality.QualityCommand;
import io.likeness.bench.replicas.ReplicasCommand;
import io.likeness.bench.simulate.SimulateCommand;
import io.likeness.bench.subjects.SubjectsCommand;
import io.likeness.bench.training.TrainCommand;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The commands behind {@code ./likeness bench}. docs/benchmarks.md has their figures. */
@Command(
    name = "likeness bench",
    mixinStandardHelpOptions = true,
    description = "Measure a whole system.",
    subcommands = {
      FolderCommand.class,
      KillCommand.class,
      ChaosCommand.class,
      EngineCommand.class,
      LoopsCommand.class,
      CrashCommand.class,
      LanesCommand.class,
      OverloadCommand.class,
      ReplicasCommand.class,
      SubjectsCommand.class,
      EmbedCommand.class,
      RowsCommand.class,
      DecodeCommand.class,
      FuzzCommand.class,
      QualityCommand.class,
      TrainCommand.class,
      SimulateCommand.class
    })
public final class Bench implements Callable<Integer> {

  private static final int USAGE = 2;
  private static final int FAILED = 1;

  @Spec private @Nullable CommandSpec spec;

  public static void main(String[] args) {
    // Before anything logs.
    System.setProperty("logback.configurationFile", "logback-bench.xml");
    System.exit(
        new CommandLine(new Bench())
            .setUsageHelpAutoWidth(true)
            .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure))
            .execute(args));
  }

  /** A file that cannot be read is the caller's to mend, all else ours. */
  private static int failed(Exception failure) {
    switch (failure) {
      case NoSuchFileException missing ->
          System.err.println("bench: there is no file " + missing.getFile());
      case IOException unreadable -> System.err.println("bench: " + unreadable.getMessage());
      default -> failure.printStackTrace();
    }
    return FAILED;
  }

  @Override
  public Integer call() {
    if (spec != null) {
      spec.commandLine().usage(System.err);
    }
    return USAGE;
  }
}
