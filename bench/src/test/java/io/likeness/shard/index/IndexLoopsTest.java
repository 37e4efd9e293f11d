package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The loops run and do what they are named for; how fast is not asked here. */
final class IndexLoopsTest {

  private final IndexLoops loops = new IndexLoops();

  @BeforeEach
  void make() throws IOException {
    loops.rows = 1_500;
    loops.dimensions = 64;
    loops.codeBytes = 32;
    loops.make();
  }

  @AfterEach
  void free() {
    loops.free();
  }

  @Test
  void scoresAreThoseOfTheRows() {
    assertThat(loops.dotNear()).isNotZero().isFinite();
    // The same rows by their codes: about the same sum of 1,024 cosines.
    assertThat(Math.abs(loops.codeNear() - loops.dotNear())).isLessThan(1_024 * 0.1f);
    assertThat(loops.dotFar()).isFinite();
    assertThat(loops.codeFar()).isFinite();
    assertThat(loops.codeScan()).isFinite();
    assertThat(loops.halvesNear()).isFinite();
    assertThat(loops.halvesFar()).isFinite();
  }

  @Test
  void walksKeepWhatTheyAreToldTo() {
    assertThat(loops.codeQuery().weights()).isNotEmpty();
    assertThat(loops.walk()).isEqualTo(64);
    assertThat(loops.frontier()).isEqualTo(64);
  }

  @Test
  void theRunnerKnowsThem() throws IOException {
    try (InputStream list = IndexLoops.class.getResourceAsStream("/META-INF/BenchmarkList")) {
      assertThat(list).isNotNull();
      assertThat(new String(list.readAllBytes(), StandardCharsets.UTF_8))
          .contains("IndexLoops_walk", "IndexLoops_codeFar");
    }
  }
}
