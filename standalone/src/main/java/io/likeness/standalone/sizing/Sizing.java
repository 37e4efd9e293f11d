package io.likeness.standalone.sizing;

import static io.likeness.standalone.sizing.Numbers.gib;
import static io.likeness.standalone.sizing.Numbers.plain;

import io.likeness.standalone.sizing.FanOutSimulation.Outcome;
import io.likeness.standalone.sizing.FanOutSimulation.Setting;
import java.util.ArrayList;
import java.util.List;

/**
 * How large a cluster must be for a wish, by arithmetic on what was measured; how long its answers
 * take, by simulation. Every step is kept as a line to print.
 */
public final class Sizing {

  /** Graphs this large have been measured; larger ones are not planned. */
  static final long ROWS_PER_SLOT_MAX = 1_200_000;

  static final int SLOTS_MIN = 16;
  static final int SLOTS_MAX = 4096;

  /** Of a shard's rows that wait for their first graph, and where merges stop by fours. */
  private static final double SEAL_ROWS = 16_384;

  private static final double BUSY_MAX = 0.5;
  private static final double BUSY_MAX_STATELESS = 0.6;
  private static final double DISK_FULL_MAX = 0.8;

  /** Of dead rows and of segments that a merge has not yet replaced. */
  private static final double DISK_SPARE = 1.3;

  private static final int NODES_MAX = 2_000;

  /** Simulated questions for each number of nodes that is tried: a second or so. */
  private static final int QUESTIONS = 400_000;

  private static final double NETWORK_MILLIS = 0.3;
  private static final long GIB = 1L << 30;

  /** A figure, how it came about, and in words what it is. */
  public record Line(String what, String value, String how) {}

  /**
   * The answer.
   *
   * @param kafkaBytes of each of three brokers
   * @param cachedShare of a node's rows that its memory can keep cached
   */
  public record Plan(
      int slots,
      long rowsPerSlot,
      int opsPartitions,
      int nodes,
      long heapBytes,
      double heldPerNode,
      double diskPerNode,
      double kafkaBytes,
      double cachedShare,
      double shardCores,
      int coordinators,
      int gateways,
      int workers,
      Outcome healthy,
      boolean fastEnough,
      List<Line> lines) {}

  private Sizing() {}

  public static Plan plan(Wish wish, Measured measured) {
    List<Line> lines = new ArrayList<>();
    int slots = slots(wish.images());
    long rows = (wish.images() + slots - 1) / slots;
    add(
        lines,
        "slots",
        plain(slots),
        "the power of two that keeps a slot at %s images or fewer: %s each",
        plain(ROWS_PER_SLOT_MAX),
        plain(rows));

    double search = measured.searchMicros(rows);
    double question = search + measured.callMicros() / 2;
    add(
        lines,
        "a question to a slot",
        plain(question) + " us CPU",
        "%s us searching at %s rows that change, and half of a call's %s us",
        plain(search),
        plain(rows),
        plain(measured.callMicros()));
    double shardCores = wish.qps() * slots * question / 1e6;
    double levels = rows <= SEAL_ROWS ? 1 : 1 + Math.log(rows / SEAL_ROWS) / Math.log(4);
    double buildCores = wish.addsPerSecond() * wish.replicas() * levels / measured.buildRows();
    add(
        lines,
        "cores that search",
        plain(shardCores),
        "%s searches a second x %s slots x %s us",
        plain(wish.qps()),
        plain(slots),
        plain(question));
    add(
        lines,
        "cores that make graphs",
        plain(buildCores),
        "%s adds a second x %s replicas x %s times into a graph / %s rows a CPU second",
        plain(wish.addsPerSecond()),
        plain(wish.replicas()),
        plain(levels),
        plain(measured.buildRows()));

    long heap =
        Math.clamp(wish.memoryBytes() / 8, Math.min(2 * GIB, wish.memoryBytes() / 4), 16 * GIB);
    double room = (wish.memoryBytes() - heap) / 2.0;
    double beside = measured.buildBytes() - 4 * 512 + 4.0 * wish.dimensions();
    double building = rows * beside;
    if (building > room / 2) {
      throw new CannotPlan(
          "a node with --memory %s has %s for graphs, and making one of %s rows takes %s of it, more than half: more memory"
              .formatted(gib(wish.memoryBytes()), gib(room), plain(rows), gib(building)));
    }
    double held = (double) wish.images() * wish.replicas() * measured.heldBytes();
    int byMemory = ceil(held / (room - building));
    add(
        lines,
        "memory for graphs",
        gib(held),
        "%s images x %s replicas x %s bytes",
        plain(wish.images()),
        plain(wish.replicas()),
        plain(measured.heldBytes()));
    add(
        lines,
        "nodes by memory",
        plain(byMemory),
        "of %s a node half of what the heap of %s leaves, less %s to make one graph",
        gib(wish.memoryBytes()),
        gib(heap),
        gib(building));

    double row =
        wish.int8()
            ? wish.dimensions() + measured.diskBesideInt8()
            : 4.0 * wish.dimensions() + measured.diskBesideFloat32();
    double disk = (double) wish.images() * wish.replicas() * row;
    int byDisk = ceil(disk * DISK_SPARE / (wish.diskBytes() * DISK_FULL_MAX));
    add(
        lines,
        "disk for rows",
        gib(disk),
        "%s images x %s replicas x %s bytes",
        plain(wish.images()),
        plain(wish.replicas()),
        plain(row));
    add(
        lines,
        "nodes by disk",
        plain(byDisk),
        "x %s for rows that are dead or being merged, disks of %s at most %s %% full",
        plain(DISK_SPARE),
        gib(wish.diskBytes()),
        plain(DISK_FULL_MAX * 100));

    int byCpu = ceil((shardCores / BUSY_MAX + buildCores) / wish.cores());
    add(
        lines,
        "nodes by CPU",
        plain(byCpu),
        "searching at most %s %% of %s cores a node, graphs beside it",
        plain(BUSY_MAX * 100),
        plain(wish.cores()));
    int least = Math.max(Math.max(byMemory, byDisk), Math.max(byCpu, wish.replicas()));
    int nodes = least + (wish.replicas() > 1 ? 1 : 0);
    int searches = Math.clamp(QUESTIONS / slots, 500, 5_000);
    Outcome outcome = null;
    double cached = 0;
    for (int tried = nodes;
        tried <= Math.min(NODES_MAX, 3 * nodes);
        tried += Math.max(1, tried / 8)) {
      double cache = Math.max(0, wish.memoryBytes() - heap - GIB - held / tried);
      double share = Math.min(1, cache / (disk / tried));
      Outcome next =
          FanOutSimulation.run(setting(wish, measured, slots, tried, search, 1 - share, searches));
      // More nodes are taken only where they help.
      if (outcome == null || next.p99Millis() < 0.95 * outcome.p99Millis()) {
        outcome = next;
        nodes = tried;
        cached = share;
      }
      if (outcome.p99Millis() <= wish.p99Millis()) {
        break;
      }
    }
    if (outcome == null) {
      throw new CannotPlan(
          "%s shard nodes would be needed, at most %s are planned: larger ones (--cores, --memory, --disk)"
              .formatted(plain(nodes), plain(NODES_MAX)));
    }
    if (nodes > (long) slots * wish.replicas()) {
      throw new CannotPlan(
          "%s nodes would share %s slots of %s replicas: more cores a node (--cores)"
              .formatted(plain(nodes), plain(slots), plain(wish.replicas())));
    }
    add(
        lines,
        "shard nodes",
        plain(nodes),
        wish.replicas() > 1
            ? "the most of these, one more to be lost, and what the time asked for takes"
            : "the most of these, and what the time asked for takes");
    add(
        lines,
        "rows in memory",
        plain(cached * 100) + " %",
        "what graphs, heap and 1 GiB leave of %s for the files of %s",
        gib(wish.memoryBytes()),
        gib(disk / nodes));

    double stateless =
        wish.qps()
            * (slots * measured.callMicros() / 2e6
                + (measured.pathCpuMillis() + measured.embedCpuMillis()) / 1e3);
    int both = Math.max(4, ceil(stateless / BUSY_MAX_STATELESS / 4));
    int gateways = Math.max(2, both / 4);
    int coordinators = Math.max(2, both - gateways);
    add(
        lines,
        "gateways, coordinators",
        gateways + ", " + coordinators,
        "of 4 cores each: %s cores for %s searches x (%s calls x %s us + %s ms a picture + %s ms)",
        plain(stateless),
        plain(wish.qps()),
        plain(slots),
        plain(measured.callMicros() / 2),
        plain(measured.embedCpuMillis()),
        plain(measured.pathCpuMillis()));
    int workers =
        Math.max(
            1,
            ceil(wish.addsPerSecond() * measured.embedCpuMillis() / 1e3 / BUSY_MAX_STATELESS / 2));
    add(
        lines,
        "ingest workers",
        plain(workers),
        "of 2 cores each: %s adds a second x %s ms",
        plain(wish.addsPerSecond()),
        plain(measured.embedCpuMillis()));
    double kafka = wish.images() * (wish.pictureBytes() + row) / DISK_FULL_MAX;
    add(
        lines,
        "Kafka, each of three brokers",
        gib(kafka),
        "%s images x (%s bytes of picture + %s of vector), everything kept, disks at most %s %% full",
        plain(wish.images()),
        plain(wish.pictureBytes()),
        plain(row),
        plain(DISK_FULL_MAX * 100));
    add(
        lines,
        "expected search time",
        "p50 %.1f ms, p99 %.1f ms".formatted(outcome.p50Millis(), outcome.p99Millis()),
        "simulated: %s searches, %s %% of the threads busy, %s %% of the questions asked twice; a query's picture takes %s ms more",
        plain(searches),
        plain(Math.round(outcome.busy() * 100)),
        plain(Math.round(outcome.extra() * 1000) / 10.0),
        plain(measured.embedP50Millis()));
    int partitions = Math.clamp(Integer.highestOneBit(Math.max(1, 4 * workers - 1)) * 2L, 16, 1024);
    return new Plan(
        slots,
        rows,
        partitions,
        nodes,
        heap,
        held / nodes,
        disk * DISK_SPARE / DISK_FULL_MAX / nodes,
        kafka,
        cached,
        shardCores,
        coordinators,
        gateways,
        workers,
        outcome,
        outcome.p99Millis() <= wish.p99Millis(),
        List.copyOf(lines));
  }

  /** The simulation's setting for a planned cluster. */
  static Setting setting(
      Wish wish,
      Measured measured,
      int slots,
      int nodes,
      double searchMicros,
      double coldShare,
      int searches) {
    return new Setting(
        nodes,
        wish.cores(),
        slots,
        Math.min(wish.replicas(), nodes),
        wish.qps(),
        (searchMicros + measured.callMicros() / 2) / 1e3,
        measured.searchSpread(),
        coldShare,
        measured.coldP50Millis(),
        measured.coldP99Millis(),
        0,
        NETWORK_MILLIS,
        true,
        searches,
        1);
  }

  static int slots(long images) {
    long needed = (images + ROWS_PER_SLOT_MAX - 1) / ROWS_PER_SLOT_MAX;
    long slots = needed <= 1 ? 1 : Long.highestOneBit(needed - 1) * 2;
    if (slots > SLOTS_MAX) {
      throw new CannotPlan(
          "%s images need %s slots, at most %s there are"
              .formatted(plain(images), plain(slots), plain(SLOTS_MAX)));
    }
    return (int) Math.max(SLOTS_MIN, slots);
  }

  private static int ceil(double value) {
    return (int) Math.min(Integer.MAX_VALUE / 4, Math.max(1, Math.ceil(value)));
  }

  private static void add(List<Line> lines, String what, String value, String how, Object... of) {
    lines.add(new Line(what, value, how.formatted(of)));
  }
}
