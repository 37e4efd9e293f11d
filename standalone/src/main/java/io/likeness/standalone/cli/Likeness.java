package io.likeness.standalone.cli;

import io.likeness.standalone.client.ApiFailure;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The commands behind the launcher {@code ./likeness}. */
@Command(
    name = "likeness",
    description =
        "Likeness: find the same or similar pictures. One command runs all of it, the others use it.",
    subcommands = {
      UpCommand.class,
      ClusterCommands.class,
      ImportCommand.class,
      AddCommand.class,
      SearchCommand.class,
      DuplicatesCommand.class,
      DeleteCommand.class,
      StatusCommand.class,
      InstanceCommands.class,
      QuarantineCommands.class,
      AccountCommands.class,
      SnapshotCommands.class,
      BackupCommands.class,
      ModelCommands.class,
      PlanCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "  images      Build the container image (by the launcher, with Jib).",
      "  test        Run every test of the repository (by the launcher, with Maven).",
      "  bench       Measure imports and searches (likeness bench --help).",
      "",
      "likeness COMMAND --help tells more. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part."
    })
public final class Likeness extends Group {

  public static void main(String[] args) {
    System.exit(run(Console.system(), args));
  }

  static int run(Console console, String... args) {
    return commandLine(console).execute(args);
  }

  static CommandLine commandLine(Console console) {
    CommandLine line = new CommandLine(new Likeness());
    give(console, line);
    line.setOut(new java.io.PrintWriter(console.out(), true));
    line.setErr(new java.io.PrintWriter(console.err(), true));
    line.setUsageHelpAutoWidth(true);
    line.setAbbreviatedOptionsAllowed(false);
    line.setExecutionExceptionHandler((e, command, parsed) -> tell(console, command, e));
    line.setParameterExceptionHandler((e, parsed) -> tellUsage(console, e));
    return line;
  }

  private static void give(Console console, CommandLine line) {
    if (line.getCommand() instanceof ServiceCommand command) {
      command.console = console;
    }
    if (line.getCommand() instanceof ClusterCommands.Order command) {
      command.console = console;
    }
    if (line.getCommand() instanceof SnapshotCommands.StoreCommand command) {
      command.console = console;
    }
    if (line.getCommand() instanceof ModelCommands.LocalCommand command) {
      command.console = console;
    }
    if (line.getCommand() instanceof PlanCommand command) {
      command.console = console;
    }
    line.getSubcommands().values().forEach(each -> give(console, each));
  }

  private static int tellUsage(Console console, ParameterException e) {
    String name = e.getCommandLine().getCommandSpec().qualifiedName();
    console.note("likeness: " + e.getMessage() + " (" + name + " --help tells more)");
    return Exit.USAGE;
  }

  private static int tell(Console console, CommandLine command, Exception e) {
    String name = command.getCommandSpec().qualifiedName();
    return switch (e) {
      case UsageFault fault -> {
        console.note("likeness: " + fault.getMessage() + " (" + name + " --help tells more)");
        yield Exit.USAGE;
      }
      case Failure failure -> failed(console, failure.getMessage());
      case ApiFailure failure -> failed(console, failure.getMessage());
      default -> {
        String message = e.getMessage();
        yield failed(
            console, e.getClass().getSimpleName() + (message == null ? "" : ": " + message));
      }
    };
  }

  private static int failed(Console console, @org.jspecify.annotations.Nullable String message) {
    console.note("likeness: " + message);
    return Exit.FAILED;
  }
}
