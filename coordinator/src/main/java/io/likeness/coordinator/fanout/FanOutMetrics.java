package io.likeness.coordinator.fanout;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** What a coordinator tells of its questions to shards. */
final class FanOutMetrics {

  private final Counter questions;
  private final Counter hedges;
  private final Counter hedgesWon;
  private final Counter probes;
  private final Counter next;

  FanOutMetrics(MeterRegistry registry) {
    this.questions = registry.counter("likeness.fanout.questions");
    this.hedges = registry.counter("likeness.fanout.hedges");
    this.hedgesWon = registry.counter("likeness.fanout.hedges.won");
    this.probes = registry.counter("likeness.fanout.probes");
    this.next = registry.counter("likeness.fanout.next.asked");
  }

  /** A slot is asked something. */
  void asked() {
    questions.increment();
  }

  /** A second replica is asked, since the first takes long. */
  void hedged() {
    hedges.increment();
  }

  void hedgeWon() {
    hedgesWon.increment();
  }

  void probed() {
    probes.increment();
  }

  /** The next replica is asked, since one could not answer. */
  void triedNext() {
    next.increment();
  }
}
