package io.likeness.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What every {@link FailureCounter} promises. */
public abstract class FailureCounterContract {

  protected abstract FailureCounter counter();

  @Test
  void countsEachNameByItself() {
    FailureCounter counter = counter();
    counter.raise("a");
    counter.raise("a");
    counter.raise("b");

    assertThat(counter.count("a")).isEqualTo(2);
    assertThat(counter.count("b")).isEqualTo(1);
    assertThat(counter.count("c")).isZero();
  }

  @Test
  void startsAnewWhenCleared() {
    FailureCounter counter = counter();
    counter.raise("x");
    counter.clear("x");
    counter.clear("never counted");
    counter.raise("x");

    assertThat(counter.count("x")).isEqualTo(1);
  }

  @Test
  void losesNoFailureToAnotherAtTheSameTime() {
    FailureCounter counter = counter();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        threads.execute(() -> counter.raise("race"));
      }
    }

    assertThat(counter.count("race")).isEqualTo(20);
  }
}
