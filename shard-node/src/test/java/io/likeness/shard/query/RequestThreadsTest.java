package io.likeness.shard.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RequestThreadsTest {

  private final Vertx vertx = Vertx.vertx();
  private RequestThreads threads;

  @BeforeEach
  void open() {
    threads = new RequestThreads(vertx, 2);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private Future<String> ask(CountDownLatch gate) {
    return threads.answer(
        () -> {
          gate.await();
          return "answered";
        },
        (kind, detail) -> kind + " " + detail);
  }

  private static String result(Future<String> answer) throws Exception {
    return answer.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @Test
  void refusesWhatIsMoreThanItsMost() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Future<String> first = ask(gate);
    Future<String> second = ask(gate);

    assertThat(result(ask(gate))).startsWith("BUSY 2 requests");
    gate.countDown();
    assertThat(result(first)).isEqualTo("answered");
    assertThat(result(second)).isEqualTo("answered");
  }

  @Test
  void answersWhatItHasTakenBeforeItEndsAndTakesNothingMore() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    Future<String> taken = ask(gate);
    Thread closing = Thread.startVirtualThread(threads::close);
    while (!result(ask(new CountDownLatch(0))).startsWith("UNAVAILABLE")) {
      Thread.onSpinWait();
    }
    assertThat(closing.isAlive()).isTrue();

    gate.countDown();

    assertThat(result(taken)).isEqualTo("answered");
    assertThat(closing.join(java.time.Duration.ofSeconds(30))).isTrue();
  }
}
