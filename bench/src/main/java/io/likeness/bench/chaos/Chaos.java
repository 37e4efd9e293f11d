package io.likeness.bench.chaos;

import io.likeness.bench.api.ApiClient;
import io.likeness.bench.chaos.History.Contents;
import io.likeness.bench.system.OwnSystem;
import io.likeness.standalone.cluster.ControlClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * A cluster of three shard nodes with two replicas, as processes of this machine, under adds,
 * changes, deletes and searches without pause, is hurt in one way after the other. After each it is
 * healed, and what it holds is compared with what it acknowledged.
 *
 * <p>Invariants: <em>no acknowledged image is lost</em>, <em>no deleted image comes back</em>,
 * <em>the last version wins</em>, <em>replicas are equal</em>, <em>coverage never overstates</em>,
 * <em>no hit twice</em>; and where a scene demands it, no search fails.
 */
public final class Chaos {

  /** One way to hurt it. */
  public enum Scene {
    KILL_NODE("kill a shard node", true),
    FREEZE_NODE("freeze a shard node", true),
    KILL_COORDINATOR("kill a coordinator", true),
    KILL_WORKER("kill the ingest worker", true),
    KILL_GATEWAY("kill the gateway", false),
    LOSE_BROKER("lose a broker", true),
    SCALE("shard nodes 3 to 2 to 3", true),
    RESTART_ONE_BY_ONE("restart shard nodes and coordinators one by one", true),
    RESTART_ALL("kill all, start all", false);

    private final String words;

    /** No search may fail meanwhile. */
    private final boolean searchesGoOn;

    Scene(String words, boolean searchesGoOn) {
      this.words = words;
      this.searchesGoOn = searchesGoOn;
    }

    String words() {
      return words;
    }
  }

  /**
   * What happened in one scene.
   *
   * @param failures how searches failed, some of them
   * @param faults what was broken; empty where nothing was
   */
  public record Report(
      Scene scene,
      long acknowledged,
      long unknown,
      Counts counts,
      Duration took,
      List<String> failures,
      List<String> faults) {

    /** Whether every promise held that the scene makes: of writes always, of searches mostly. */
    public boolean isKept() {
      return faults.isEmpty() && !(scene.searchesGoOn && counts.failed() > 0);
    }
  }

  private static final int WRITERS = 4;
  private static final int SEARCHERS = 2;
  private static final int DIMENSIONS = 512;
  private static final Duration SETTLES = Duration.ofSeconds(120);
  private static final Duration SERVES = Duration.ofSeconds(240);
  private static final long LOOK_MILLIS = 500;

  private final Path data;
  private final int brokers;
  private final Duration hurt;
  private final Consumer<String> say;
  private final List<ChaosWriter> writers = new ArrayList<>();
  private final List<ChaosSearcher> searchers = new ArrayList<>();

  /**
   * @param hurt how long it is left hurt
   */
  public Chaos(Path data, int brokers, Duration hurt, Consumer<String> say) {
    this.data = data;
    this.brokers = brokers;
    this.hurt = hurt;
    this.say = say;
  }

  /** Plays these scenes in turn, again and again until the time is over, each at least once. */
  public List<Report> run(List<Scene> scenes, Duration atLeast)
      throws IOException, InterruptedException {
    List<Report> reports = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    long end = System.nanoTime() + atLeast.toNanos();
    List<String> options =
        List.of("--nodes", "3", "--replicas", "2", "--kafka", Integer.toString(brokers));
    try (OwnSystem system = OwnSystem.startCluster(data, options);
        ApiClient api = system.client()) {
      system.awaitServing(SERVES);
      begin(api, threads);
      try {
        do {
          for (Scene scene : scenes) {
            reports.add(play(scene, system, api));
            say.accept(Reports.line(reports.getLast()));
            Reports.details(reports.getLast()).forEach(say);
          }
        } while (System.nanoTime() < end);
      } finally {
        writers.forEach(ChaosWriter::stop);
        searchers.forEach(ChaosSearcher::stop);
        for (Thread thread : threads) {
          thread.join();
        }
      }
    }
    return reports;
  }

  private void begin(ApiClient api, List<Thread> threads) throws IOException {
    for (int i = 0; i < WRITERS; i++) {
      String instance = "chaos-" + i;
      api.createInstance(instance, List.of(ChaosWriter.ALL, ChaosWriter.MARK), List.of())
          .expect(201, 409);
      ChaosWriter writer = new ChaosWriter(api, instance, DIMENSIONS, 1_000L * i);
      writers.add(writer);
      threads.add(Thread.ofPlatform().name("writer-" + i).start(writer));
    }
    for (int i = 0; i < SEARCHERS; i++) {
      ChaosSearcher searcher = new ChaosSearcher(api, writers, DIMENSIONS, 77L + i);
      searchers.add(searcher);
      threads.add(Thread.ofPlatform().name("searcher-" + i).start(searcher));
    }
  }

  private Report play(Scene scene, OwnSystem system, ApiClient api)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    long acknowledged = acknowledged();
    long unknown = unknown();
    say.accept(scene.words);
    hurt(scene, system);
    system.awaitServing(SERVES);
    List<String> faults = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    Counts counts = Counts.NONE;
    for (ChaosSearcher searcher : searchers) {
      counts = counts.plus(searcher.take());
      failures.addAll(searcher.takeFailures());
    }
    writers.forEach(ChaosWriter::pause);
    try {
      faults.addAll(settled(api));
    } finally {
      writers.forEach(ChaosWriter::resume);
    }
    searchers.forEach(searcher -> faults.addAll(searcher.takeFaults()));
    if (acknowledged() == acknowledged || counts.searches() == 0) {
      faults.add("nothing was written or searched meanwhile, so nothing was shown");
    }
    return new Report(
        scene,
        acknowledged() - acknowledged,
        unknown() - unknown,
        counts,
        Duration.ofNanos(System.nanoTime() - begun),
        failures,
        faults);
  }

  private void hurt(Scene scene, OwnSystem system) throws IOException, InterruptedException {
    ControlClient cluster = new ControlClient(data);
    switch (scene) {
      case KILL_NODE -> away(cluster, "node-2");
      case FREEZE_NODE -> {
        cluster.freeze("node-3", say);
        Thread.sleep(hurt);
        cluster.heal("node-3", say);
      }
      case KILL_COORDINATOR -> away(cluster, "coordinator-1");
      case KILL_WORKER -> away(cluster, "ingest-worker-1");
      case KILL_GATEWAY -> away(cluster, "gateway-1");
      case LOSE_BROKER -> away(cluster, "kafka-" + brokers);
      case SCALE -> {
        cluster.scale(2, false, say);
        cluster.scale(3, false, say);
      }
      case RESTART_ONE_BY_ONE ->
          cluster.restart(
              List.of("node-1", "node-2", "node-3", "coordinator-1", "coordinator-2"), say);
      case RESTART_ALL -> {
        Thread.sleep(hurt);
        system.kill(OwnSystem.ALL);
      }
    }
  }

  private void away(ControlClient cluster, String name) throws InterruptedException {
    cluster.kill(name, say);
    Thread.sleep(hurt);
    cluster.heal(name, say);
  }

  private long acknowledged() {
    return writers.stream().mapToLong(writer -> writer.history().acknowledgedWrites()).sum();
  }

  private long unknown() {
    return writers.stream().mapToLong(writer -> writer.history().unknownWrites()).sum();
  }

  /** What is wrong once everything written has been applied; what is late is waited for. */
  private List<String> settled(ApiClient api) throws InterruptedException {
    long end = System.nanoTime() + SETTLES.toNanos();
    List<String> faults = List.of("not looked at");
    while (!faults.isEmpty() && System.nanoTime() < end) {
      faults = new ArrayList<>();
      try {
        for (ChaosWriter writer : writers) {
          Map<String, Long> stored = new TreeMap<>();
          for (JsonObject image : api.images(writer.instance())) {
            stored.put(image.getString("id"), ChaosSearcher.mark(image));
          }
          faults.addAll(writer.history().faultsOf(stored));
        }
        faults.addAll(replicas(api.get("/api/v1/cluster").expect(200).json()));
      } catch (IOException | IllegalStateException e) {
        faults.add("cannot be looked at: " + e.getMessage());
      }
      if (!faults.isEmpty()) {
        Thread.sleep(LOOK_MILLIS);
      }
    }
    return faults;
  }

  /** Replicas that serve, have read all and yet differ; and those that do not come that far. */
  private static List<String> replicas(JsonObject cluster) {
    Set<String> serving = new HashSet<>();
    JsonArray slots = cluster.getJsonArray("slots");
    for (int i = 0; i < slots.size(); i++) {
      JsonObject slot = slots.getJsonObject(i);
      if (slot.getBoolean("serving")) {
        serving.add(slot.getInteger("slot") + " " + slot.getString("node"));
      }
    }
    List<String> faults = new ArrayList<>();
    List<Contents> contents = new ArrayList<>();
    JsonArray shards = cluster.getJsonArray("shards");
    for (int i = 0; i < shards.size(); i++) {
      JsonObject shard = shards.getJsonObject(i);
      if (!serving.contains(shard.getInteger("slot") + " " + shard.getString("node"))) {
        continue;
      }
      Contents each =
          new Contents(
              shard.getString("instance_uid") + "/" + shard.getInteger("slot"),
              shard.getString("node"),
              shard.getLong("applied_offset"),
              shard.getLong("end_offset"),
              shard.getString("checksum"));
      contents.add(each);
      if (each.applied() < each.end()) {
        faults.add(each.node() + " lags behind the log of shard " + each.shard());
      }
    }
    faults.addAll(History.differences(contents));
    return faults;
  }
}
