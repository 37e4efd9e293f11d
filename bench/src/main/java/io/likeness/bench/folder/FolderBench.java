package io.likeness.bench.folder;

import io.likeness.bench.Latencies;
import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * How fast does a folder of photos come in, how soon can each be found, what do searches cost
 * meanwhile and afterwards, and does every photo find itself first?
 *
 * <p>Adds wait until the photo is visible, {@code threads} of them at a time, so the time from add
 * to visible includes what it waited behind the others. Searches while importing come at a fixed
 * rate, each for a photo already in; one that is late does not hold back the next.
 */
final class FolderBench {

  /** What {@code sim} a photo must have with itself. */
  static final double SAME = 0.99;

  private static final int SEARCHES_A_SECOND = 5;
  private static final int SEARCH_LIMIT = 10;
  private static final String WAIT = "60s";
  private static final int FAILURES_SHOWN = 10;

  private final ApiClient api;
  private final String instance;
  private final int threads;
  private final Consumer<String> say;

  private final Latencies visible = new Latencies();
  private final Latencies searchWhile = new Latencies();
  private final Latencies searchAfter = new Latencies();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();

  FolderBench(ApiClient api, String instance, int threads, Consumer<String> say) {
    this.api = api;
    this.instance = instance;
    this.threads = threads;
    this.say = say;
  }

  private record Photo(Path file, String id) {}

  /** The measurements as JSON, the only form; the table is made from it. */
  JsonObject run(Path folder) throws IOException, InterruptedException {
    List<Photo> photos = photos(folder);
    if (photos.isEmpty()) {
      throw new IllegalArgumentException("no photo (jpg, jpeg, png, bmp) in " + folder);
    }
    api.createInstance(instance, List.of(), List.of()).expect(201);
    say.accept(photos.size() + " photos, " + threads + " adds at a time");
    List<Photo> in = Collections.synchronizedList(new ArrayList<>());
    AtomicBoolean importing = new AtomicBoolean(true);
    Thread searching =
        Thread.ofPlatform().name("search").start(() -> searchMeanwhile(in, importing));
    long begun = System.nanoTime();
    forEach(photos, photo -> add(photo, in), "imported");
    double importSeconds = (System.nanoTime() - begun) / 1e9;
    importing.set(false);
    searching.join();

    Map<String, String> hashes = new ConcurrentHashMap<>();
    for (Photo photo : in) {
      hashes.put(photo.id(), sha256(Files.readAllBytes(photo.file())));
    }
    AtomicInteger first = new AtomicInteger();
    AtomicInteger alike = new AtomicInteger();
    long searched = System.nanoTime();
    forEach(List.copyOf(in), photo -> find(photo, hashes, first, alike), "searched");
    double searchSeconds = (System.nanoTime() - searched) / 1e9;
    return new JsonObject()
        .put("photos", photos.size())
        .put("imported", in.size())
        .put("import_seconds", rounded(importSeconds))
        .put("photos_a_second", rounded(in.size() / importSeconds))
        .put("add_threads", threads)
        .put("add_to_visible", visible.json())
        .put("search_while_importing", searchWhile.json())
        .put("search_after", searchAfter.json())
        .put("searches_a_second_after", rounded(in.size() / searchSeconds))
        .put("finds_itself_first", first.get())
        .put("finds_itself_first_with_sim_" + SAME, alike.get())
        .put("failed", failures.size())
        .put(
            "failures",
            new JsonArray(failures.stream().limit(FAILURES_SHOWN).map(String::valueOf).toList()));
  }

  private void add(Photo photo, List<Photo> in) throws IOException {
    byte[] content = Files.readAllBytes(photo.file());
    long begun = System.nanoTime();
    Answer answer = api.add(instance, photo.id(), content, WAIT);
    if (answer.status() == 200) {
      visible.add(System.nanoTime() - begun);
      in.add(photo);
    } else {
      failures.add(photo.id() + ": " + answer);
    }
  }

  private void searchMeanwhile(List<Photo> in, AtomicBoolean importing) {
    long gap = Duration.ofSeconds(1).toNanos() / SEARCHES_A_SECOND;
    long next = System.nanoTime();
    List<Thread> underway = new ArrayList<>();
    for (int i = 0; importing.get(); i++) {
      next += gap;
      LockSupport.parkNanos(next - System.nanoTime());
      if (in.isEmpty()) {
        continue;
      }
      Photo photo = in.get((int) (i * 7919L % in.size()));
      underway.add(Thread.ofVirtual().start(() -> search(photo)));
    }
    for (Thread each : underway) {
      try {
        each.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void search(Photo photo) {
    try {
      byte[] content = Files.readAllBytes(photo.file());
      long begun = System.nanoTime();
      api.searchByPicture(instance, content, SEARCH_LIMIT).expect(200);
      searchWhile.add(System.nanoTime() - begun);
    } catch (IOException | IllegalStateException e) {
      failures.add("search for " + photo.id() + ": " + e.getMessage());
    }
  }

  private void find(
      Photo photo, Map<String, String> hashes, AtomicInteger first, AtomicInteger alike)
      throws IOException {
    byte[] content = Files.readAllBytes(photo.file());
    long begun = System.nanoTime();
    Answer answer = api.searchByPicture(instance, content, SEARCH_LIMIT);
    if (answer.status() != 200) {
      failures.add("search for " + photo.id() + ": " + answer);
      return;
    }
    searchAfter.add(System.nanoTime() - begun);
    JsonArray hits = answer.json().getJsonArray("hits");
    JsonObject best = hits.isEmpty() ? new JsonObject() : hits.getJsonObject(0);
    String id = best.getString("id", "");
    // Of two files with the same bytes the one whose id comes first is found first.
    boolean itself = id.equals(photo.id()) || sha256(content).equals(hashes.get(id));
    if (itself) {
      first.incrementAndGet();
      if (best.getDouble("score") >= SAME) {
        alike.incrementAndGet();
      }
    } else {
      failures.add(photo.id() + " finds " + id + " first, with " + best.getValue("score"));
    }
  }

  private interface Step {
    void take(Photo photo) throws IOException;
  }

  private void forEach(List<Photo> photos, Step step, String done) throws InterruptedException {
    AtomicInteger next = new AtomicInteger();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      workers.add(
          Thread.ofPlatform()
              .name(done + "-" + i)
              .start(
                  () -> {
                    for (int n = next.getAndIncrement();
                        n < photos.size();
                        n = next.getAndIncrement()) {
                      try {
                        step.take(photos.get(n));
                      } catch (IOException | IllegalStateException e) {
                        failures.add(photos.get(n).id() + ": " + e.getMessage());
                      }
                      if ((n + 1) % 250 == 0) {
                        say.accept(done + " " + (n + 1) + " of " + photos.size());
                      }
                    }
                  }));
    }
    for (Thread worker : workers) {
      worker.join();
    }
  }

  private static List<Photo> photos(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(
              file ->
                  file.getFileName()
                      .toString()
                      .toLowerCase(Locale.ROOT)
                      .matches(".*\\.(jpe?g|png|bmp)"))
          .sorted()
          .map(file -> new Photo(file, folder.relativize(file).toString()))
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static double rounded(double value) {
    return Math.round(value * 100) / 100.0;
  }
}
