package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.Sizes;
import io.likeness.standalone.StandaloneConfig;
import io.likeness.standalone.client.Answer;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.client.ApiFailure;
import io.likeness.standalone.client.Login;
import io.likeness.standalone.cluster.ClusterView;
import io.likeness.standalone.cluster.ClusterView.Replica;
import io.likeness.standalone.cluster.ClusterWish;
import io.likeness.standalone.cluster.ControlClient;
import io.likeness.standalone.cluster.LocalCluster;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "cluster",
    description = "Run a whole cluster on this machine, and change or hurt it while it runs.",
    subcommands = {
      ClusterCommands.Up.class,
      ClusterCommands.Status.class,
      ClusterCommands.Scale.class,
      ClusterCommands.Replicas.class,
      ClusterCommands.Restart.class,
      ClusterCommands.Kill.class,
      ClusterCommands.Freeze.class,
      ClusterCommands.Heal.class,
      ClusterCommands.Down.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Examples: likeness cluster up --nodes 3 --replicas 2 --kafka 3",
      "          likeness cluster status --watch",
      "          likeness cluster kill node-2"
    })
final class ClusterCommands extends Group {

  @Command(
      name = "up",
      description =
          "Run brokers, shard nodes, coordinators, ingest workers and gateways in the foreground, each a process"
              + " with an address of its own. Prints READY and the first gateway's address once all serve.",
      footer = {
        "",
        "What is not said is as in an earlier start on the same folder. Ctrl-C, SIGTERM and likeness cluster down"
            + " stop it.",
        "Needs the addresses 127.0.x.y, which Linux has. Logs are in DIR/logs.",
        "Exit codes: 0 stopped as asked, 1 could not start, 2 wrong usage, 143 stopped before it served."
      })
  static final class Up implements Callable<Integer> {

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "Keeps everything below this folder (LIKENESS_DATA; default: ./data).")
    @Nullable Path data;

    @Option(
        names = {"--http", "--port"},
        paramLabel = "PORT",
        defaultValue = "8080",
        description =
            "Port of the first gateway; the others take free ones; 0 takes any (default: ${DEFAULT-VALUE}).")
    int port = 8080;

    @Option(
        names = "--host",
        paramLabel = "ADDRESS",
        defaultValue = StandaloneConfig.LOOPBACK,
        description = "Address of the first gateway (default: ${DEFAULT-VALUE}).")
    String host = StandaloneConfig.LOOPBACK;

    @Option(names = "--nodes", paramLabel = "N", description = "Shard nodes (default: 3).")
    @Nullable Integer nodes;

    @Option(
        names = "--replicas",
        paramLabel = "R",
        description = "Replicas of each slot (default: 2, or 1 with one node).")
    @Nullable Integer replicas;

    @Option(
        names = "--kafka",
        paramLabel = "N",
        description = "Brokers of Kafka; up to three of them keep each record (default: 3).")
    @Nullable Integer brokers;

    @Option(names = "--coordinators", paramLabel = "N", description = "Coordinators (default: 2).")
    @Nullable Integer coordinators;

    @Option(names = "--gateways", paramLabel = "N", description = "Gateways (default: 1).")
    @Nullable Integer gateways;

    @Option(
        names = "--ingest-workers",
        paramLabel = "N",
        description = "Ingest workers (default: 1).")
    @Nullable Integer workers;

    @Option(
        names = "--slots",
        paramLabel = "N",
        description = "Slots, for the cluster's whole life (default: 16).")
    @Nullable Integer slots;

    @Option(
        names = "--zones",
        paramLabel = "N",
        description = "Zones, which the shard nodes stand in by turns (default: none).")
    @Nullable Integer zones;

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
      StandaloneConfig config = Foreground.config(data, host, port, 0, settings);
      ClusterWish wish = wish();
      return new Foreground(config, data != null)
          .run(tell -> LocalCluster.start(config, wish, tell));
    }

    private ClusterWish wish() {
      Map<String, Integer> said = new LinkedHashMap<>();
      say(said, ClusterWish.NODES, nodes);
      say(said, ClusterWish.REPLICAS, replicas);
      say(said, ClusterWish.KAFKA, brokers);
      say(said, ClusterWish.COORDINATORS, coordinators);
      say(said, ClusterWish.GATEWAYS, gateways);
      say(said, ClusterWish.WORKERS, workers);
      say(said, ClusterWish.SLOTS, slots);
      say(said, ClusterWish.ZONES, zones);
      return new ClusterWish(said);
    }

    private static void say(Map<String, Integer> said, String what, @Nullable Integer number) {
      if (number != null) {
        said.put(what, number);
      }
    }
  }

  /** An order to the cluster that runs on a folder. */
  abstract static class Order implements Callable<Integer> {

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "The cluster's data folder (LIKENESS_DATA; default: ./data).")
    @Nullable Path data;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help and end.")
    boolean help;

    Console console = Console.system();

    @Override
    public final Integer call() throws InterruptedException {
      try {
        return give(new ControlClient(folder()));
      } catch (ControlClient.Refused e) {
        throw new Failure(String.valueOf(e.getMessage()));
      }
    }

    final Path folder() {
      return data != null
          ? data
          : Path.of(
              Optional.ofNullable(System.getenv("LIKENESS_DATA")).orElse(Target.DATA_DEFAULT));
    }

    abstract int give(ControlClient cluster) throws InterruptedException;
  }

  @Command(
      name = "scale",
      description =
          "Make it so many shard nodes. New ones are started and get their share; those with the highest numbers are"
              + " emptied, and stopped once they hold nothing.",
      footer = {
        "",
        "What was begun goes on in the cluster where this command is cut off; saying the same again finishes it.",
        "Exit codes: 0 done, 1 failed, 2 wrong usage."
      })
  static final class Scale extends Order {

    @Parameters(paramLabel = "N", description = "Shard nodes.")
    int nodes;

    @Option(names = "--force", description = "Also to fewer nodes than there shall be replicas.")
    boolean force;

    @Override
    int give(ControlClient cluster) {
      cluster.scale(nodes, force, console::note);
      console.line(nodes + " shard nodes");
      return Exit.OK;
    }
  }

  @Command(
      name = "replicas",
      description = "Make it so many replicas of each slot, and wait until they serve.",
      footer = {"", "Exit codes: 0 done, 1 failed, 2 wrong usage."})
  static final class Replicas extends Order {

    @Parameters(paramLabel = "R", description = "Replicas of each slot.")
    int replicas;

    @Override
    int give(ControlClient cluster) {
      cluster.replicas(replicas, console::note);
      console.line(replicas + " replicas of each slot");
      return Exit.OK;
    }
  }

  @Command(
      name = "restart",
      description =
          "Restart processes one after the other, each once the one before is ready and every slot has its replicas.",
      footer = {
        "",
        "Those of a role that has only one are away for a moment. Exit codes: 0 done, 1 failed, 2 wrong usage."
      })
  static final class Restart extends Order {

    @Parameters(
        arity = "0..*",
        paramLabel = "NAME",
        description = "Processes, such as node-1 or kafka-2 (default: all but the brokers).")
    List<String> names = new ArrayList<>();

    @Override
    int give(ControlClient cluster) {
      cluster.restart(names, console::note);
      console.line("restarted");
      return Exit.OK;
    }
  }

  @Command(
      name = "kill",
      description = "End a process with SIGKILL. It stays dead until healed.",
      footer = {"", "Exit codes: 0 done, 1 failed, 2 wrong usage."})
  static final class Kill extends Order {

    @Parameters(paramLabel = "NAME", description = "A process, such as node-1 or kafka-2.")
    String name = "";

    @Override
    int give(ControlClient cluster) {
      cluster.kill(name, console::line);
      return Exit.OK;
    }
  }

  @Command(
      name = "freeze",
      description =
          "Let a process stand still with SIGSTOP, its connections open. It does until healed.",
      footer = {"", "Exit codes: 0 done, 1 failed, 2 wrong usage."})
  static final class Freeze extends Order {

    @Parameters(paramLabel = "NAME", description = "A process, such as node-1 or kafka-2.")
    String name = "";

    @Override
    int give(ControlClient cluster) {
      cluster.freeze(name, console::line);
      return Exit.OK;
    }
  }

  @Command(
      name = "heal",
      description =
          "Let a frozen process go on, start one that was killed or given up; returns once it is ready.",
      footer = {"", "Exit codes: 0 done, 1 failed, 2 wrong usage."})
  static final class Heal extends Order {

    @Parameters(paramLabel = "NAME", description = "A process, such as node-1 or kafka-2.")
    String name = "";

    @Override
    int give(ControlClient cluster) {
      cluster.heal(name, console::line);
      return Exit.OK;
    }
  }

  @Command(
      name = "down",
      description = "Stop the cluster cleanly; the next up on its folder goes on with it.",
      footer = {"", "Exit codes: 0 stopped, 1 failed, 2 wrong usage."})
  static final class Down extends Order {

    private static final Duration STOPS_MAX = Duration.ofMinutes(2);
    private static final long LOOK_MILLIS = 100;

    @Override
    int give(ControlClient cluster) throws InterruptedException {
      cluster.down();
      // Until the folder is free for the next start.
      Path endpoint = folder().resolve("endpoint.json");
      long end = System.nanoTime() + STOPS_MAX.toNanos();
      while (Files.exists(endpoint)) {
        if (System.nanoTime() > end) {
          throw new Failure("the cluster has not stopped within " + STOPS_MAX.toSeconds() + " s");
        }
        Thread.sleep(LOOK_MILLIS);
      }
      console.line("stopped");
      return Exit.OK;
    }
  }

  @Command(
      name = "status",
      description =
          "Show every process, every slot with its replicas, how far moves are, and what is missing.",
      footer = {
        "",
        "Exit codes: 0 all is as it shall be, 1 failed, 2 wrong usage, 3 something is missing."
      })
  static final class Status extends Order {

    private static final long WATCH_MILLIS = 1_000;

    @Option(names = "--watch", description = "Show it again every second, until interrupted.")
    boolean watch;

    @Option(names = "--json", description = "Print it as JSON.")
    boolean json;

    @Override
    int give(ControlClient cluster) throws InterruptedException {
      while (true) {
        JsonNode own = cluster.show();
        Optional<JsonNode> placed = placed(own);
        if (watch && console.terminal() && !json) {
          console.clear();
        }
        List<String> missing =
            placed
                .map(told -> ClusterView.of(told).missing(own.path("slots").asInt()))
                .orElse(List.of("no gateway tells about the slots"));
        if (json) {
          ObjectNode all = Api.object();
          all.set("own", own);
          placed.ifPresent(told -> all.set("cluster", told));
          missing.forEach(all.putArray("missing")::add);
          console.json(all);
        } else {
          show(own, placed, missing);
        }
        if (!watch) {
          return missing.isEmpty() && ready(own) ? Exit.OK : Exit.PARTLY;
        }
        Thread.sleep(WATCH_MILLIS);
      }
    }

    private static boolean ready(JsonNode own) {
      for (JsonNode process : own.path("processes")) {
        if (!process.path("ready").asBoolean()) {
          return false;
        }
      }
      return true;
    }

    /** What the first gateway that answers says; nothing where none does. */
    private Optional<JsonNode> placed(JsonNode own) {
      Login login;
      try {
        login = Login.read(folder().resolve("credentials.json"));
      } catch (IllegalArgumentException e) {
        throw new Failure(String.valueOf(e.getMessage()));
      }
      for (JsonNode gateway : own.path("gateways")) {
        try (Api api = new Api(URI.create(gateway.asText()), login)) {
          Answer answer = api.call("GET", "/cluster", Api.Body.NONE);
          if (answer.isSuccess()) {
            return Optional.of(answer.body());
          }
        } catch (ApiFailure e) {
          // The next one may.
        }
      }
      return Optional.empty();
    }

    private void show(JsonNode own, Optional<JsonNode> placed, List<String> missing) {
      Map<String, Integer> load = placed.map(told -> ClusterView.of(told).load()).orElse(Map.of());
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode process : own.path("processes")) {
        String name = process.path("name").asText();
        rows.add(
            List.of(
                name,
                process.path("role").asText(),
                process.path("zone").asText(),
                process.path("address").asText(),
                process.path("pid").asText(),
                state(process),
                load.containsKey(name) ? Integer.toString(load.get(name)) : ""));
      }
      console.table(List.of("process", "role", "zone", "address", " pid", "state", " slots"), rows);
      placed.ifPresent(
          told -> {
            console.line("");
            slots(ClusterView.of(told));
          });
      console.line("");
      if (!own.path("doing").asText().isEmpty()) {
        console.line(own.path("doing").asText());
      }
      String all =
          placed.map(told -> ClusterView.of(told).replicas()).orElse(0) + " replicas everywhere";
      console.line(missing.isEmpty() ? all : String.join(", ", missing));
    }

    private static String state(JsonNode process) {
      String state = process.path("state").asText();
      if (!state.equals("running")) {
        String trouble = process.path("trouble").asText();
        return state + (trouble.isEmpty() ? "" : ": " + trouble);
      }
      return process.path("ready").asBoolean() ? "ready" : "not ready";
    }

    private void slots(ClusterView view) {
      List<List<String>> rows = new ArrayList<>();
      view.slots()
          .forEach(
              (slot, replicas) -> {
                StringJoiner where = new StringJoiner(", ");
                long lag = 0;
                for (Replica replica : replicas) {
                  where.add(words(replica));
                  lag = Math.max(lag, replica.lag());
                }
                rows.add(List.of(Integer.toString(slot), where.toString(), Long.toString(lag)));
              });
      console.table(List.of(" slot", "replicas", " behind"), rows);
    }

    private static String words(Replica replica) {
      StringBuilder words = new StringBuilder(replica.node());
      if (!replica.serving() || !replica.state().equals("serving")) {
        words.append(" (").append(replica.state());
        if (!replica.phase().isEmpty() && !replica.phase().equals("ready")) {
          words.append(", ").append(replica.phase().replace('_', ' '));
        } else if (replica.phase().isEmpty()) {
          words.append(", says nothing");
        }
        if (replica.toCopy() > 0) {
          words
              .append(' ')
              .append(100 * replica.copied() / replica.toCopy())
              .append(" % of ")
              .append(Sizes.of(replica.toCopy()));
        }
        if (!replica.trouble().isEmpty()) {
          words.append(": ").append(replica.trouble());
        }
        words.append(')');
      }
      return words.toString();
    }
  }
}
