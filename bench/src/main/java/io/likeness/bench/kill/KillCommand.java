package io.likeness.bench.kill;

import io.likeness.bench.Table;
import io.likeness.bench.system.OwnSystem;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Kills and counts what is lost. */
@Command(
    name = "kill",
    mixinStandardHelpOptions = true,
    description =
        "Run a fresh system as separate processes, add and delete without pause, and kill -9 each role in turn and"
            + " all at once; after every kill compare the store with the log and with what was acknowledged.",
    footer = {
      "",
      "Example: likeness bench kill --rounds 30",
      "Exit codes: 0 nothing lost, nothing back, store equal to the log; 1 not so (the data is kept), 2 wrong usage."
    })
public final class KillCommand implements Callable<Integer> {

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "30",
      description = "Kills (default: ${DEFAULT-VALUE}).")
  int rounds = 30;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path data = Files.createTempDirectory("likeness-kill-");
    long begun = System.nanoTime();
    KillRounds.Outcome outcome =
        new KillRounds(data, line -> System.err.println("bench: " + line)).run(rounds);
    JsonObject result =
        new JsonObject()
            .put("kills", outcome.kills())
            .put("changes_acknowledged", outcome.acknowledged())
            .put("images_at_the_end", outcome.images())
            .put("seconds", (System.nanoTime() - begun) / 1_000_000_000)
            .put("invariants_broken", outcome.broken().size())
            .put("what_broke", new JsonArray(outcome.broken()));
    System.out.println(json ? result.encodePrettily() : Table.of(result));
    if (outcome.broken().isEmpty()) {
      OwnSystem.delete(data);
      return 0;
    }
    System.err.println("bench: the data is kept in " + data);
    return 1;
  }
}
