package io.likeness.bench.simulate;

import io.likeness.standalone.sizing.FanOutSimulation;
import io.likeness.standalone.sizing.FanOutSimulation.Outcome;
import io.likeness.standalone.sizing.FanOutSimulation.Setting;
import io.likeness.standalone.sizing.Measured;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long do searches over many nodes take, and what does one slow node change? In simulated time.
 */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description =
        "Simulate searches over many shard nodes: queues, replicas, second questions, a slow node.")
public final class SimulateCommand implements Callable<Integer> {

  @Option(
      names = "--nodes",
      defaultValue = "11",
      description = "Shard nodes (default: ${DEFAULT-VALUE}).")
  private int nodes;

  @Option(
      names = "--threads",
      defaultValue = "8",
      description = "Searching at a time in each (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--slots",
      defaultValue = "256",
      description = "Asked by each search (default: ${DEFAULT-VALUE}).")
  private int slots;

  @Option(
      names = "--rows",
      defaultValue = "1171875",
      description = "Rows of a slot (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--replicas",
      defaultValue = "2",
      description = "Of each slot (default: ${DEFAULT-VALUE}).")
  private int replicas;

  @Option(
      names = "--qps",
      defaultValue = "500",
      description = "Searches a second (default: ${DEFAULT-VALUE}).")
  private double qps;

  @Option(
      names = "--cold",
      defaultValue = "0",
      description =
          "Share of the questions whose rows are not in memory, 0 to 1 (default: ${DEFAULT-VALUE}).")
  private double cold;

  @Option(
      names = "--slow",
      defaultValue = "500",
      description =
          "Milliseconds that the slow node adds to each answer (default: ${DEFAULT-VALUE}).")
  private double slow;

  @Option(
      names = "--network",
      defaultValue = "0.3",
      description = "Milliseconds there and back (default: ${DEFAULT-VALUE}).")
  private double network;

  @Option(
      names = "--searches",
      defaultValue = "5000",
      description = "Counted ones (default: ${DEFAULT-VALUE}).")
  private int searches;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "The same seed gives the same figures (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    Measured measured = Measured.load();
    double warm = (measured.searchMicros(rows) + measured.callMicros() / 2) / 1e3;
    Setting healthy;
    try {
      healthy =
          new Setting(
              nodes,
              threads,
              slots,
              replicas,
              qps,
              warm,
              measured.searchSpread(),
              cold,
              measured.coldP50Millis(),
              measured.coldP99Millis(),
              0,
              network,
              true,
              searches,
              seed);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      return 2;
    }
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    outcomes.put("healthy", FanOutSimulation.run(healthy));
    outcomes.put("healthy, never asked twice", FanOutSimulation.run(healthy.with(qps, 0, false)));
    if (slow > 0) {
      outcomes.put("one slow node", FanOutSimulation.run(healthy.with(qps, slow, true)));
      outcomes.put(
          "one slow node, never asked twice", FanOutSimulation.run(healthy.with(qps, slow, false)));
    }
    if (json) {
      JsonObject all = new JsonObject();
      outcomes.forEach((name, outcome) -> all.put(name, json(outcome)));
      System.out.println(all.encodePrettily());
      return 0;
    }
    System.out.printf(
        Locale.ROOT,
        "%d nodes of %d threads, %d slots of %,d rows, %d replicas, %.0f searches a second, %.3f ms a question%n",
        nodes,
        threads,
        slots,
        rows,
        replicas,
        qps,
        warm);
    System.out.printf(
        Locale.ROOT,
        "%-34s %9s %9s %9s %9s %7s%n",
        "",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "extra",
        "busy");
    outcomes.forEach(
        (name, of) ->
            System.out.printf(
                Locale.ROOT,
                "%-34s %9.1f %9.1f %9.1f %8.1f%% %6.0f%%%n",
                name,
                of.p50Millis(),
                of.p95Millis(),
                of.p99Millis(),
                100 * of.extra(),
                100 * of.busy()));
    return 0;
  }

  private static JsonObject json(Outcome outcome) {
    return new JsonObject()
        .put("mean_ms", outcome.meanMillis())
        .put("p50_ms", outcome.p50Millis())
        .put("p95_ms", outcome.p95Millis())
        .put("p99_ms", outcome.p99Millis())
        .put("extra", outcome.extra())
        .put("busy", outcome.busy());
  }
}
