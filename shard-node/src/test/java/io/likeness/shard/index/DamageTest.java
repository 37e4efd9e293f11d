package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamageTest {

  @TempDir Path folder;

  @Test
  void knowsDamageThroughItsWrappings() {
    CorruptShardException known = new CorruptShardException("broken");
    for (Throwable failure :
        List.of(
            known,
            new UncheckedIOException(known),
            new ExecutionException(new IllegalStateException(known)),
            new EOFException("past the end"),
            new InternalError(
                "a fault occurred in a recent unsafe memory access operation in compiled Java code"))) {
      assertThat(Damage.of(failure)).as("%s", failure).isPresent();
    }
  }

  @Test
  void doesNotBlameTheFilesForAnythingElse() {
    for (Throwable failure :
        List.of(
            new IOException("No space left on device"),
            new IllegalStateException("a bug"),
            new InternalError("something else"),
            new OutOfMemoryError())) {
      assertThat(Damage.of(failure)).as("%s", failure).isEmpty();
    }
    assertThat(Damage.troubleOfTheDisk(new ShardClosedException("s"))).isEmpty();
    assertThat(Damage.troubleOfTheDisk(new RuntimeException(new IOException("x")))).isPresent();
  }

  /** Scores rows until the loop is compiled, takes the file away under it, and scores on. */
  static final class Scorer {
    public static void main(String[] args) throws IOException {
      Path file = Path.of(args[0]);
      int dimensions = 512;
      int rows = 2_000;
      Files.write(file, new byte[rows * dimensions * Float.BYTES]);
      float[] query = new float[dimensions];
      try (FileChannel channel =
              FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
          Arena arena = Arena.ofConfined()) {
        MemorySegment mapped =
            channel.map(FileChannel.MapMode.READ_ONLY, 0, Files.size(file), arena);
        float sum = 0;
        for (int round = 0; round < 100; round++) {
          sum += score(mapped, rows, query);
        }
        channel.truncate(0);
        for (int round = 0; round < 3; round++) {
          try {
            sum += score(mapped, rows, query);
            System.out.println("no error, " + sum);
          } catch (InternalError e) {
            System.out.println(Damage.of(e).isPresent() ? "damage" : "another: " + e);
          }
        }
      }
    }

    private static float score(MemorySegment mapped, int rows, float[] query) {
      float sum = 0;
      for (int row = 0; row < rows; row++) {
        sum += Dots.dot(mapped, (long) row * query.length * Float.BYTES, query);
      }
      return sum;
    }
  }

  /** In a process of its own: without the care that {@link Dots} takes, this ends the process. */
  @Test
  void outlivesAPageThatCannotBeRead() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.resolve("crash.log"),
                "-cp",
                System.getProperty("java.class.path"),
                Scorer.class.getName(),
                folder.resolve("rows").toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      List<String> lines;
      try (var output = process.inputReader()) {
        lines = output.lines().toList();
      }
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(lines).containsExactly("damage", "damage", "damage");
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
