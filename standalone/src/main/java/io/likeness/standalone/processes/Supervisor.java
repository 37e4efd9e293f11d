package io.likeness.standalone.processes;

import io.likeness.standalone.CannotStart;
import io.likeness.standalone.DataFolder;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The processes of one data folder: starts them, starts again what dies, and takes them with it
 * when it ends. May be used by several threads.
 */
public final class Supervisor implements AutoCloseable {

  private static final Duration READY_MAX = Duration.ofMinutes(5);
  private static final Duration LEFTOVERS_MAX = Duration.ofSeconds(20);
  private static final long POLL_MILLIS = 100;

  private final DataFolder folder;
  private final Consumer<String> tell;
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

  /** In order of their start. Guarded by this. */
  private final Map<String, Child> children = new LinkedHashMap<>();

  private boolean closed;

  private Supervisor(DataFolder folder, Consumer<String> tell) {
    this.folder = folder;
    this.tell = tell;
  }

  /** Waits until what an earlier one left has ended; {@code tell} hears of trouble. */
  public static Supervisor open(DataFolder folder, Consumer<String> tell) throws IOException {
    Files.createDirectories(folder.run());
    Files.createDirectories(folder.logs());
    Supervisor supervisor = new Supervisor(folder, tell);
    supervisor.awaitLeftovers();
    return supervisor;
  }

  /**
   * A process as it is now.
   *
   * @param pid of the last one where none runs; 0 where there never was one
   * @param trouble why it was given up; empty where it was not
   */
  public record Status(ChildSpec spec, ChildState state, long pid, String trouble) {}

  /** Starts this process. */
  public void start(ChildSpec spec) {
    Child child = new Child(spec, folder.root(), tell, this::gaveUp);
    synchronized (this) {
      if (closed) {
        throw new CannotStart("it is being stopped");
      }
      if (children.putIfAbsent(spec.name(), child) != null) {
        throw new IllegalStateException("there is a process " + spec.name() + " already");
      }
    }
    child.start();
  }

  private void gaveUp(String reason) {
    tell.accept(reason);
    failure.compareAndSet(null, reason);
  }

  /** Why the first process that was given up was; empty while none was. */
  public Optional<String> failure() {
    return Optional.ofNullable(failure.get());
  }

  public synchronized List<Status> processes() {
    return children.values().stream()
        .map(child -> new Status(child.spec(), child.state(), child.pid(), child.trouble()))
        .toList();
  }

  /** Whether it says of itself that it serves; asks it. */
  public boolean isReady(String name) {
    return child(name).isReady();
  }

  public void kill(String name) {
    child(name).kill();
  }

  public void freeze(String name) {
    child(name).freeze();
  }

  /** Lets a frozen one go on, starts one that does not run; does nothing with one that runs. */
  public void heal(String name) {
    Child child = child(name);
    child.thaw();
    child.start();
  }

  /** Stops it cleanly; it can be healed. */
  public void stop(String name) {
    child(name).stop();
  }

  /** Stops it cleanly and for good. */
  public void remove(String name) {
    child(name).stop();
    synchronized (this) {
      children.remove(name);
    }
  }

  private synchronized Child child(String name) {
    Child child = children.get(name);
    if (child == null) {
      throw new IllegalArgumentException("there is no process " + name);
    }
    return child;
  }

  /** Returns once all of these serve; throws where one was given up, or after minutes. */
  public void awaitReady(Collection<String> names) {
    long deadline = System.nanoTime() + READY_MAX.toNanos();
    for (String name : names) {
      Child child = child(name);
      while (!child.isReady()) {
        // Any of them: the one waited for may need the other.
        for (String other : names) {
          if (child(other).state() == ChildState.GIVEN_UP) {
            throw new CannotStart(child(other).trouble());
          }
        }
        if (System.nanoTime() > deadline) {
          throw new CannotStart(
              name
                  + " is not ready after "
                  + READY_MAX.toSeconds()
                  + " s; see "
                  + folder.logs().resolve(name + ".log"));
        }
        try {
          Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new CannotStart("interrupted while starting", e);
        }
      }
    }
  }

  /**
   * Processes of a supervisor that was killed end by themselves; they must have, before their ports
   * and folders are taken again.
   */
  private void awaitLeftovers() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.run(), "*.pid")) {
      for (Path file : files) {
        String text = Files.readString(file).strip();
        Optional<ProcessHandle> leftover =
            text.matches("\\d{1,18}") ? ProcessHandle.of(Long.parseLong(text)) : Optional.empty();
        if (leftover.isPresent() && isOurs(leftover.get())) {
          // One that was frozen has not heard yet that it shall end.
          Signals.send(leftover.get(), Signals.CONTINUE);
          await(leftover.get());
        }
        Files.deleteIfExists(file);
      }
    }
  }

  /** A process id may have gone to somebody else since. */
  private boolean isOurs(ProcessHandle process) {
    return process
        .info()
        .arguments()
        .map(arguments -> List.of(arguments).stream().anyMatch(this::namesFolder))
        .orElse(false);
  }

  private boolean namesFolder(String argument) {
    return argument.startsWith(folder.root().toString());
  }

  private static void await(ProcessHandle process) {
    try {
      process.onExit().get(LEFTOVERS_MAX.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CannotStart("interrupted while starting", e);
    } catch (TimeoutException | ExecutionException e) {
      throw new CannotStart(
          "process " + process.pid() + " of an earlier start still runs: end it first", e);
    }
  }

  /** Stops all: the highest layer first, those of one layer side by side. */
  @Override
  public void close() {
    TreeMap<Integer, List<Child>> layers = new TreeMap<>();
    synchronized (this) {
      closed = true;
      children
          .values()
          .forEach(
              child ->
                  layers
                      .computeIfAbsent(child.spec().layer(), layer -> new ArrayList<>())
                      .add(child));
    }
    for (List<Child> layer : layers.descendingMap().values()) {
      List<Thread> stopping =
          layer.stream()
              .map(
                  child ->
                      Thread.ofVirtual().name("stop-" + child.spec().name()).start(child::stop))
              .toList();
      for (Thread thread : stopping) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          // Each ends by force after its own time; leaving before would leave processes behind.
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}
