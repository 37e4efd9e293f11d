package io.likeness.bench.chaos;

import io.likeness.bench.chaos.Chaos.Report;
import io.likeness.bench.chaos.Chaos.Scene;
import io.likeness.bench.system.OwnSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Hurts a cluster and checks what it promised. */
@Command(
    name = "chaos",
    mixinStandardHelpOptions = true,
    description =
        "Run a fresh cluster of three shard nodes with two replicas on this machine, write and search without pause,"
            + " and kill, freeze, scale and restart parts of it; after each, compare what is stored with what was"
            + " acknowledged, and replicas with one another.",
    footer = {
      "",
      "Examples: likeness bench chaos --minutes 30",
      "          likeness bench chaos --scene KILL_NODE --scene SCALE",
      "Exit codes: 0 all holds, 1 something is broken or a search failed that must not (the data is kept), 2 wrong"
          + " usage."
    })
public final class ChaosCommand implements Callable<Integer> {

  @Option(
      names = "--minutes",
      paramLabel = "N",
      defaultValue = "0",
      description = "Goes on for so long; every scene is played at least once.")
  int minutes;

  @Option(
      names = "--hurt",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long it is left hurt (default: ${DEFAULT-VALUE}).")
  int hurt = 30;

  @Option(
      names = "--kafka",
      paramLabel = "N",
      defaultValue = "3",
      description = "Brokers (default: ${DEFAULT-VALUE}).")
  int brokers = 3;

  @Option(
      names = "--scene",
      paramLabel = "SCENE",
      description = "Only this one; may be repeated: ${COMPLETION-CANDIDATES}.")
  List<Scene> scenes = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("likeness-chaos-");
    List<Scene> played = scenes.isEmpty() ? List.of(Scene.values()) : scenes;
    List<Report> reports =
        new Chaos(
                data,
                brokers,
                Duration.ofSeconds(hurt),
                line -> System.err.println("bench: " + line))
            .run(played, Duration.ofMinutes(minutes));
    System.out.print(Reports.table(reports));
    if (reports.stream().allMatch(Report::isKept)) {
      OwnSystem.delete(data);
      return 0;
    }
    System.err.println("bench: the data is kept in " + data);
    return 1;
  }
}
