package io.likeness.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.likeness.coordinator.plan.Deadline;
import io.likeness.node.process.SearchLimit;
import io.likeness.wire.RefusalKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who is let in, and in what order. */
class SearchGateTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  private record Entered(String who, SearchGate.Place place) {}

  private final BlockingQueue<Entered> entered = new LinkedBlockingQueue<>();

  private static SearchGate gate(int places, int queueMax, Duration patience) {
    return new SearchGate(
        new SearchLimit(places, places, System::nanoTime),
        new SearchGate.Waiting(queueMax, patience),
        new SimpleMeterRegistry());
  }

  /** Somebody comes, and is let in or waits; his refusal comes later, if at all. */
  private CompletableFuture<No> comes(SearchGate gate, String tenant, String who) {
    int before = gate.waiting() + gate.underWay();
    CompletableFuture<No> refused = new CompletableFuture<>();
    Thread.startVirtualThread(
        () -> {
          try {
            entered.add(new Entered(who, gate.enter(tenant, Deadline.in(SOON))));
          } catch (No no) {
            refused.complete(no);
          }
        });
    await().atMost(SOON).until(() -> gate.waiting() + gate.underWay() > before || refused.isDone());
    return refused;
  }

  private Entered next() throws InterruptedException {
    Entered next = entered.poll(SOON.toSeconds(), TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  @Test
  void tenantsTakeTurnsHoweverManyOneHasWaiting() throws Exception {
    SearchGate gate = gate(1, 100, SOON);
    comes(gate, "flood", "flood-0");
    for (int i = 1; i <= 4; i++) {
      comes(gate, "flood", "flood-" + i);
    }
    comes(gate, "quiet", "quiet-1");
    comes(gate, "quiet", "quiet-2");
    comes(gate, "third", "third-1");
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Entered now = next();
      order.add(now.who());
      assertThat(gate.underWay()).isEqualTo(1);
      now.place().close();
    }
    assertThat(order)
        .containsExactly(
            "flood-0", "flood-1", "quiet-1", "third-1", "flood-2", "quiet-2", "flood-3", "flood-4");
    assertThat(gate.underWay()).isZero();
    assertThat(gate.waiting()).isZero();
  }

  @Test
  void leavesOthersRoomToWaitIn() throws Exception {
    SearchGate gate = gate(1, 10, SOON);
    comes(gate, "flood", "first");
    CompletableFuture<No> refused = new CompletableFuture<>();
    for (int i = 0; i < 6; i++) {
      refused = comes(gate, "flood", "flood");
    }
    assertThat(refused.get(30, TimeUnit.SECONDS).refusal().getKind()).isEqualTo(RefusalKind.BUSY);
    assertThat(gate.waiting()).isEqualTo(5);
    comes(gate, "quiet", "quiet");
    assertThat(gate.waiting()).isEqualTo(6);
    while (gate.underWay() > 0) {
      next().place().close();
    }
  }

  @Test
  void refusesWhoWaitsTooLongAndLetsOthersIn() throws Exception {
    SearchGate gate = gate(1, 10, Duration.ofMillis(50));
    comes(gate, "a", "holder");
    No no = comes(gate, "b", "late").get(30, TimeUnit.SECONDS);
    assertThat(no.refusal().getKind()).isEqualTo(RefusalKind.BUSY);
    assertThat(no.refusal().getDetail()).contains("50 ms");
    assertThat(gate.waiting()).isZero();
    next().place().close();
    comes(gate, "b", "again");
    assertThat(next().who()).isEqualTo("again");
  }
}
