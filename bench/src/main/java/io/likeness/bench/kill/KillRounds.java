package io.likeness.bench.kill;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.system.OwnSystem;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Adds and deletes run without pause while processes are killed with SIGKILL: each role in turn,
 * then all at once, round after round. After every kill the system must serve again by itself (or,
 * after all died, by being started again), keep every promise it gave, and hold what the log says.
 * At the end the shards' files are thrown away, and what grows again from the log must be the same.
 *
 * <p>Invariants: <em>no acknowledged image is lost</em>, <em>no deleted image comes back</em>,
 * <em>the store equals the log</em>.
 */
public final class KillRounds {

  private static final String INSTANCE = "killed";
  private static final int WRITERS = 2;
  private static final long SEED = 20_261_121;

  /** Changes that must be acknowledged between two kills, so that each one meets real work. */
  private static final int CHANGES_BETWEEN = 40;

  private static final Duration SERVES_AGAIN = Duration.ofSeconds(120);
  private static final Duration SETTLES = Duration.ofSeconds(90);
  private static final Duration LOOK = Duration.ofMillis(250);

  private final Path data;
  private final Consumer<String> say;

  public KillRounds(Path data, Consumer<String> say) {
    this.data = data;
    this.say = say;
  }

  /** What happened; {@code broken} is empty where every invariant held. */
  public record Outcome(int kills, long acknowledged, int images, List<String> broken) {
    public Outcome {
      broken = List.copyOf(broken);
    }
  }

  public Outcome run(int rounds) throws IOException, InterruptedException {
    List<String> broken = new ArrayList<>();
    List<Writer> writers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    int kills = 0;
    int images = 0;
    try (OwnSystem system = OwnSystem.start(data, true)) {
      try (ApiClient api = system.client()) {
        api.createInstance(INSTANCE, List.of(), List.of()).expect(201, 409);
        for (int i = 0; i < WRITERS; i++) {
          Writer writer = new Writer("w" + i, api, INSTANCE, SEED + 1000L * i);
          writers.add(writer);
          threads.add(Thread.ofPlatform().name("writer-" + i).start(writer));
        }
        List<String> targets = targets(system);
        for (int round = 0; round < rounds; round++) {
          String target = targets.get(round % targets.size());
          awaitChanges(writers);
          system.kill(target);
          kills++;
          system.awaitServing(SERVES_AGAIN);
          for (Writer writer : writers) {
            writer.pause();
          }
          List<String> now = check(system, api, writers);
          say.accept(
              "round "
                  + (round + 1)
                  + "/"
                  + rounds
                  + ": killed "
                  + target
                  + ", "
                  + acknowledged(writers)
                  + " changes acknowledged so far, "
                  + (now.isEmpty() ? "all hold" : now.size() + " broken"));
          for (String one : now) {
            broken.add("after killing " + target + " in round " + (round + 1) + ": " + one);
          }
          writers.forEach(Writer::resume);
        }
        for (Writer writer : writers) {
          writer.pause();
        }
        system.kill(OwnSystem.ALL);
        system.forgetShards();
        system.awaitServing(SERVES_AGAIN);
        for (String one : check(system, api, writers)) {
          broken.add("after replay into empty shards: " + one);
        }
        images = stored(api).size();
        say.accept("replayed into empty shards: " + images + " images");
      } finally {
        writers.forEach(Writer::stop);
        for (Thread thread : threads) {
          thread.join();
        }
      }
    }
    return new Outcome(kills, acknowledged(writers), images, broken);
  }

  /** In turn; few rounds meet those first that have most to lose. */
  private static List<String> targets(OwnSystem system) throws IOException {
    List<String> targets = new ArrayList<>(List.of("shard-node", OwnSystem.ALL, "ingest-worker"));
    for (String role : system.roles()) {
      if (!targets.contains(role)) {
        targets.add(role);
      }
    }
    return targets;
  }

  private static long acknowledged(List<Writer> writers) {
    return writers.stream().mapToLong(writer -> writer.ledger().acknowledged()).sum();
  }

  private static void awaitChanges(List<Writer> writers) throws InterruptedException {
    long before = acknowledged(writers);
    long end = System.nanoTime() + SERVES_AGAIN.toNanos();
    while (acknowledged(writers) < before + CHANGES_BETWEEN) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "only "
                + (acknowledged(writers) - before)
                + " changes were acknowledged within "
                + SERVES_AGAIN.toSeconds()
                + " s");
      }
      Thread.sleep(20);
    }
  }

  /** Waits until the store has caught up with the log; what still differs then is broken. */
  private static List<String> check(OwnSystem system, ApiClient api, List<Writer> writers)
      throws IOException, InterruptedException {
    Map<String, String> truth = Map.of();
    long end = System.nanoTime() + SETTLES.toNanos();
    List<String> broken = List.of("not compared");
    while (!broken.isEmpty() && System.nanoTime() < end) {
      try {
        // Read anew each time: what a killed gateway had sent may still have been under way.
        truth = truth(system, api);
        broken = differences(truth, stored(api));
      } catch (IOException | IllegalStateException e) {
        broken = List.of("cannot list the images: " + e.getMessage());
      }
      if (!broken.isEmpty()) {
        Thread.sleep(LOOK.toMillis());
      }
    }
    List<String> all = new ArrayList<>(broken);
    Set<String> ids = truth.keySet();
    for (Writer writer : writers) {
      all.addAll(writer.ledger().broken(ids));
    }
    return all;
  }

  private static Map<String, String> truth(OwnSystem system, ApiClient api)
      throws InvalidProtocolBufferException {
    return LogTruth.of(system.kafka(), api.account().projectId() + "/" + INSTANCE);
  }

  /** Id to {@code partition.offset} of its add. */
  private static Map<String, String> stored(ApiClient api) throws IOException {
    Map<String, String> stored = new TreeMap<>();
    for (JsonObject image : api.images(INSTANCE)) {
      String token = image.getString("token");
      stored.put(image.getString("id"), token.substring(token.indexOf('.') + 1));
    }
    return stored;
  }

  private static List<String> differences(Map<String, String> truth, Map<String, String> stored) {
    List<String> differences = new ArrayList<>();
    truth.forEach(
        (id, place) -> {
          String found = stored.get(id);
          if (found == null) {
            differences.add("image " + id + " of the log at " + place + " is not in the store");
          } else if (!found.equals(place)) {
            differences.add("image " + id + " is stored from " + found + ", the log has " + place);
          }
        });
    stored.forEach(
        (id, place) -> {
          if (!truth.containsKey(id)) {
            differences.add("image " + id + " of " + place + " is stored, the log has none");
          }
        });
    return differences;
  }
}
