package io.likeness.standalone.sizing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;

/**
 * Searches that ask one replica of every slot, in simulated time: they come at random moments, wait
 * in their node's queue for a thread, and are done when the last slot has answered. Which replica
 * is asked, when a second one, and when a node is left out follows decision 27: mean time by
 * questions under way, after what 19 of 20 take, within a twentieth of all questions, and for a
 * while after half of the last answers came far too late.
 *
 * <p>Not simulated: the network (a constant), garbage collection, disks that share their reads, and
 * several coordinators that know different things.
 */
public final class FanOutSimulation {

  /**
   * What is simulated.
   *
   * @param threads searching at a time in each node
   * @param qps searches a second
   * @param warmMillis median of a question whose rows are in memory, by the clock on a free thread
   * @param spread its p99 over its median
   * @param coldShare of the questions, those whose rows are not in memory
   * @param slowMillis what node 0 adds to every answer; 0 for a healthy cluster
   * @param networkMillis there and back
   */
  public record Setting(
      int nodes,
      int threads,
      int slots,
      int replicas,
      double qps,
      double warmMillis,
      double spread,
      double coldShare,
      double coldP50Millis,
      double coldP99Millis,
      double slowMillis,
      double networkMillis,
      boolean hedging,
      int searches,
      long seed) {

    public Setting {
      within("nodes", nodes, 1, 100_000);
      within("threads", threads, 1, 1024);
      within("slots", slots, 1, 4096);
      within("replicas", replicas, 1, Math.min(7, nodes));
      within("searches", searches, 100, 10_000_000);
      within("qps", qps, 0.001, 10_000_000);
      within("warmMillis", warmMillis, 0.0001, 60_000);
      within("spread", spread, 1, 1_000);
      within("coldShare", coldShare, 0, 1);
      within("slowMillis", slowMillis, 0, 60_000);
      within("networkMillis", networkMillis, 0, 60_000);
    }

    private static void within(String name, double value, double min, double max) {
      if (!(value >= min && value <= max)) {
        throw new IllegalArgumentException(
            name + " is " + plain(value) + ", not " + plain(min) + " to " + plain(max));
      }
    }

    private static String plain(double value) {
      return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    public Setting with(double newQps, double newSlowMillis, boolean newHedging) {
      return new Setting(
          nodes,
          threads,
          slots,
          replicas,
          newQps,
          warmMillis,
          spread,
          coldShare,
          coldP50Millis,
          coldP99Millis,
          newSlowMillis,
          networkMillis,
          newHedging,
          searches,
          seed);
    }
  }

  /**
   * What came of it.
   *
   * @param extra questions asked a second time, of all first ones
   * @param busy share of all threads' time
   */
  public record Outcome(
      double meanMillis,
      double p50Millis,
      double p95Millis,
      double p99Millis,
      double extra,
      double busy) {}

  private static final double HEDGE_EARNED = 0.05;
  private static final double HEDGES_SAVED_MAX = 20;
  private static final double HEDGE_MILLIS_MIN = 1;
  private static final double FADING_MILLIS = 10_000;
  private static final double LATE_MILLIS_MIN = 10;
  private static final double OUT_MILLIS_MIN = 2_000;
  private static final double OUT_MILLIS_MAX = 60_000;
  private static final int LAST_ANSWERS = 16;
  private static final int SAMPLES = 512;
  private static final double NORMAL_P99 = 2.3263478740408408;

  private enum What {
    ARRIVES,
    SEARCHED,
    ANSWERS,
    HEDGE_DUE
  }

  private record Event(double at, long number, What what, Asked asked) {}

  /** One question to one node; the second of a slot shares the slot's {@code Part}. */
  private static final class Asked {
    final Part part;
    final Node node;
    final double since;
    final boolean second;
    boolean given;

    Asked(Part part, Node node, double since, boolean second) {
      this.part = part;
      this.node = node;
      this.since = since;
      this.second = second;
    }
  }

  /** A slot of a search. */
  private static final class Part {
    final Search search;
    final int slot;
    boolean answered;

    Part(Search search, int slot) {
      this.search = search;
      this.slot = slot;
    }
  }

  private static final class Search {
    final double since;
    final boolean counted;
    int missing;

    Search(double since, boolean counted, int missing) {
      this.since = since;
      this.counted = counted;
      this.missing = missing;
    }
  }

  private static final class Node {
    final int number;
    final ArrayDeque<Asked> queue = new ArrayDeque<>();
    int searching;
    int underWay;
    double mean;
    double meanAt;
    final double[] samples = new double[SAMPLES];
    int sampled;
    double usual;
    int late;
    int sinceLook;
    double outUntil;
    double outFor = OUT_MILLIS_MIN;
    double busyMillis;

    Node(int number, double guess) {
      this.number = number;
      this.mean = guess;
      this.usual = guess * 4;
    }

    /** What 19 of 20 take, looked up now and then. */
    void took(double millis, double now) {
      double weight = Math.max(0.02, 1 - Math.exp(-(now - meanAt) / FADING_MILLIS));
      mean += weight * (millis - mean);
      meanAt = now;
      samples[sampled++ % SAMPLES] = millis;
      if (sampled % 64 == 0) {
        double[] sorted = Arrays.copyOf(samples, Math.min(sampled, SAMPLES));
        Arrays.sort(sorted);
        usual = sorted[(int) (0.95 * (sorted.length - 1))];
      }
    }
  }

  private final Setting setting;
  private final Random random;
  private final Node[] nodes;
  private final int[][] holders;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          (one, other) -> {
            int byTime = Double.compare(one.at(), other.at());
            return byTime != 0 ? byTime : Long.compare(one.number(), other.number());
          });
  private long number;
  private double saved;
  private long first;
  private long seconds;
  private final double[] took;
  private int done;

  private FanOutSimulation(Setting setting) {
    this.setting = setting;
    this.random = new Random(setting.seed());
    this.nodes = new Node[setting.nodes()];
    for (int i = 0; i < nodes.length; i++) {
      nodes[i] = new Node(i, setting.warmMillis() + setting.networkMillis());
    }
    this.holders = place(setting);
    this.took = new double[setting.searches()];
  }

  public static Outcome run(Setting setting) {
    return new FanOutSimulation(setting).run();
  }

  /** Evenly: the replicas of a slot on different nodes, every pair of nodes sharing some. */
  private static int[][] place(Setting setting) {
    Random random = new Random(setting.seed() + 1);
    int[] held = new int[setting.nodes()];
    int[][] holders = new int[setting.slots()][];
    for (int slot = 0; slot < setting.slots(); slot++) {
      List<Integer> order = new ArrayList<>();
      for (int node = 0; node < setting.nodes(); node++) {
        order.add(node);
      }
      java.util.Collections.shuffle(order, random);
      order.sort(java.util.Comparator.comparingInt(node -> held[node]));
      holders[slot] = new int[setting.replicas()];
      for (int r = 0; r < setting.replicas(); r++) {
        holders[slot][r] = order.get(r);
        held[order.get(r)]++;
      }
    }
    return holders;
  }

  private Outcome run() {
    double now = 0;
    int warmUp = setting.searches() / 5;
    int begun = 0;
    plan(0, What.ARRIVES, null);
    while (done < setting.searches()) {
      Event event = events.remove();
      now = event.at();
      switch (event.what()) {
        case ARRIVES -> {
          begin(now, begun >= warmUp && begun < warmUp + setting.searches());
          begun++;
          plan(now - Math.log(1 - random.nextDouble()) / setting.qps() * 1000, What.ARRIVES, null);
        }
        case SEARCHED -> searched(event.asked(), now);
        case ANSWERS -> answers(event.asked(), now);
        case HEDGE_DUE -> hedge(event.asked(), now);
      }
    }
    Arrays.sort(took);
    double busy = Arrays.stream(nodes).mapToDouble(node -> node.busyMillis).sum();
    return new Outcome(
        Arrays.stream(took).average().orElse(0),
        share(0.5),
        share(0.95),
        share(0.99),
        first == 0 ? 0 : (double) seconds / first,
        busy / (now * nodes.length * setting.threads()));
  }

  private double share(double of) {
    return took[Math.min(took.length - 1, (int) Math.ceil(of * took.length) - 1)];
  }

  private void plan(double at, What what, @org.jspecify.annotations.Nullable Asked asked) {
    events.add(new Event(at, number++, what, asked == null ? NOBODY : asked));
  }

  private static final Asked NOBODY =
      new Asked(new Part(new Search(0, false, 0), 0), new Node(-1, 1), 0, false);

  private void begin(double now, boolean counted) {
    Search search = new Search(now, counted, setting.slots());
    for (int slot = 0; slot < setting.slots(); slot++) {
      Asked asked = new Asked(new Part(search, slot), choose(slot, -1, now), now, false);
      first++;
      saved = Math.min(HEDGES_SAVED_MAX, saved + HEDGE_EARNED);
      if (setting.hedging() && setting.replicas() > 1) {
        plan(now + patience(slot), What.HEDGE_DUE, asked);
      }
      ask(asked, now);
    }
  }

  /**
   * The holder with the least mean by questions under way; of three or more the better of two
   * drawn.
   */
  private Node choose(int slot, int not, double now) {
    List<Node> all = new ArrayList<>(setting.replicas());
    for (int holder : holders[slot]) {
      if (holder != not) {
        all.add(nodes[holder]);
      }
    }
    List<Node> in = all.stream().filter(node -> node.outUntil <= now).toList();
    List<Node> from = in.isEmpty() ? all : in;
    if (from.size() > 2) {
      int one = random.nextInt(from.size());
      int other = (one + 1 + random.nextInt(from.size() - 1)) % from.size();
      from = List.of(from.get(one), from.get(other));
    }
    Node best = from.getFirst();
    for (Node node : from) {
      if (score(node, now) < score(best, now)) {
        best = node;
      }
    }
    return best;
  }

  /** A mean fades, so that a node that was slow is tried again. */
  private double score(Node node, double now) {
    double guess = setting.warmMillis() + setting.networkMillis();
    double trust = Math.exp(-(now - node.meanAt) / FADING_MILLIS);
    return (guess + trust * (node.mean - guess)) * (1 + node.underWay);
  }

  private double patience(int slot) {
    double[] usual = new double[holders[slot].length];
    for (int i = 0; i < usual.length; i++) {
      usual[i] = nodes[holders[slot][i]].usual;
    }
    Arrays.sort(usual);
    return Math.max(HEDGE_MILLIS_MIN, usual[(usual.length - 1) / 2]);
  }

  private void ask(Asked asked, double now) {
    asked.node.underWay++;
    asked.node.queue.add(asked);
    serve(asked.node, now);
  }

  private void serve(Node node, double now) {
    while (node.searching < setting.threads() && !node.queue.isEmpty()) {
      Asked next = node.queue.remove();
      if (next.part.answered) {
        // Taken back by the one who asked: the other replica was sooner.
        node.underWay--;
        continue;
      }
      node.searching++;
      double millis = draw();
      node.busyMillis += millis;
      plan(now + millis, What.SEARCHED, next);
    }
  }

  private double draw() {
    if (setting.coldShare() > 0 && random.nextDouble() < setting.coldShare()) {
      return lognormal(setting.coldP50Millis(), setting.coldP99Millis() / setting.coldP50Millis());
    }
    return lognormal(setting.warmMillis(), setting.spread());
  }

  private double lognormal(double median, double spread) {
    return median * Math.exp(Math.log(spread) / NORMAL_P99 * random.nextGaussian());
  }

  private void searched(Asked asked, double now) {
    asked.node.searching--;
    serve(asked.node, now);
    double slow = asked.node.number == 0 ? setting.slowMillis() : 0;
    plan(now + setting.networkMillis() + slow, What.ANSWERS, asked);
  }

  private void answers(Asked asked, double now) {
    if (asked.given) {
      return;
    }
    asked.given = true;
    Node node = asked.node;
    node.underWay--;
    double millis = now - asked.since;
    double usual = patience(asked.part.slot);
    boolean beaten = asked.part.answered;
    node.took(millis, now);
    look(node, beaten || millis > Math.max(LATE_MILLIS_MIN, 3 * usual), now);
    if (!asked.part.answered) {
      asked.part.answered = true;
      Search search = asked.part.search;
      if (--search.missing == 0 && search.counted && done < took.length) {
        took[done++] = now - search.since;
      }
    }
  }

  /** More than half of the last answers far too late, and the node is left out for a while. */
  private static void look(Node node, boolean late, double now) {
    node.late += late ? 1 : 0;
    if (++node.sinceLook < LAST_ANSWERS) {
      return;
    }
    if (node.late > LAST_ANSWERS / 2) {
      node.outUntil = now + node.outFor;
      node.outFor = Math.min(OUT_MILLIS_MAX, node.outFor * 2);
    } else {
      node.outFor = OUT_MILLIS_MIN;
    }
    node.late = 0;
    node.sinceLook = 0;
  }

  private void hedge(Asked asked, double now) {
    if (asked.part.answered || asked.second || saved < 1) {
      return;
    }
    saved--;
    seconds++;
    Node other = choose(asked.part.slot, asked.node.number, now);
    ask(new Asked(asked.part, other, now, true), now);
  }
}
