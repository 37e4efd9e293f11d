package io.likeness.coordinator.fanout;

import io.likeness.coordinator.plan.Target;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How the shard nodes have answered this coordinator lately, and so whom to ask.
 *
 * <p><b>Choice.</b> What a node costs is its usual time for this kind of question times the
 * questions under way there and the new one. Of two replicas drawn at random the cheaper one is
 * asked: coordinators that always took the best would all rush to it. What is known of a node fades
 * while it is not asked, so that one that was slow gets a chance again.
 *
 * <p><b>Leaving out.</b>
 *
 * <pre>
 *   IN --> OUT      five failures in a row, or most of its answers came far later than usual
 *   OUT -> PROBED   its pause is over: one question is asked there, too, and nobody waits for it
 *   PROBED -> IN    it was answered in good time
 *   PROBED -> OUT   it was not: twice the pause
 * </pre>
 *
 * A node that is left out stands behind all others, so it is still asked where it is the last one.
 */
public final class NodeLoads {

  private static final int FAILURES_MAX = 5;

  /** Of its answers lately, those that may be slow before it is left out. */
  private static final double SLOW_SHARE_MAX = 0.5;

  private static final int ANSWERS_MIN = 8;

  /** So many times as long as nineteen of twenty take is slow. */
  private static final double SLOW_TIMES = 3;

  private static final long SLOW_MIN_NANOS = Duration.ofMillis(10).toNanos();
  private static final long PAUSE_NANOS = Duration.ofSeconds(2).toNanos();
  private static final long PAUSE_MAX_NANOS = Duration.ofMinutes(1).toNanos();

  /** In for this long, the next pause is a short one again. */
  private static final long GOOD_AGAIN_NANOS = Duration.ofMinutes(2).toNanos();

  private static final double FADING_NANOS = Duration.ofSeconds(10).toNanos();
  private static final double NEWEST_WEIGHT = 0.2;
  private static final long UNKNOWN_NANOS = Duration.ofMillis(1).toNanos();
  private static final double JITTER = 0.1;
  private static final long HEDGE_MIN_NANOS = Duration.ofMillis(1).toNanos();

  /** For how long the usual time is used before it is worked out again. */
  private static final long USUAL_NANOS = Duration.ofMillis(100).toNanos();

  private static final int NODES_MAX = 2_000;

  private enum Standing {
    IN,
    OUT,
    PROBED
  }

  /** A question under way. */
  final class Asked {
    private final Node node;
    private final QuestionKind kind;
    private final boolean isProbe;
    private final long begunAt;
    private boolean over;

    private Asked(Node node, QuestionKind kind, boolean isProbe) {
      this.node = node;
      this.kind = kind;
      this.isProbe = isProbe;
      this.begunAt = nanoTime.getAsLong();
    }
  }

  private static final class Times {
    private final Latencies lately;
    private double mean;
    private long meanAt;

    Times(long now) {
      this.lately = new Latencies(now);
    }

    /** Zero: unknown. */
    double mean(long now) {
      return mean * Math.exp(-(now - meanAt) / FADING_NANOS);
    }

    void add(long nanos, long now) {
      lately.add(nanos, now);
      double newest =
          mean == 0 ? 1 : Math.max(NEWEST_WEIGHT, 1 - Math.exp(-(now - meanAt) / FADING_NANOS));
      mean += newest * (nanos - mean);
      meanAt = now;
    }
  }

  private static final class Node {
    private final Map<QuestionKind, Times> times = new EnumMap<>(QuestionKind.class);
    private final List<Meter> meters = new ArrayList<>();
    private @Nullable Counter openings;
    private int underWay;
    private int failures;
    private int answers;
    private double slowShare;
    private Standing standing = Standing.IN;
    private long outUntil;
    private boolean wasOut;
    private long pause = PAUSE_NANOS;
    private long inSince;
    private long usedAt;
    // Of its last answer of any kind; before the first, of our knowing it.
    private long heardAt;
  }

  private record Usual(OptionalLong nanos, int nodes, long at) {}

  private final LongSupplier nanoTime;
  private final RandomGenerator random;
  private final MeterRegistry metrics;
  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<QuestionKind, Usual> usual = new EnumMap<>(QuestionKind.class);

  public NodeLoads(LongSupplier nanoTime, RandomGenerator random, MeterRegistry metrics) {
    this.nanoTime = nanoTime;
    this.random = random;
    this.metrics = metrics;
  }

  // ---- Choice ----

  private record Costly(Target target, double cost) {}

  /** All of them, in the order they should be asked in. */
  synchronized List<Target> inOrder(QuestionKind kind, List<Target> replicas) {
    long now = nanoTime.getAsLong();
    double unknown = usualMean(kind, replicas, now);
    List<Costly> in = new ArrayList<>();
    List<Costly> out = new ArrayList<>();
    for (Target replica : replicas) {
      @Nullable Node node = nodes.get(replica.node());
      Costly costly = new Costly(replica, cost(node, kind, unknown, now));
      (node == null || node.standing == Standing.IN ? in : out).add(costly);
    }
    in.sort(Comparator.comparingDouble(Costly::cost));
    out.sort(Comparator.comparingDouble(Costly::cost));
    if (in.size() > 2) {
      // Of two at random the better one: the others follow in order.
      int first = random.nextInt(in.size());
      int second = (first + 1 + random.nextInt(in.size() - 1)) % in.size();
      in.addFirst(in.remove(Math.min(first, second)));
    }
    in.addAll(out);
    return in.stream().map(Costly::target).toList();
  }

  private double cost(@Nullable Node node, QuestionKind kind, double unknown, long now) {
    double jitter = 1 + JITTER * (random.nextDouble() - 0.5);
    if (node == null) {
      return unknown * jitter;
    }
    double mean = mean(node, kind, now).orElse(unknown);
    return mean * (1 + node.underWay) * jitter;
  }

  /** Of those known among these; somebody unknown is taken for one of them. */
  private double usualMean(QuestionKind kind, List<Target> replicas, long now) {
    double sum = 0;
    int known = 0;
    for (Target replica : replicas) {
      @Nullable Node node = nodes.get(replica.node());
      OptionalDouble mean = node == null ? OptionalDouble.empty() : mean(node, kind, now);
      if (mean.isPresent()) {
        sum += mean.getAsDouble();
        known++;
      }
    }
    return known == 0 ? UNKNOWN_NANOS : sum / known;
  }

  private static OptionalDouble mean(Node node, QuestionKind kind, long now) {
    @Nullable Times times = node.times.get(kind);
    double mean = times == null ? 0 : times.mean(now);
    return mean > 0 ? OptionalDouble.of(mean) : OptionalDouble.empty();
  }

  /** One of these that has been left out for long enough; it is being probed then. */
  synchronized Optional<Target> probe(List<Target> replicas) {
    long now = nanoTime.getAsLong();
    for (Target replica : replicas) {
      @Nullable Node node = nodes.get(replica.node());
      if (node != null && node.standing == Standing.OUT && now >= node.outUntil) {
        node.standing = Standing.PROBED;
        return Optional.of(replica);
      }
    }
    return Optional.empty();
  }

  /** What nineteen of twenty questions take at a usual node. */
  synchronized OptionalLong hedgeAfterNanos(QuestionKind kind) {
    OptionalLong nanos = usual(kind, nanoTime.getAsLong()).nanos();
    return nanos.isPresent()
        ? OptionalLong.of(Math.max(HEDGE_MIN_NANOS, nanos.getAsLong()))
        : nanos;
  }

  /** Of the nodes' own the median, the lower one of two: one slow node shall not raise it. */
  private Usual usual(QuestionKind kind, long now) {
    @Nullable Usual known = usual.get(kind);
    if (known != null && now - known.at() < USUAL_NANOS) {
      return known;
    }
    List<Long> all = new ArrayList<>();
    for (Node node : nodes.values()) {
      @Nullable Times times = node.times.get(kind);
      if (times != null) {
        times.lately.quantile(0.95, now).ifPresent(all::add);
      }
    }
    all.sort(Comparator.naturalOrder());
    Usual found =
        new Usual(
            all.isEmpty() ? OptionalLong.empty() : OptionalLong.of(all.get((all.size() - 1) / 2)),
            all.size(),
            now);
    usual.put(kind, found);
    return found;
  }

  // ---- What came of it ----

  synchronized Asked ask(Target target, QuestionKind kind, boolean isProbe) {
    Node node = node(target.node());
    node.underWay++;
    node.usedAt = nanoTime.getAsLong();
    return new Asked(node, kind, isProbe);
  }

  synchronized void answered(Asked asked) {
    long now = nanoTime.getAsLong();
    long nanos = now - asked.begunAt;
    asked.node.heardAt = now;
    if (!end(asked)) {
      return;
    }
    boolean slow = isSlow(asked.node, asked.kind, nanos, now);
    times(asked, now).add(nanos, now);
    asked.node.failures = 0;
    judge(asked, slow, now);
  }

  /** It is full: as if it had taken twice as long as usual, or everybody would go there. */
  synchronized void pushedBack(Asked asked) {
    asked.node.heardAt = nanoTime.getAsLong();
    if (end(asked)) {
      long now = nanoTime.getAsLong();
      long usualNanos = usual(asked.kind, now).nanos().orElse(UNKNOWN_NANOS);
      times(asked, now).add(Math.max(now - asked.begunAt, 2 * usualNanos), now);
      settleProbe(asked, now, asked.node.pause);
    }
  }

  /** Its no says nothing about the node. */
  synchronized void refused(Asked asked) {
    asked.node.heardAt = nanoTime.getAsLong();
    if (end(asked)) {
      settleProbe(asked, nanoTime.getAsLong(), asked.node.pause);
    }
  }

  /** It could not be reached, or said nothing until nobody waited any more. */
  synchronized void failed(Asked asked) {
    if (!end(asked)) {
      return;
    }
    long now = nanoTime.getAsLong();
    asked.node.failures++;
    if (asked.isProbe || asked.node.failures >= FAILURES_MAX) {
      leaveOut(asked.node, now);
    }
  }

  /** Its node has answered nobody since it was asked. */
  synchronized boolean isSilent(Asked asked) {
    return asked.node.heardAt - asked.begunAt <= 0;
  }

  /** Another one that was asked later has answered before it. */
  synchronized void lost(Asked asked) {
    if (end(asked)) {
      long now = nanoTime.getAsLong();
      times(asked, now).add(now - asked.begunAt, now);
      judge(asked, true, now);
    }
  }

  /** Nobody waits for it any more, and it is not to blame. */
  synchronized void abandoned(Asked asked) {
    if (end(asked)) {
      settleProbe(asked, nanoTime.getAsLong(), 0);
    }
  }

  private static boolean end(Asked asked) {
    if (asked.over) {
      return false;
    }
    asked.over = true;
    asked.node.underWay--;
    return true;
  }

  private static Times times(Asked asked, long now) {
    return asked.node.times.computeIfAbsent(asked.kind, first -> new Times(now));
  }

  /** Compared with others only: where all are slow, nobody is. */
  private boolean isSlow(Node node, QuestionKind kind, long nanos, long now) {
    Usual usually = usual(kind, now);
    @Nullable Times own = node.times.get(kind);
    boolean ownCounts = own != null && own.lately.quantile(0.95, now).isPresent();
    return usually.nanos().isPresent()
        && usually.nodes() > (ownCounts ? 1 : 0)
        && nanos > Math.max(SLOW_MIN_NANOS, SLOW_TIMES * usually.nanos().getAsLong());
  }

  private void judge(Asked asked, boolean slow, long now) {
    Node node = asked.node;
    if (node.standing != Standing.IN) {
      if (slow) {
        leaveOut(node, now);
      } else {
        node.standing = Standing.IN;
        node.inSince = now;
        node.answers = 0;
        node.slowShare = 0;
      }
      return;
    }
    node.answers++;
    node.slowShare += NEWEST_WEIGHT * ((slow ? 1 : 0) - node.slowShare);
    if (slow && node.answers >= ANSWERS_MIN && node.slowShare > SLOW_SHARE_MAX) {
      leaveOut(node, now);
    }
  }

  /** It has told nothing: another one is sent after this pause. */
  private static void settleProbe(Asked asked, long now, long pause) {
    if (asked.isProbe && asked.node.standing == Standing.PROBED) {
      asked.node.standing = Standing.OUT;
      asked.node.outUntil = now + pause;
    }
  }

  private static void leaveOut(Node node, long now) {
    if (node.standing == Standing.OUT && now < node.outUntil) {
      return;
    }
    boolean again =
        node.wasOut && (node.standing != Standing.IN || now - node.inSince < GOOD_AGAIN_NANOS);
    if (node.standing == Standing.IN && node.openings != null) {
      node.openings.increment();
    }
    node.pause = again ? Math.min(PAUSE_MAX_NANOS, 2 * node.pause) : PAUSE_NANOS;
    node.wasOut = true;
    node.standing = Standing.OUT;
    node.outUntil = now + node.pause;
  }

  // ---- The nodes ----

  private Node node(String name) {
    @Nullable Node known = nodes.get(name);
    if (known != null) {
      return known;
    }
    if (nodes.size() >= NODES_MAX) {
      forgetOne();
    }
    Node node = new Node();
    node.inSince = nanoTime.getAsLong();
    node.heardAt = node.inSince;
    node.openings = Counter.builder("likeness.fanout.left.out").tag("node", name).register(metrics);
    node.meters.add(node.openings);
    node.meters.add(
        Gauge.builder("likeness.fanout.latency.millis", node, this::searchMillis)
            .tag("node", name)
            .register(metrics));
    nodes.put(name, node);
    return node;
  }

  private synchronized double searchMillis(Node node) {
    return mean(node, QuestionKind.SEARCH, nanoTime.getAsLong()).orElse(0) / 1e6;
  }

  private void forgetOne() {
    String idlest =
        nodes.entrySet().stream()
            .min(Comparator.comparingLong(entry -> entry.getValue().usedAt))
            .orElseThrow()
            .getKey();
    @Nullable Node forgotten = nodes.remove(idlest);
    if (forgotten != null) {
      forgotten.meters.forEach(metrics::remove);
    }
  }
}
