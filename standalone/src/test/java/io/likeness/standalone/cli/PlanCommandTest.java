package io.likeness.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class PlanCommandTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void printsItsArithmetic() {
    assertThat(run("plan", "--images", "20M", "--qps", "50", "--p99", "1s")).isEqualTo(Exit.OK);

    // 20 M fit 17 slots of 1.2 M at least, so 32; twice 148 bytes each.
    assertThat(text(out))
        .containsPattern("slots +32 +the power of two .*: 625,000 each")
        .containsPattern("memory for graphs +6 GiB +20,000,000 images x 2 replicas x 148 bytes")
        .containsPattern("expected search time +p50 ");
  }

  @Test
  void printsJson() throws Exception {
    assertThat(run("plan", "--images", "20M", "--qps", "50", "--json")).isEqualTo(Exit.OK);

    JsonNode plan = new ObjectMapper().readTree(text(out));
    assertThat(plan.path("slots").asInt()).isEqualTo(32);
    assertThat(plan.path("arithmetic")).hasSizeGreaterThan(10);
  }

  @Test
  void refusesNonsenseInOneLine() {
    assertThat(run("plan", "--images", "many", "--qps", "50")).isEqualTo(Exit.USAGE);
    assertThat(run("plan", "--images", "1M", "--qps", "50", "--memory", "lots"))
        .isEqualTo(Exit.USAGE);
    assertThat(run("plan", "--images", "1M", "--qps", "50", "--vectors", "int4"))
        .isEqualTo(Exit.USAGE);
    assertThat(run("plan", "--images", "9B", "--qps", "50")).isEqualTo(Exit.USAGE);

    assertThat(text(err).lines())
        .satisfiesExactly(
            line -> assertThat(line).contains("--images is \"many\""),
            line -> assertThat(line).contains("--memory is \"lots\""),
            line -> assertThat(line).contains("--vectors is \"int4\""),
            line -> assertThat(line).contains("--images is 9,000,000,000, not 1 to 4,000,000,000"));
  }

  private int run(String... args) {
    return Likeness.run(
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false),
        args);
  }

  private static String text(ByteArrayOutputStream bytes) {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
