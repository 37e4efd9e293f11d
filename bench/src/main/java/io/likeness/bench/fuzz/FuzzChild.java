package io.likeness.bench.fuzz;

import io.likeness.features.decode.pool.PoolConfig;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The search's end of a process with instrumented decoders. Used by one thread. */
final class FuzzChild implements AutoCloseable {

  /** As a role's decoding process has of its memory for pictures. */
  private static final long HEAP_MIB = (PoolConfig.MEMORY_BYTES_DEFAULT >> 20) - 96;

  private static final Duration STOP_MAX = Duration.ofSeconds(2);

  private final Process process;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final Duration patience;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("fuzz-watch").daemon(true).unstarted(task));

  /**
   * What a file did.
   *
   * @param end the way it ended, the same for files that are alike in this
   * @param cpu processor time of the whole process
   * @param fresh probes that no file before has hit in this process
   * @param spoilt whether the process ends with it
   */
  record Answer(String end, boolean decoded, Duration cpu, List<Integer> fresh, boolean spoilt) {}

  private FuzzChild(Process process, Duration patience) {
    this.process = process;
    this.patience = patience;
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 13));
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
  }

  static List<String> command(Instrumented instrumented, Path temporary) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx" + HEAP_MIB + "m",
        "-Xms24m",
        "-XX:+UseSerialGC",
        "-XX:+DisplayVMOutputToStderr",
        "-XX:-CreateCoredumpOnCrash",
        "-XX:ErrorFile=" + temporary.resolve("crash-%p.log"),
        "-Djava.awt.headless=true",
        "-Djava.io.tmpdir=" + temporary,
        "--patch-module",
        "java.desktop=" + instrumented.desktop(),
        "-cp",
        instrumented.classes() + File.pathSeparator + Instrumented.classPath(),
        FuzzMain.class.getName());
  }

  /**
   * @param patience after which a file that has not ended is ended with the process
   */
  static FuzzChild start(List<String> command, Duration patience) throws IOException {
    Process process =
        new ProcessBuilder(new ArrayList<>(command))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    FuzzChild child = new FuzzChild(process, patience);
    try {
      int said = child.in.readInt();
      if (said != FuzzMain.READY) {
        throw new IOException("it began with %08x instead of being ready".formatted(said));
      }
      return child;
    } catch (IOException failed) {
      child.close();
      throw new IOException("a process to fuzz in did not start: " + failed.getMessage(), failed);
    }
  }

  /** Throws where the process ended over the file. */
  Answer decode(byte[] file) throws IOException {
    ScheduledFuture<?> end =
        watch.schedule(
            () -> {
              process.destroyForcibly();
            },
            patience.toMillis(),
            TimeUnit.MILLISECONDS);
    try {
      out.writeInt(file.length);
      out.write(file);
      out.flush();
      String kind = in.readUTF();
      boolean decoded = in.readBoolean();
      Duration cpu = Duration.ofNanos(in.readLong());
      int count = in.readInt();
      List<Integer> fresh = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        fresh.add(in.readInt());
      }
      return new Answer(kind, decoded, cpu, fresh, in.readBoolean());
    } finally {
      end.cancel(false);
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
    try {
      out.close();
    } catch (IOException alreadyGone) {
      // Then there is nothing to tell it.
    }
    try {
      if (!process.waitFor(STOP_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
