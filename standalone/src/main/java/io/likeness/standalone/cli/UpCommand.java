package io.likeness.standalone.cli;

import io.likeness.standalone.Standalone;
import io.likeness.standalone.StandaloneConfig;
import io.likeness.standalone.processes.SeparateProcesses;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "up",
    description =
        "Run the whole system in the foreground: Kafka and every role. Prints READY and its address once it serves.",
    footer = {
      "",
      "Ctrl-C or SIGTERM stop it cleanly. Logs are in DIR/logs.",
      "Exit codes: 0 stopped as asked, 1 could not start or go on, 2 wrong usage, 143 stopped before it served."
    })
final class UpCommand implements Callable<Integer> {

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Keeps everything below this folder (LIKENESS_DATA; default: ./data).")
  @Nullable Path data;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port of the public APIs; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  int port = 8080;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = StandaloneConfig.LOOPBACK,
      description =
          "Address of the public APIs; 0.0.0.0 serves other machines too (default: ${DEFAULT-VALUE}).")
  String host = StandaloneConfig.LOOPBACK;

  @Option(
      names = "--kafka-port",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Port of Kafka, on this machine only (default: a free one, the same at every start).")
  int kafkaPort;

  @Option(names = "--separate", description = "Run each role as a process of its own.")
  boolean separate;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A key of a role's configuration, such as ingest.threads=4; may be repeated.")
  Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and end.")
  boolean help;

  @Override
  public Integer call() throws InterruptedException {
    StandaloneConfig config = Foreground.config(data, host, port, kafkaPort, settings);
    return new Foreground(config, data != null)
        .run(
            tell ->
                separate ? SeparateProcesses.start(config, tell) : Standalone.start(config, tell));
  }
}
