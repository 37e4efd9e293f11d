package io.likeness.bench.overload;

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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What does a system give when five times more is asked of it than it can give, and what does one
 * account feel of another one's flood? Searches by pictures nobody has sent before, so that an
 * answer costs far more than asking for it; or by ready vectors, where the asking costs most of it.
 * First in a closed loop, more and more at a time, for the most a system can answer; then at a
 * fixed rate of a multiple of that, whatever comes back; beside it a quiet account at a small fixed
 * rate, which was measured alone before. The driver runs on the same machine and takes its share of
 * it.
 */
@Command(
    name = "overload",
    mixinStandardHelpOptions = true,
    description = "Ask for more than the system can give, and see what it still gives.",
    footer = {"", "Example: likeness bench overload --seconds 20"})
public final class OverloadCommand implements Callable<Integer> {

  private static final int USAGE = 2;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder of a running system to use in place of a fresh one.")
  @Nullable Path data;

  @Option(names = "--separate", description = "Run the fresh system as a process per role.")
  boolean separate;

  @Option(
      names = "--images",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Images of each account (default: ${DEFAULT-VALUE}).")
  int images = 2_000;

  @Option(
      names = "--vectors",
      description = "Search by ready vectors; then the driver takes most of the machine.")
  boolean vectors;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long each line is measured (default: ${DEFAULT-VALUE}).")
  int seconds = 10;

  @Option(
      names = "--times",
      paramLabel = "N",
      defaultValue = "5",
      description = "The flood, as a multiple of the most answered (default: ${DEFAULT-VALUE}).")
  int times = 5;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (images < 1 || seconds < 1 || times < 1) {
      System.err.println("bench: --images, --seconds or --times below 1");
      return USAGE;
    }
    JsonObject result = data == null ? onFresh() : onRunning(data);
    result.put("cores", Runtime.getRuntime().availableProcessors());
    System.out.println(json ? result.encodePrettily() : Table.of(result));
    return 0;
  }

  private JsonObject onFresh() throws IOException, InterruptedException {
    Path fresh = Files.createTempDirectory("likeness-bench-");
    try (OwnSystem system = OwnSystem.start(fresh, separate);
        ApiClient api = system.client()) {
      return measure(api);
    } finally {
      OwnSystem.delete(fresh);
    }
  }

  private JsonObject onRunning(Path running) throws IOException, InterruptedException {
    JsonObject where = new JsonObject(Files.readString(running.resolve("endpoint.json")));
    Account account = Account.read(running.resolve("credentials.json"));
    try (ApiClient api = new ApiClient(URI.create(where.getString("endpoint")), account)) {
      return measure(api);
    }
  }

  private JsonObject measure(ApiClient api) throws IOException, InterruptedException {
    String name = "bench-" + Long.toString(System.currentTimeMillis() / 1000 % 1_000_000_000, 36);
    Account second =
        Account.of(
            api.post("/api/v1/accounts", new JsonObject().put("domain", name).put("user", "quiet"))
                .expect(201)
                .json());
    try (ApiClient other = new ApiClient(api.endpoint(), second)) {
      Asker flood = Asker.fill(api, name, images, vectors);
      Asker quiet = Asker.fill(other, name, images, vectors);
      return new Overload(flood, quiet, seconds, times).run();
    }
  }
}
