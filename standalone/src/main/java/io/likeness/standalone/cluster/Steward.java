package io.likeness.standalone.cluster;

import io.likeness.node.cluster.Role;
import io.likeness.standalone.Sizes;
import io.likeness.standalone.client.ApiFailure;
import io.likeness.standalone.processes.ChildState;
import io.likeness.standalone.processes.Supervisor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.BiPredicate;
import java.util.function.Consumer;

/**
 * Does what takes a while, one thing at a time: more or fewer shard nodes, more or fewer replicas,
 * every process anew. What it began goes on in the cluster where it is cut short, and is finished
 * by saying the same again.
 */
final class Steward {

  /** An order that cannot be followed, in words for who gave it. */
  static final class CannotDo extends RuntimeException {

    private static final long serialVersionUID = 1L;

    CannotDo(String message) {
      super(message);
    }
  }

  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration TELL = Duration.ofSeconds(2);

  /**
   * It must have been so for this long: gateways ask the coordinators in turn, and one may hear of
   * it later than the one that told.
   */
  private static final Duration SETTLED = Duration.ofSeconds(3);

  /** Nothing at all has changed for so long: it will not any more by waiting. */
  private static final Duration STALL_MAX = Duration.ofMinutes(3);

  /** A first start has nothing to copy. */
  private static final Duration BEGIN_MAX = Duration.ofSeconds(60);

  private final LocalCluster cluster;
  private final ClusterAdmin admin;

  /** What it is at; empty where it waits for an order. */
  private String busy = "";

  Steward(LocalCluster cluster, ClusterAdmin admin) {
    this.cluster = cluster;
    this.admin = admin;
  }

  /** What it is at; empty where it waits for an order. */
  synchronized String doing() {
    return busy;
  }

  /** Says how many replicas there shall be, to a cluster that has just started. */
  void begin(int replicas, Consumer<String> tell) {
    admin.change(OptionalInt.of(replicas), List.of(), List.of());
    try {
      await(tell, BEGIN_MAX, (view, missing) -> missing.isEmpty());
    } catch (CannotDo e) {
      tell.accept(e.getMessage() + "; it goes on meanwhile: ./likeness cluster status");
    }
  }

  /** So many replicas of each slot. */
  void replicas(int replicas, Consumer<String> tell) {
    int nodes = cluster.shape().nodes();
    if (replicas < 1 || replicas > nodes) {
      throw new CannotDo(
          "replicas is "
              + replicas
              + ", but "
              + nodes
              + " shard nodes can hold 1 to "
              + nodes
              + "; ./likeness cluster scale makes more");
    }
    alone(
        "changing to " + replicas + " replicas",
        () -> {
          admin.change(OptionalInt.of(replicas), List.of(), List.of());
          await(
              tell, STALL_MAX, (view, missing) -> view.replicas() == replicas && missing.isEmpty());
        });
  }

  /** So many shard nodes: new ones get their share, the highest numbers go once they are empty. */
  void scale(int nodes, boolean force, Consumer<String> tell) {
    if (nodes < 1 || nodes > ClusterShape.NODES_MAX) {
      throw new CannotDo(nodes + " shard nodes are not 1 to " + ClusterShape.NODES_MAX);
    }
    alone(
        "scaling to " + nodes + " shard nodes",
        () -> {
          if (nodes >= cluster.shape().nodes()) {
            grow(nodes, tell);
          } else {
            shrink(nodes, force, tell);
          }
        });
  }

  private void grow(int nodes, Consumer<String> tell) {
    while (cluster.shape().nodes() < nodes) {
      String name = LocalCluster.node(cluster.shape().nodes() + 1);
      tell.accept("starting " + name);
      cluster.addNode();
    }
    // Those that were leaving, in an earlier life or a moment ago, are wanted again.
    List<String> wanted = cluster.names(Role.SHARD_NODE);
    List<String> back = admin.view().draining().stream().filter(wanted::contains).toList();
    if (!back.isEmpty()) {
      admin.change(OptionalInt.empty(), List.of(), back);
    }
    int slots = cluster.shape().slots();
    await(
        tell,
        STALL_MAX,
        (view, missing) -> {
          boolean enough = slots * Math.min(view.replicas(), nodes) >= nodes;
          return missing.isEmpty()
              && (!enough || wanted.stream().allMatch(node -> view.heldBy(node) > 0));
        });
  }

  private void shrink(int nodes, boolean force, Consumer<String> tell) {
    ClusterView before = admin.view();
    if (before.replicas() > nodes && !force) {
      throw new CannotDo(
          nodes
              + " shard nodes cannot hold "
              + before.replicas()
              + " replicas: say ./likeness cluster replicas "
              + nodes
              + " first, or --force to go on with fewer");
    }
    List<String> going = new ArrayList<>();
    for (int number = nodes + 1; number <= cluster.shape().nodes(); number++) {
      going.add(LocalCluster.node(number));
    }
    tell.accept("emptying " + String.join(", ", going));
    admin.change(OptionalInt.empty(), going, List.of());
    await(
        tell,
        STALL_MAX,
        (view, missing) -> going.stream().allMatch(node -> view.heldBy(node) == 0));
    while (cluster.shape().nodes() > nodes) {
      tell.accept("stopping " + LocalCluster.node(cluster.shape().nodes()));
      cluster.removeNode();
    }
  }

  /**
   * One process after the other, each once the one before serves and every slot has its replicas;
   * those of a role that has but one are away for a moment.
   *
   * @param names empty: every process but the brokers
   */
  void restart(List<String> names, Consumer<String> tell) {
    Supervisor supervisor = cluster.supervisor();
    List<String> all = new ArrayList<>(names);
    if (all.isEmpty()) {
      for (Role role :
          List.of(Role.SHARD_NODE, Role.COORDINATOR, Role.INGEST_WORKER, Role.GATEWAY)) {
        all.addAll(cluster.names(role));
      }
    }
    alone(
        "restarting " + all.size() + " processes",
        () -> {
          int done = 0;
          for (String name : all) {
            await(tell, STALL_MAX, (view, missing) -> missing.isEmpty());
            long begun = System.nanoTime();
            supervisor.stop(name);
            supervisor.heal(name);
            supervisor.awaitReady(List.of(name));
            done++;
            tell.accept(
                name
                    + " is back after "
                    + (System.nanoTime() - begun) / 1_000_000
                    + " ms ("
                    + done
                    + " of "
                    + all.size()
                    + ")");
          }
          await(tell, STALL_MAX, (view, missing) -> missing.isEmpty());
        });
  }

  private void alone(String what, Runnable work) {
    synchronized (this) {
      if (!busy.isEmpty()) {
        throw new CannotDo("the cluster is busy " + busy + ": try again when that is done");
      }
      busy = what;
    }
    try {
      work.run();
    } finally {
      synchronized (this) {
        busy = "";
      }
    }
  }

  /** Looks until it is so, telling how far it is; throws where nothing has changed for long. */
  private void await(
      Consumer<String> tell, Duration stall, BiPredicate<ClusterView, List<String>> done) {
    long begun = System.nanoTime();
    long changed = begun;
    long told = begun;
    String last = "";
    String saw = "";
    OptionalLong doneSince = OptionalLong.empty();
    while (true) {
      String now;
      try {
        ClusterView view = admin.view();
        List<String> missing = view.missing(cluster.shape().slots());
        if (!done.test(view, missing)) {
          doneSince = OptionalLong.empty();
        } else if (doneSince.isEmpty()) {
          doneSince = OptionalLong.of(System.nanoTime());
        } else if (System.nanoTime() - doneSince.getAsLong() > SETTLED.toNanos()) {
          return;
        }
        now = progress(view, missing);
        if (!(now + view).equals(saw)) {
          saw = now + view;
          changed = System.nanoTime();
        }
      } catch (ApiFailure e) {
        doneSince = OptionalLong.empty();
        now = "no gateway tells: " + e.getMessage();
      }
      if (System.nanoTime() - told > TELL.toNanos() && !now.equals(last)) {
        tell.accept(now);
        last = now;
        told = System.nanoTime();
      }
      if (System.nanoTime() - changed > stall.toNanos()) {
        throw new CannotDo("nothing has changed for " + stall.toSeconds() + " s: " + now);
      }
      try {
        Thread.sleep(LOOK);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CannotDo("interrupted; what was begun goes on");
      }
    }
  }

  private static String progress(ClusterView view, List<String> missing) {
    ClusterView.Progress copying = view.copying();
    String what =
        missing.isEmpty()
            ? "waiting for the coordinators to move slots"
            : String.join(", ", missing);
    return copying.all() == 0
        ? what
        : what + "; " + Sizes.of(copying.copied()) + " of " + Sizes.of(copying.all()) + " copied";
  }

  /** What may be killed, frozen, healed and restarted. */
  void check(String name) {
    List<String> names =
        cluster.supervisor().processes().stream().map(each -> each.spec().name()).toList();
    if (!names.contains(name)) {
      throw new CannotDo("there is no process " + name + "; there are " + String.join(", ", names));
    }
  }

  ChildState state(String name) {
    return cluster.supervisor().processes().stream()
        .filter(each -> each.spec().name().equals(name))
        .map(Supervisor.Status::state)
        .findFirst()
        .orElse(ChildState.STOPPED);
  }
}
