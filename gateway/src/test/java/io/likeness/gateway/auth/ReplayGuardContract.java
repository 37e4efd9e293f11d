package io.likeness.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every {@link ReplayGuard} promises. */
public abstract class ReplayGuardContract {

  protected abstract ReplayGuard guard();

  /** Returns once this much time has passed for the guard. */
  protected abstract void pass(Duration time);

  @Test
  void remembersTheFirstConnectionOfEachSignature() {
    ReplayGuard guard = guard();

    assertThat(guard.firstSeenOn("s1", "c1", Duration.ofMinutes(16))).isEmpty();
    assertThat(guard.firstSeenOn("s1", "c2", Duration.ofMinutes(16))).contains("c1");
    assertThat(guard.firstSeenOn("s1", "c3", Duration.ofMinutes(16))).contains("c1");
    assertThat(guard.firstSeenOn("s2", "c2", Duration.ofMinutes(16))).isEmpty();
  }

  @Test
  void forgetsASignatureWhenItsTimeIsOver() {
    ReplayGuard guard = guard();
    guard.firstSeenOn("long", "c1", Duration.ofMinutes(16));
    guard.firstSeenOn("short", "c1", Duration.ofSeconds(1));

    pass(Duration.ofSeconds(2));

    assertThat(guard.firstSeenOn("long", "c2", Duration.ofMinutes(16))).contains("c1");
    assertThat(guard.firstSeenOn("short", "c2", Duration.ofSeconds(1))).isEmpty();
  }

  @Test
  void letsOnlyOneOfManyBeTheFirst() throws Exception {
    ReplayGuard guard = guard();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Optional<String>>> attempts =
          IntStream.range(0, 50)
              .mapToObj(
                  i ->
                      (Callable<Optional<String>>)
                          () -> guard.firstSeenOn("race", "c" + i, Duration.ofMinutes(1)))
              .toList();
      int first = 0;
      for (Future<Optional<String>> attempt : threads.invokeAll(attempts)) {
        first += attempt.get().isEmpty() ? 1 : 0;
      }
      assertThat(first).isEqualTo(1);
    }
  }
}
