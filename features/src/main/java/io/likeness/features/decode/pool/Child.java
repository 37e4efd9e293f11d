package io.likeness.features.decode.pool;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The pool's end of one decoding process. Used by one thread at a time; {@link #kill} may come from
 * another.
 */
final class Child implements AutoCloseable {

  private static final Duration STOP_MAX = Duration.ofSeconds(2);

  /** Heap, code and threads of an idle JVM; the rest of a process's memory is for pictures. */
  private static final long OWN_BYTES = 96L << 20;

  /** What a JVM needs to start; secrets of the parent are none of a decoder's business. */
  private static final Set<String> VARIABLES =
      Set.of("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SystemRoot", "TZ");

  /** Of what it says on its error output, kept for the log. */
  private static final int COMPLAINT_MAX = 2_000;

  private final Process process;
  private final DataInputStream in;
  private final DataOutputStream out;
  private final StringBuffer complaint = new StringBuffer();
  private int pictures;

  private Child(Process process) {
    this.process = process;
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream(), 1 << 13));
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 13));
    Thread.ofVirtual().name("hear-decoder-" + process.pid()).start(this::hear);
  }

  /** Starts a process and waits until it says that it is ready. */
  static Child start(List<String> command, Path temporary) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().retainAll(VARIABLES);
    builder.directory(temporary.toFile());
    Child child = new Child(builder.start());
    try {
      int said = child.in.readInt();
      if (said != Wire.READY) {
        throw new IOException("it began with %08x instead of being ready".formatted(said));
      }
      return child;
    } catch (IOException failed) {
      child.kill();
      child.awaitEnd();
      throw new IOException(
          "a decoding process did not start: %s; it said: %s"
              .formatted(failed.getMessage(), child.complaint()),
          failed);
    }
  }

  /** This JVM's java and class path, with a heap for pictures and a compiler for short work. */
  static List<String> command(PoolConfig config, Path temporary) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    long heap = (config.memoryBytes() - OWN_BYTES) >> 20;
    command.add("-Xmx" + heap + "m");
    command.add("-Xms24m");
    // What a decoder throws away is collected soon, so that a process stays small.
    command.add("-Xmn16m");
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:CICompilerCount=2",
            "-XX:ReservedCodeCacheSize=32m",
            "-XX:-UsePerfData",
            "-XX:+DisplayVMOutputToStderr",
            "-XX:-CreateCoredumpOnCrash",
            "-Xshare:auto",
            "-Djava.awt.headless=true",
            "-Djava.io.tmpdir=" + temporary,
            "-XX:ErrorFile=" + temporary.resolve("crash-%p.log"),
            "-cp",
            classPath(),
            DecoderChild.class.getName()));
    return command;
  }

  /** Its own folder is another, so that no place may be a relative one. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(place -> Path.of(place).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  long pid() {
    return process.pid();
  }

  int pictures() {
    return pictures;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Processor time it has used so far; empty where the system does not tell. */
  Optional<Duration> processorTime() {
    return process.info().totalCpuDuration();
  }

  Wire.Answer decode(Wire.Question question) throws IOException {
    pictures++;
    Wire.ask(out, question);
    return Wire.answer(in);
  }

  void kill() {
    process.destroyForcibly();
  }

  String complaint() {
    return complaint.isEmpty() ? "nothing" : complaint.toString().strip();
  }

  /** What it prints is read without end, so that it never waits for a reader; little is kept. */
  private void hear() {
    byte[] part = new byte[1 << 12];
    try (InputStream error = process.getErrorStream()) {
      for (int count = error.read(part); count >= 0; count = error.read(part)) {
        int room = COMPLAINT_MAX - complaint.length();
        complaint.append(
            new String(part, 0, Math.min(count, Math.max(0, room)), StandardCharsets.UTF_8));
      }
    } catch (IOException ended) {
      // With its process; there is nothing more to hear.
    }
  }

  /** Its input ends, and so it does; by force where that takes too long. */
  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException alreadyGone) {
      // Then there is nothing to tell it.
    }
    awaitEnd();
  }

  private void awaitEnd() {
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
