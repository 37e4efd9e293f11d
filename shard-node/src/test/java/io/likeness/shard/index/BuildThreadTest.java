package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BuildThreadTest {

  private static final int NICE_FIELD = 16;

  @Test
  void standsBehindOthers() throws IOException {
    Path self = Path.of("/proc/thread-self/stat");
    assumeTrue(Files.exists(self), "ranks of threads are read from /proc, which is not here");

    // Behind the name, which may hold spaces, the third field comes first.
    String[] fields =
        BuildThread.run(pool -> Files.readString(self)).replaceFirst(".*\\) ", "").split(" ", -1);

    assertThat(Integer.parseInt(fields[NICE_FIELD])).isEqualTo(5);
  }

  @Test
  void isTheOnlyOneOfItsPool() throws IOException {
    Set<Thread> seen = ConcurrentHashMap.newKeySet();

    BuildThread.run(
        pool ->
            pool.submit(
                    () ->
                        IntStream.range(0, 10_000)
                            .parallel()
                            .forEach(i -> seen.add(Thread.currentThread())))
                .join());

    assertThat(seen).hasSize(1).doesNotContain(Thread.currentThread());
  }

  @Test
  void passesFailuresOn() {
    IOException failure = new IOException("the disk is gone");
    assertThatThrownBy(
            () ->
                BuildThread.run(
                    pool -> {
                      throw failure;
                    }))
        .isSameAs(failure);
    assertThatThrownBy(
            () ->
                BuildThread.run(
                    pool -> {
                      throw new NoMemoryException("full");
                    }))
        .isInstanceOf(NoMemoryException.class);
    assertThatThrownBy(
            () ->
                BuildThread.run(
                    pool -> {
                      throw new IllegalStateException("a mistake");
                    }))
        .isInstanceOf(IllegalStateException.class);
  }
}
