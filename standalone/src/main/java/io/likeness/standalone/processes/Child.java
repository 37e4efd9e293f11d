package io.likeness.standalone.processes;

import io.likeness.node.process.ParentWatch;
import io.likeness.standalone.CannotStart;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One process kept running: started, watched by a thread of its own, started again when it dies.
 *
 * <pre>
 * running --dies--> pausing --pause over--> running
 * running --dies too often--> given up
 * any --stop--> stopped
 * </pre>
 */
final class Child {

  private static final Duration STOP_MAX = Duration.ofSeconds(15);
  private static final int PROBE_MILLIS = 2_000;
  private static final String SAID_AT_EVERY_START = "WARNING: Using incubator modules";

  /** What never came up will not by trying on: a wrong setting, say. */
  private static final int FIRST_STARTS_MAX = 3;

  private final ChildSpec spec;
  private final Path folder;
  private final Consumer<String> tell;
  private final Consumer<String> giveUp;
  private final Backoff backoff = new Backoff();
  private final Thread keeper;
  private boolean stopping;
  private volatile boolean wasReady;
  private @Nullable Process process;

  private Child(ChildSpec spec, Path folder, Consumer<String> tell, Consumer<String> giveUp) {
    this.spec = spec;
    this.folder = folder;
    this.tell = tell;
    this.giveUp = giveUp;
    this.keeper =
        Thread.ofPlatform().name("keep-" + spec.name()).daemon(true).unstarted(this::keep);
  }

  /** Starts it below this data folder; {@code tell} hears what it warns of and that it died. */
  static Child start(ChildSpec spec, Path folder, Consumer<String> tell, Consumer<String> giveUp) {
    Child child = new Child(spec, folder, tell, giveUp);
    child.launch();
    child.keeper.start();
    return child;
  }

  String name() {
    return spec.name();
  }

  private synchronized @Nullable Process launch() {
    if (stopping) {
      return null;
    }
    try {
      ProcessBuilder builder = new ProcessBuilder(command()).redirectErrorStream(true);
      // These speak to the launcher and its commands; a role would take them for its own keys.
      builder.environment().keySet().removeIf(name -> name.startsWith("LIKENESS_"));
      Process started = builder.start();
      process = started;
      Path pid = folder.resolve("run").resolve(spec.name() + ".pid");
      Path written = pid.resolveSibling(spec.name() + ".pid.new");
      Files.writeString(written, started.pid() + "\n");
      Files.move(written, pid, StandardCopyOption.ATOMIC_MOVE);
      Thread.ofVirtual().name("hear-" + spec.name()).start(() -> hear(started));
      return started;
    } catch (IOException e) {
      throw new CannotStart("cannot start " + spec.name() + ": " + e.getMessage(), e);
    }
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    // Ctrl-C reaches every process of a terminal at once; these stop when the supervisor says so.
    // What a shell ignores, the program it becomes ignores too.
    command.addAll(List.of("/bin/sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JvmFlags.inherited());
    command.add("-D" + ParentWatch.PROPERTY + "=true");
    command.add("-Dlogback.configurationFile=logback-file.xml");
    command.add("-Dlikeness.log=" + folder.resolve("logs").resolve(spec.name()));
    command.add("-XX:+ExitOnOutOfMemoryError");
    command.addAll(spec.flags());
    command.addAll(JvmFlags.wished(System.getenv()));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(spec.mainClass());
    command.addAll(spec.arguments());
    return command;
  }

  private void hear(Process from) {
    try (BufferedReader lines = from.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith(SAID_AT_EVERY_START)) {
          tell.accept(spec.name() + ": " + line);
        }
      }
    } catch (IOException e) {
      // It ended in the middle of a line; its keeper tells that it did.
    }
  }

  private void keep() {
    try {
      Process current = current();
      int starts = 1;
      while (current != null) {
        long born = System.nanoTime();
        int status = current.waitFor();
        if (isStopping()) {
          return;
        }
        Duration pause = backoff.after(Duration.ofNanos(System.nanoTime() - born));
        if (pause.isNegative() || (!wasReady && starts == FIRST_STARTS_MAX)) {
          giveUp.accept(
              spec.name()
                  + " died again and again soon after its start, last with status "
                  + status
                  + "; see logs/"
                  + spec.name()
                  + ".log");
          return;
        }
        tell.accept(
            spec.name()
                + " ended with status "
                + status
                + "; starting it again in "
                + pause.toMillis()
                + " ms");
        Thread.sleep(pause);
        starts++;
        current = launch();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (CannotStart e) {
      giveUp.accept(String.valueOf(e.getMessage()));
    }
  }

  private synchronized @Nullable Process current() {
    return process;
  }

  private synchronized boolean isStopping() {
    return stopping;
  }

  /** Whether it says of itself that it serves. */
  boolean isReady() {
    boolean ready =
        spec.readyPort() == 0 ? isOpen(spec.openPort()) : answersReady(spec.readyPort());
    if (ready) {
      wasReady = true;
    }
    return ready;
  }

  private static boolean isOpen(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), PROBE_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean answersReady(int port) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + "/health/ready").toURL().openConnection();
      connection.setConnectTimeout(PROBE_MILLIS);
      connection.setReadTimeout(PROBE_MILLIS);
      try {
        return connection.getResponseCode() == 200;
      } finally {
        connection.disconnect();
      }
    } catch (IOException e) {
      return false;
    }
  }

  /** Stops it for good: cleanly, and by force where that takes too long. */
  void stop() {
    Process last;
    synchronized (this) {
      stopping = true;
      last = process;
    }
    keeper.interrupt();
    if (last == null) {
      return;
    }
    last.destroy();
    try {
      if (!last.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        tell.accept(
            spec.name() + " did not stop within " + STOP_MAX.toSeconds() + " s: ended by force");
        last.destroyForcibly().waitFor();
      }
      Files.deleteIfExists(folder.resolve("run").resolve(spec.name() + ".pid"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      last.destroyForcibly();
    } catch (IOException e) {
      // A file that stays names a process that is gone; the next start looks for that.
    }
  }
}
