package io.likeness.standalone.cli;

import io.likeness.standalone.client.Api;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that asks a running service. */
abstract class ServiceCommand implements Callable<Integer> {

  @Mixin Target target = new Target();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and end.")
  boolean help;

  Console console = Console.system();

  @Override
  public final Integer call() throws Exception {
    try (Api api = target.api()) {
      return run(api);
    }
  }

  /** Does it and says the exit code. */
  abstract int run(Api api) throws Exception;
}
