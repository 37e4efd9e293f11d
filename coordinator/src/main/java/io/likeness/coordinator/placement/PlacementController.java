package io.likeness.coordinator.placement;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.Closing;
import io.likeness.wire.SlotAssignment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives slots that have no node to the shard nodes that are there. One thread looks whenever the
 * membership or the assignments have changed, and now and then for what it may have missed.
 *
 * <p>Several coordinators may do this at once: the decision is made again on the true assignments,
 * under their fence, so the second one finds nothing left to do.
 */
public final class PlacementController implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PlacementController.class);

  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
  private static final Duration STOP_MAX = Duration.ofSeconds(10);

  /**
   * When a cluster is new enough to be placed.
   *
   * @param settle how long the shard nodes must have stayed the same, so that the first of many to
   *     start does not get everything
   * @param nodesMin how many shard nodes there must be
   */
  public record Caution(Duration settle, int nodesMin) {

    public Caution {
      if (settle.isNegative() || nodesMin < 1) {
        throw new IllegalArgumentException(
            "settle is " + settle + " and nodesMin " + nodesMin + ", not at least 0 and 1");
      }
    }
  }

  private final Membership membership;
  private final Assignments assignments;
  private final int slots;
  private final Caution caution;
  private final BlockingQueue<Boolean> news = new ArrayBlockingQueue<>(1);
  private final List<AutoCloseable> subscriptions = new ArrayList<>();
  private final Thread thread;
  private volatile boolean stopping;

  /** The placing thread only. */
  private Set<String> nodesSeen = Set.of();

  private long nodesSince = System.nanoTime();

  private PlacementController(
      Membership membership, Assignments assignments, int slots, Caution caution) {
    this.membership = membership;
    this.assignments = assignments;
    this.slots = slots;
    this.caution = caution;
    this.thread = Thread.ofPlatform().name("placement").daemon(true).unstarted(this::run);
  }

  public static PlacementController start(
      Membership membership, Assignments assignments, int slots, Caution caution) {
    PlacementController controller =
        new PlacementController(membership, assignments, slots, caution);
    controller.subscriptions.add(membership.onChange(controller::look));
    controller.subscriptions.add(assignments.onChange(controller::look));
    controller.thread.start();
    return controller;
  }

  /** Asks for a look; one that waits already is enough. */
  private void look() {
    boolean unused = news.offer(true);
  }

  private void run() {
    Duration pause = Duration.ZERO;
    try {
      while (!stopping) {
        Boolean unused = news.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
        if (stopping) {
          return;
        }
        try {
          pause = place();
        } catch (RuntimeException e) {
          log.warn("slots could not be placed, it is tried again", e);
          pause = LOOK_AGAIN;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Places what can be placed now; says after what time to look again. */
  private Duration place() {
    List<Placement.Candidate> candidates =
        membership.members(Role.SHARD_NODE).stream()
            .map(NodeInfo::name)
            .distinct()
            .map(name -> new Placement.Candidate(name, 1))
            .toList();
    Set<String> names =
        candidates.stream().map(Placement.Candidate::name).collect(Collectors.toSet());
    if (!names.equals(nodesSeen)) {
      nodesSeen = names;
      nodesSince = System.nanoTime();
    }
    if (candidates.size() < caution.nodesMin() || !wouldChange(assignments.all(), candidates)) {
      return LOOK_AGAIN;
    }
    Duration unsettled = caution.settle().minus(Duration.ofNanos(System.nanoTime() - nodesSince));
    if (unsettled.isPositive()) {
      return unsettled.plusMillis(1);
    }
    assignments.update(now -> Placement.place(now, candidates, slots));
    log.info("slots are placed on {}", names);
    return LOOK_AGAIN;
  }

  private boolean wouldChange(List<SlotAssignment> current, List<Placement.Candidate> candidates) {
    return !Placement.place(current, candidates, slots).equals(current);
  }

  @Override
  public void close() {
    stopping = true;
    subscriptions.forEach(Closing::quietly);
    look();
    try {
      if (!thread.join(STOP_MAX)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
