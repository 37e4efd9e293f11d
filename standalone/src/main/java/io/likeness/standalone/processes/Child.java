package io.likeness.standalone.processes;

import io.likeness.node.config.HostPort;
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
 * One process kept running: started, watched by a thread of its own, started again when it dies
 * unless that was wanted.
 *
 * <pre>
 * RUNNING --dies--> PAUSING --pause over--> RUNNING
 * RUNNING --dies too often--> GIVEN_UP
 * RUNNING --freeze--> FROZEN --thaw--> RUNNING
 * any --kill--> KILLED
 * any --stop--> STOPPED
 * KILLED, GIVEN_UP, STOPPED --start--> RUNNING
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
  private ChildState state = ChildState.STOPPED;

  /** Why it was given up; empty otherwise. */
  private String trouble = "";

  private volatile boolean wasReady;
  private @Nullable Process process;
  private @Nullable Thread keeper;

  /** {@code tell} hears what it warns of and that it died. */
  Child(ChildSpec spec, Path folder, Consumer<String> tell, Consumer<String> giveUp) {
    this.spec = spec;
    this.folder = folder;
    this.tell = tell;
    this.giveUp = giveUp;
  }

  /** Starts what does not run, and keeps it running. */
  synchronized void start() {
    if (state.isKept()) {
      return;
    }
    state = ChildState.RUNNING;
    trouble = "";
    Process first;
    try {
      first = launch();
    } catch (CannotStart e) {
      state = ChildState.GIVEN_UP;
      throw e;
    }
    keeper = Thread.ofPlatform().name("keep-" + spec.name()).daemon(true).start(() -> keep(first));
  }

  ChildSpec spec() {
    return spec;
  }

  String name() {
    return spec.name();
  }

  private synchronized Process launch() {
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
      // Reading from a pipe holds on to the thread below a virtual one: a few of these would leave
      // none for anything else.
      Thread.ofPlatform().name("hear-" + spec.name()).daemon(true).start(() -> hear(started));
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

  private void keep(Process first) {
    Backoff backoff = new Backoff();
    try {
      Process current = first;
      for (int starts = 1; ; starts++) {
        long born = System.nanoTime();
        int status = current.waitFor();
        Duration pause = backoff.after(Duration.ofNanos(System.nanoTime() - born));
        boolean last = pause.isNegative() || (!wasReady && starts == FIRST_STARTS_MAX);
        synchronized (this) {
          if (process != current || !state.isKept()) {
            return;
          }
          if (last) {
            gaveUp(
                spec.name()
                    + " died again and again soon after its start, last with status "
                    + status
                    + "; see logs/"
                    + spec.name()
                    + ".log");
            return;
          }
          state = ChildState.PAUSING;
        }
        tell.accept(
            spec.name()
                + " ended with status "
                + status
                + "; starting it again in "
                + pause.toMillis()
                + " ms");
        Thread.sleep(pause);
        synchronized (this) {
          if (state != ChildState.PAUSING) {
            return;
          }
          state = ChildState.RUNNING;
          try {
            current = launch();
          } catch (CannotStart e) {
            gaveUp(String.valueOf(e.getMessage()));
            return;
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void gaveUp(String reason) {
    state = ChildState.GIVEN_UP;
    trouble = reason;
    giveUp.accept(reason);
  }

  synchronized ChildState state() {
    return state;
  }

  /** Why it was given up; empty where it was not. */
  synchronized String trouble() {
    return trouble;
  }

  /** Of the process that runs, or ran last; 0 where there never was one. */
  synchronized long pid() {
    return process == null ? 0 : process.pid();
  }

  /** Whether it says of itself that it serves. */
  boolean isReady() {
    boolean ready =
        state() == ChildState.RUNNING
            && switch (spec.probe()) {
              case OPEN -> isOpen(spec.probed());
              case HEALTH -> answersReady(spec.probed());
            };
    if (ready) {
      wasReady = true;
    }
    return ready;
  }

  private static boolean isOpen(HostPort where) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(where.host(), where.port()), PROBE_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean answersReady(HostPort where) {
    try {
      HttpURLConnection connection =
          (HttpURLConnection)
              URI.create("http://" + where + "/health/ready").toURL().openConnection();
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

  /** Stops it dead, without a word and for no time to run on; it stays so until started. */
  void freeze() {
    synchronized (this) {
      if (state != ChildState.RUNNING || process == null) {
        throw new IllegalStateException(spec.name() + " is " + state.text() + ", not running");
      }
      Signals.send(process.toHandle(), Signals.STOP);
      state = ChildState.FROZEN;
    }
  }

  void thaw() {
    synchronized (this) {
      if (state == ChildState.FROZEN && process != null) {
        Signals.send(process.toHandle(), Signals.CONTINUE);
        state = ChildState.RUNNING;
      }
    }
  }

  /** SIGKILL; it stays dead until started. */
  void kill() {
    Process last = end(ChildState.KILLED);
    if (last != null) {
      try {
        last.destroyForcibly().waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Stops it cleanly, and by force where that takes too long; it stays so until started. */
  void stop() {
    Process last = end(ChildState.STOPPED);
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

  /** The process to end, which nobody keeps any more; a frozen one can hear of it. */
  private synchronized @Nullable Process end(ChildState wanted) {
    if (state == ChildState.FROZEN && process != null) {
      Signals.send(process.toHandle(), Signals.CONTINUE);
    }
    state = wanted;
    if (keeper != null) {
      keeper.interrupt();
    }
    return process;
  }
}
