package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CoreGateTest {

  private final CoreGate gate = new CoreGate(2);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<String> begun = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  /** Enters on a thread of its own, and notes when it could. */
  private Future<?> begin(String name, Lane lane) {
    return threads.submit(
        () -> {
          gate.enter(lane);
          begun.add(name);
        });
  }

  private void assertBegins(Future<?> asked) throws Exception {
    asked.get(30, TimeUnit.SECONDS);
  }

  private void awaitWaiting(Lane lane) {
    Awaitility.await().until(() -> gate.waiting(lane) > 0);
  }

  private void assertWaits(Future<?> asked) {
    assertThat(asked.isDone()).isFalse();
  }

  @Test
  void letsAQueryBeginWhileAnImportHoldsEveryCore() throws Exception {
    gate.enter(Lane.INGEST);
    gate.enter(Lane.INGEST);

    assertBegins(begin("query", Lane.QUERY));
  }

  @Test
  void letsNoImportBeginWhereQueriesHoldTheCores() throws Exception {
    gate.enter(Lane.QUERY);
    gate.enter(Lane.INGEST);
    Future<?> waiting = begin("import", Lane.INGEST);
    awaitWaiting(Lane.INGEST);
    assertBegins(begin("query", Lane.QUERY));
    assertWaits(waiting);

    gate.leave(Lane.INGEST);
    // Two queries still hold both cores.
    assertWaits(waiting);
    gate.leave(Lane.QUERY);

    assertBegins(waiting);
    assertThat(begun).containsExactly("query", "import");
  }

  @Test
  void runsAsManyPicturesAsThereAreCores() throws Exception {
    gate.enter(Lane.INGEST);
    gate.enter(Lane.INGEST);
    Future<?> third = begin("third", Lane.INGEST);
    awaitWaiting(Lane.INGEST);
    assertWaits(third);

    gate.leave(Lane.INGEST);

    assertBegins(third);
  }

  @Test
  void letsAnImportThroughAStreamOfQueries() throws Exception {
    gate.enter(Lane.QUERY);
    gate.enter(Lane.QUERY);
    Future<?> patient = begin("import", Lane.INGEST);
    awaitWaiting(Lane.INGEST);
    int before = 0;
    // Another query waits already whenever one ends, so no core is ever free.
    while (!begun.contains("import")) {
      Future<?> next = begin("query", Lane.QUERY);
      if (before < CoreGate.PASSED_BY_MAX) {
        awaitWaiting(Lane.QUERY);
      }
      gate.leave(Lane.QUERY);
      assertBegins(next);
      before++;
      assertThat(before).isLessThan(1_000);
    }

    assertBegins(patient);
    assertThat(begun.indexOf("import")).isGreaterThanOrEqualTo(CoreGate.PASSED_BY_MAX - 1);
  }
}
