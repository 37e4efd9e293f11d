package io.likeness.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TraceTest {

  @Test
  void aChildKeepsTheTraceAndNamesANewStep() {
    Trace trace = Trace.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    Trace child = trace.child();
    assertThat(child.traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(child).isNotEqualTo(trace);
    assertThat(Trace.parse(child.traceparent())).isEqualTo(child);
  }

  @Test
  void aWrongHeaderGivesAFreshTrace() {
    for (String bad :
        List.of(
            "",
            "00-0-0-0",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "x".repeat(5000))) {
      assertThat(Trace.parse(bad).traceparent()).isNotEqualTo(bad);
    }
    assertThat(Trace.parse(null).traceId()).hasSize(32);
  }
}
