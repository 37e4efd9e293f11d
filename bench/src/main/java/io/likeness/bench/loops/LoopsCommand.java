package io.likeness.bench.loops;

import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs the JMH benchmarks of this module. */
@Command(
    name = "loops",
    mixinStandardHelpOptions = true,
    description = "Measure the innermost loops by themselves, with JMH, in fresh JVMs.",
    footer = {
      "",
      "Examples:",
      "  likeness bench loops               all of them, some minutes",
      "  likeness bench loops code          those with \"code\" in the name",
      "  likeness bench loops -p rows=200000 walk",
      "Exit codes: 0 measured, 1 something failed, 2 wrong usage."
    })
public final class LoopsCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "PATTERN",
      arity = "0..1",
      defaultValue = "Loops",
      description = "Regular expression that the names of benchmarks contain (default: all).")
  String pattern = "Loops";

  @Option(
      names = "--forks",
      paramLabel = "N",
      defaultValue = "1",
      description = "Fresh JVMs for each; 0: this one (default: ${DEFAULT-VALUE}).")
  int forks = 1;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Of each of three iterations to warm up and five that count (default: ${DEFAULT-VALUE}).")
  int seconds = 1;

  @Option(
      names = "-p",
      paramLabel = "NAME=VALUES",
      description = "Values of a benchmark's parameter; may be repeated.")
  Map<String, String> parameters = Map.of();

  @Option(names = "--json", paramLabel = "FILE", description = "Write the result to this file.")
  @Nullable String json;

  @Override
  public Integer call() throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("(?i)" + pattern)
            .forks(forks)
            .warmupIterations(3)
            .measurementIterations(5)
            .warmupTime(TimeValue.seconds(seconds))
            .measurementTime(TimeValue.seconds(seconds))
            .shouldFailOnError(true);
    parameters.forEach((name, values) -> options.param(name, values.split(",", -1)));
    if (json != null) {
      options.resultFormat(ResultFormatType.JSON).result(json);
    }
    return new Runner(options.build()).run().isEmpty() ? 1 : 0;
  }
}
