package io.likeness.bench.folder;

import io.likeness.bench.Table;
import io.likeness.bench.api.Account;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.system.OwnSystem;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Measures with somebody's own photos. */
@Command(
    name = "folder",
    mixinStandardHelpOptions = true,
    description =
        "Import a folder of photos into a fresh system (or a running one) and measure: the rate, the time from"
            + " add to visible, searches meanwhile and afterwards, memory, and whether each photo finds itself first.",
    footer = {
      "",
      "Example: likeness bench folder ~/photos",
      "Exit codes: 0 every photo came in and finds itself first with sim >= 0.99, 1 not so, 2 wrong usage."
    })
public final class FolderCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FOLDER", description = "JPEG, PNG and BMP files, subfolders included.")
  Path folder = Path.of("");

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder of a running system to use in place of a fresh one.")
  @Nullable Path data;

  @Option(names = "--separate", description = "Run the fresh system as a process per role.")
  boolean separate;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "8",
      description = "Adds, and afterwards searches, at a time (default: ${DEFAULT-VALUE}).")
  int threads = 8;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Consumer<String> say = line -> System.err.println("bench: " + line);
    String instance =
        "bench-" + Long.toString(System.currentTimeMillis() / 1000 % 1_000_000_000, 36);
    JsonObject result = data == null ? onFresh(instance, say) : onRunning(data, instance, say);
    result.put("cores", Runtime.getRuntime().availableProcessors());
    System.out.println(json ? result.encodePrettily() : Table.of(result));
    boolean good =
        result.getInteger("imported").equals(result.getInteger("photos"))
            && result
                .getInteger("finds_itself_first_with_sim_" + FolderBench.SAME)
                .equals(result.getInteger("photos"));
    return good ? 0 : 1;
  }

  private JsonObject onFresh(String instance, Consumer<String> say)
      throws IOException, InterruptedException {
    Path fresh = Files.createTempDirectory("likeness-bench-");
    try {
      say.accept("starting a fresh system in " + fresh);
      long begun = System.nanoTime();
      try (OwnSystem system = OwnSystem.start(fresh, separate);
          ApiClient api = system.client()) {
        double startSeconds = (System.nanoTime() - begun) / 1e9;
        OwnSystem.Memory idle = system.memory();
        JsonObject result = new FolderBench(api, instance, threads, say).run(folder);
        OwnSystem.Memory loaded = system.memory();
        return result
            .put("start_seconds", Math.round(startSeconds * 100) / 100.0)
            .put("memory_idle_mib", idle.now() >> 20)
            .put("memory_after_mib", loaded.now() >> 20)
            .put("memory_most_mib", loaded.most() >> 20)
            .put("processes", separate ? "one per role" : "one");
      }
    } finally {
      OwnSystem.delete(fresh);
    }
  }

  private JsonObject onRunning(Path running, String instance, Consumer<String> say)
      throws IOException, InterruptedException {
    JsonObject where = new JsonObject(Files.readString(running.resolve("endpoint.json")));
    Account account = Account.read(running.resolve("credentials.json"));
    try (ApiClient api = new ApiClient(URI.create(where.getString("endpoint")), account)) {
      return new FolderBench(api, instance, threads, say).run(folder);
    }
  }
}
