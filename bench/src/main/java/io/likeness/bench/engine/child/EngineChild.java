package io.likeness.bench.engine.child;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The parent's handle on an {@link EngineMain}. One request at a time; what it waits for is one.
 */
public final class EngineChild implements AutoCloseable {

  private static final long STOP_SECONDS = 30;

  /** How many queries ran, and what they cost. */
  public record Ran(Timing timing, double recall, int queries) {}

  /**
   * @param openMillis until it could be asked
   * @param diskBytes all files
   */
  public record Opened(double openMillis, long diskBytes) {}

  /**
   * @param held private memory that {@code open} and the searches since have taken
   * @param cached pages of mapped files in memory
   */
  public record Size(long held, long cached) {}

  public record Built(double cpuSeconds, double wallSeconds, long mostPrivateMib) {

    public static Built of(JsonObject json) {
      return new Built(
          json.getDouble("cpu_s"), json.getDouble("wall_s"), json.getLong("most_private_mib", 0L));
    }

    public JsonObject json() {
      return new JsonObject()
          .put("cpu_s", cpuSeconds)
          .put("wall_s", wallSeconds)
          .put("most_private_mib", mostPrivateMib);
    }
  }

  private final String name;
  private final Process process;
  private final Path log;
  private final Writer requests;
  private final BufferedReader answers;
  private long heldBefore;

  private EngineChild(String name, Process process, Path log) {
    this.log = log;
    this.name = name;
    this.process = process;
    this.requests = process.outputWriter(StandardCharsets.UTF_8);
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /**
   * Starts a JVM like this one.
   *
   * @param flags for it, a heap among them
   * @param log what it says is added there
   */
  public static EngineChild start(
      String engine, Path data, Path folder, List<String> flags, Path log) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--add-modules=jdk.incubator.vector");
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add("-XX:NativeMemoryTracking=summary");
    command.add("-Djava.awt.headless=true");
    command.addAll(flags);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(EngineMain.class.getName());
    command.add(engine);
    command.add(data.toString());
    command.add(folder.toString());
    Process process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    return new EngineChild(engine, process, log);
  }

  public String name() {
    return name;
  }

  public Built build() throws IOException {
    return Built.of(ask(new JsonObject().put("do", "build")));
  }

  public Opened open() throws IOException {
    JsonObject opened = ask(new JsonObject().put("do", "open"));
    heldBefore = opened.getLong("held_before");
    return new Opened(opened.getDouble("open_ms"), opened.getLong("disk_bytes"));
  }

  public Ran run(Ask ask) throws IOException {
    JsonObject ran = ask(ask.toJson().put("do", "run"));
    return new Ran(Timing.of(ran), ran.getDouble("recall"), ran.getInteger("queries"));
  }

  public Size size() throws IOException {
    JsonObject size = ask(new JsonObject().put("do", "size"));
    return new Size(
        Math.max(0, size.getLong("held_bytes") - heldBefore), size.getLong("cached_bytes"));
  }

  /** Drops its files from memory; returns the share of them that is still there. */
  public double drop() throws IOException {
    return ask(new JsonObject().put("do", "drop")).getDouble("cached_share");
  }

  /** Plays a scene and tells what it says meanwhile; what it measured comes back. */
  public JsonObject play(String scene, Path spare, int queries, int seconds, Consumer<String> say)
      throws IOException {
    JsonObject request =
        new JsonObject()
            .put("do", "play")
            .put("scene", scene)
            .put("spare", spare.toString())
            .put("queries", queries)
            .put("seconds", seconds);
    JsonObject answer = ask(request);
    while (answer.containsKey("say")) {
      say.accept(name + ": " + answer.getString("say"));
      answer = next(request);
    }
    return answer;
  }

  private JsonObject ask(JsonObject request) throws IOException {
    try {
      requests.write(request.encode() + "\n");
      requests.flush();
    } catch (IOException e) {
      throw ended(request, e);
    }
    return next(request);
  }

  private JsonObject next(JsonObject request) throws IOException {
    String answer;
    try {
      answer = answers.readLine();
    } catch (IOException e) {
      throw ended(request, e);
    }
    if (answer == null) {
      throw ended(request, null);
    }
    return new JsonObject(answer);
  }

  private IOException ended(JsonObject request, @Nullable IOException cause) {
    return new IOException(
        "engine %s ended during %s; %s says why".formatted(name, request.encode(), log), cause);
  }

  /** Lets it end by itself, and ends it where it does not. */
  @Override
  public void close() throws IOException {
    try {
      requests.close();
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // It has ended before: that was told by whoever waited for its answer.
      process.destroyForcibly();
    }
  }
}
