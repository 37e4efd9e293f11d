package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.sizing.CannotPlan;
import io.likeness.standalone.sizing.Measured;
import io.likeness.standalone.sizing.Numbers;
import io.likeness.standalone.sizing.OverlayWriter;
import io.likeness.standalone.sizing.Sizing;
import io.likeness.standalone.sizing.Sizing.Line;
import io.likeness.standalone.sizing.Sizing.Plan;
import io.likeness.standalone.sizing.Wish;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "plan",
    description =
        "Say how large a cluster must be for so many pictures and searches, with its arithmetic.",
    footer = {
      "",
      "The arithmetic stands on what was measured on one machine (docs/benchmarks.md) and on a simulation;",
      "docs/scale.md says what it leaves out.",
      "Example: likeness plan --images 300M --dims 512 --qps 500 --p99 100ms --write k8s/overlays/ours",
      "Exit codes: 0 planned, 1 failed, 2 wrong usage, 3 planned but slower than asked for."
    })
final class PlanCommand implements Callable<Integer> {

  private static final Pattern TIME = Pattern.compile("(\\d{1,6})(ms|s)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,7})(B|KiB|MiB|GiB|TiB)");
  private static final double SECONDS_A_MONTH = 30 * 24 * 3600.0;

  @Option(
      names = "--images",
      required = true,
      paramLabel = "N",
      description = "Pictures, as 250k, 300M, 1B.")
  String images = "";

  @Option(
      names = "--dims",
      paramLabel = "N",
      defaultValue = "512",
      description = "Dimensions of the model (default: ${DEFAULT-VALUE}).")
  int dimensions;

  @Option(
      names = "--vectors",
      paramLabel = "FORMAT",
      defaultValue = "float32",
      description = "How rows lie on disk: float32 or int8 (default: ${DEFAULT-VALUE}).")
  String vectors = "float32";

  @Option(names = "--qps", required = true, paramLabel = "N", description = "Searches a second.")
  String qps = "";

  @Option(
      names = "--p99",
      paramLabel = "TIME",
      defaultValue = "100ms",
      description = "Of a search, its picture's decoding aside (default: ${DEFAULT-VALUE}).")
  String p99 = "";

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "2",
      description = "Replicas of each slot (default: ${DEFAULT-VALUE}).")
  int replicas;

  @Option(
      names = "--adds",
      paramLabel = "N",
      description =
          "Pictures a second that come in all the time (default: all of them in 30 days).")
  @Nullable String adds;

  @Option(
      names = "--picture",
      paramLabel = "SIZE",
      defaultValue = "30KiB",
      description =
          "Of a picture in the log; 0B for addresses or vectors (default: ${DEFAULT-VALUE}).")
  String picture = "";

  @Option(
      names = "--cores",
      paramLabel = "N",
      defaultValue = "8",
      description = "Of a shard node (default: ${DEFAULT-VALUE}).")
  int cores;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "64GiB",
      description = "Of a shard node (default: ${DEFAULT-VALUE}).")
  String memory = "";

  @Option(
      names = "--disk",
      paramLabel = "SIZE",
      defaultValue = "2TiB",
      description = "Of a shard node (default: ${DEFAULT-VALUE}).")
  String disk = "";

  @Option(
      names = "--write",
      paramLabel = "FOLDER",
      description = "Write it as an overlay of kustomize over k8s/overlays/production.")
  @Nullable Path folder;

  @Option(names = "--json", description = "Print JSON.")
  boolean json;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and end.")
  boolean help;

  Console console = Console.system();

  @Override
  public Integer call() throws IOException {
    try {
      return plan();
    } catch (CannotPlan e) {
      throw new UsageFault(String.valueOf(e.getMessage()));
    }
  }

  private int plan() throws IOException {
    if (!vectors.equals("float32") && !vectors.equals("int8")) {
      throw new UsageFault("--vectors is \"" + vectors + "\", not float32 or int8");
    }
    long count = Numbers.count("--images", images);
    double added =
        adds == null ? Math.ceil(count / SECONDS_A_MONTH) : Numbers.count("--adds", adds);
    Wish wish =
        new Wish(
            count,
            dimensions,
            vectors.equals("int8"),
            Numbers.count("--qps", qps),
            millis(p99),
            replicas,
            added,
            bytes("--picture", picture),
            cores,
            bytes("--memory", memory),
            bytes("--disk", disk));
    Plan plan = Sizing.plan(wish, Measured.load());
    if (folder != null) {
      Path home = Path.of(System.getProperty("likeness.home", "."));
      OverlayWriter.write(folder, home.resolve("k8s/overlays/production"), wish, plan);
    }
    if (json) {
      console.json(json(plan));
    } else {
      console.table(
          List.of("WHAT", "HOW MUCH", "WHY"),
          plan.lines().stream()
              .map(line -> List.of(line.what(), line.value(), line.how()))
              .toList());
      if (folder != null) {
        console.line("");
        console.line("wrote " + folder + ": kubectl apply -k " + folder);
      }
    }
    if (!plan.fastEnough()) {
      console.note(
          "likeness: p99 stays at %.1f ms, above %s: rows in memory (--memory, --vectors int8), fewer images a slot's node (--cores), or a longer time"
              .formatted(plan.healthy().p99Millis(), p99));
      return Exit.PARTLY;
    }
    return Exit.OK;
  }

  private static ObjectNode json(Plan plan) {
    ObjectNode all = Api.object();
    all.put("slots", plan.slots());
    all.put("ops_partitions", plan.opsPartitions());
    all.put("shard_nodes", plan.nodes());
    all.put("heap_bytes", plan.heapBytes());
    all.put("graph_bytes_per_node", Math.round(plan.heldPerNode()));
    all.put("disk_bytes_per_node", Math.round(plan.diskPerNode()));
    all.put("kafka_bytes_per_broker", Math.round(plan.kafkaBytes()));
    all.put("gateways", plan.gateways());
    all.put("coordinators", plan.coordinators());
    all.put("ingest_workers", plan.workers());
    all.put("p50_ms", plan.healthy().p50Millis());
    all.put("p99_ms", plan.healthy().p99Millis());
    all.put("fast_enough", plan.fastEnough());
    ArrayNode lines = all.putArray("arithmetic");
    for (Line line : plan.lines()) {
      lines.addObject().put("what", line.what()).put("value", line.value()).put("how", line.how());
    }
    return all;
  }

  private static double millis(String text) {
    Matcher matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw new UsageFault("--p99 is \"" + text + "\", not a time such as 100ms or 1s");
    }
    return Long.parseLong(matcher.group(1)) * (matcher.group(2).equals("s") ? 1000.0 : 1);
  }

  private static long bytes(String option, String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new UsageFault(option + " is \"" + text + "\", not a size such as 30KiB or 64GiB");
    }
    int shift = 10 * List.of("B", "KiB", "MiB", "GiB", "TiB").indexOf(matcher.group(2));
    return Long.parseLong(matcher.group(1)) << shift;
  }
}
