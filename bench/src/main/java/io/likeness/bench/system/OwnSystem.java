package io.likeness.bench.system;

import io.likeness.bench.api.Account;
import io.likeness.bench.api.ApiClient;
import io.likeness.node.config.Ports;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code likeness up} as a process of this machine, in one piece or with {@code --separate}, and
 * the means to kill it piece by piece. It is reached over its public addresses only; which process
 * is which role, its files in {@code DIR/run} say.
 */
public final class OwnSystem implements AutoCloseable {

  /** Every process at once, the one that would start them again included. */
  public static final String ALL = "all";

  private static final Duration STARTS = Duration.ofMinutes(5);
  private static final Duration DIES = Duration.ofSeconds(30);
  private static final Duration STOPS = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofMillis(100);

  private final Path data;
  private final int port;
  private final boolean separate;
  private final List<String> words;
  private @Nullable Process supervisor;

  /** The words come after {@code likeness}; without several processes there is but its own. */
  private OwnSystem(Path data, int port, boolean separate, List<String> words) {
    this.data = data;
    this.port = port;
    this.separate = separate;
    this.words = words;
  }

  /** Starts {@code likeness cluster up} with these options over this folder. */
  public static OwnSystem startCluster(Path data, List<String> options)
      throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(List.of("cluster", "up"));
    words.addAll(options);
    return start(new OwnSystem(data.toAbsolutePath().normalize(), Ports.free(), true, words));
  }

  /** Starts it over this folder and waits until it serves. */
  public static OwnSystem start(Path data, boolean separate)
      throws IOException, InterruptedException {
    return start(
        new OwnSystem(
            data.toAbsolutePath().normalize(),
            Ports.free(),
            separate,
            separate ? List.of("up", "--separate") : List.of("up")));
  }

  private static OwnSystem start(OwnSystem system) throws IOException, InterruptedException {
    Files.createDirectories(system.data);
    try {
      system.launch();
    } catch (IOException | InterruptedException | RuntimeException e) {
      system.close();
      throw e;
    }
    return system;
  }

  private void launch() throws IOException, InterruptedException {
    Files.deleteIfExists(data.resolve("endpoint.json"));
    Process started =
        new ProcessBuilder(command())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(said().toFile()))
            .start();
    supervisor = started;
    long end = System.nanoTime() + STARTS.toNanos();
    while (!Files.exists(data.resolve("endpoint.json"))) {
      if (!started.isAlive()) {
        throw new IllegalStateException(
            "likeness up ended with " + started.exitValue() + ": " + lastSaid());
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "likeness up does not serve after " + STARTS.toSeconds() + " s: " + lastSaid());
      }
      Thread.sleep(LOOK.toMillis());
    }
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      // Modules and access, which the children inherit in turn; not the heap.
      if (flag.startsWith("--")) {
        command.add(flag);
      }
    }
    // The heap ./likeness gives it, where it holds the whole system.
    command.addAll(List.of(separate ? "-Xmx128m" : "-Xmx1g", "-Djava.awt.headless=true", "-cp"));
    command.add(absolute(System.getProperty("java.class.path")));
    command.add("io.likeness.standalone.cli.Likeness");
    command.addAll(words);
    command.addAll(List.of("--data", data.toString(), "--port", Integer.toString(port)));
    return command;
  }

  /** The children run in another folder. */
  private static String absolute(String classPath) {
    return Stream.of(classPath.split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .reduce((a, b) -> a + File.pathSeparator + b)
        .orElse("");
  }

  private Path said() {
    return data.resolve("said.log");
  }

  private String lastSaid() throws IOException {
    String said = Files.readString(said());
    return said.substring(Math.max(0, said.length() - 2_000));
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /** A client of the administrator; it lives through kills. */
  public ApiClient client() throws IOException {
    return new ApiClient(endpoint(), Account.read(data.resolve("credentials.json")));
  }

  public String kafka() {
    try {
      return new JsonObject(Files.readString(data.resolve("endpoint.json"))).getString("kafka");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The roles that run as processes, Kafka among them, in order of name. */
  public List<String> roles() throws IOException {
    return List.copyOf(processes().keySet());
  }

  /** Name to process id, as the supervisor wrote them down. */
  public TreeMap<String, Long> processes() throws IOException {
    TreeMap<String, Long> processes = new TreeMap<>();
    if (!separate) {
      if (supervisor != null) {
        processes.put("likeness", supervisor.pid());
      }
      return processes;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(data.resolve("run"), "*.pid")) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        processes.put(
            name.substring(0, name.length() - ".pid".length()),
            Long.parseLong(Files.readString(file).strip()));
      }
    }
    return processes;
  }

  /** SIGKILL: to this role's process, or to {@link #ALL}. Returns when they are gone. */
  public void kill(String target) throws IOException, InterruptedException {
    List<ProcessHandle> doomed = new ArrayList<>();
    if (target.equals(ALL) && supervisor != null) {
      doomed.add(supervisor.toHandle());
    }
    processes()
        .forEach(
            (name, pid) -> {
              if (target.equals(ALL) || target.equals(name)) {
                ProcessHandle.of(pid).ifPresent(doomed::add);
              }
            });
    if (doomed.isEmpty()) {
      throw new IllegalStateException("no process is " + target);
    }
    doomed.forEach(ProcessHandle::destroyForcibly);
    for (ProcessHandle process : doomed) {
      awaitEnd(process, DIES);
    }
  }

  private static void awaitEnd(ProcessHandle process, Duration atMost) throws InterruptedException {
    try {
      process.onExit().get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "process " + process.pid() + " lives on after " + atMost.toSeconds() + " s", e);
    }
  }

  /** Starts it again where it died as a whole; then waits until every slot is served. */
  public void awaitServing(Duration atMost) throws IOException, InterruptedException {
    if (supervisor == null || !supervisor.isAlive()) {
      launch();
    }
    long end = System.nanoTime() + atMost.toNanos();
    Optional<String> lacking = lacking();
    while (lacking.isPresent()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "does not serve again after "
                + atMost.toSeconds()
                + " s: "
                + lacking.get()
                + "; it said: "
                + lastSaid());
      }
      Thread.sleep(LOOK.toMillis());
      lacking = lacking();
    }
  }

  /** What it lacks to serve; empty where it lacks nothing. */
  private Optional<String> lacking() throws IOException {
    try (ApiClient api = client()) {
      JsonObject cluster = api.get("/api/v1/cluster").expect(200).json();
      boolean served =
          cluster.getJsonArray("slots").stream()
              .allMatch(slot -> ((JsonObject) slot).getBoolean("serving"));
      return served ? Optional.empty() : Optional.of("slots: " + cluster.getJsonArray("slots"));
    } catch (IOException | IllegalStateException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Throws away what the shards derived from the log; only while nothing runs. */
  public void forgetShards() throws IOException {
    if (supervisor != null && supervisor.isAlive()) {
      throw new IllegalStateException("the shards' files are in use");
    }
    delete(data.resolve("shards"));
  }

  /** Resident memory of its processes in bytes: now, and the most so far. */
  public Memory memory() throws IOException {
    long now = 0;
    long most = 0;
    TreeMap<String, Long> all = processes();
    if (separate && supervisor != null) {
      all.put("supervisor", supervisor.pid());
    }
    for (long pid : all.values()) {
      Path status = Path.of("/proc", Long.toString(pid), "status");
      for (String line : Files.exists(status) ? Files.readAllLines(status) : List.<String>of()) {
        if (line.startsWith("VmRSS:")) {
          now += kibibytes(line);
        } else if (line.startsWith("VmHWM:")) {
          most += kibibytes(line);
        }
      }
    }
    return new Memory(now << 10, most << 10);
  }

  /** Zero where this machine does not tell. */
  public record Memory(long now, long most) {}

  private static long kibibytes(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }

  /** Removes a folder with all that is in it. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Stops it as an operator would, and by force where that takes too long. */
  @Override
  public void close() {
    Process running = supervisor;
    if (running == null || !running.isAlive()) {
      return;
    }
    running.destroy();
    try {
      if (!running.waitFor(STOPS.toSeconds(), TimeUnit.SECONDS)) {
        kill(ALL);
      }
    } catch (InterruptedException e) {
      running.destroyForcibly();
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      running.destroyForcibly();
    }
  }
}
