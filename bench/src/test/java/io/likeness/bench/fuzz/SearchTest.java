package io.likeness.bench.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.picture.Pictures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SearchTest {

  /** No file that is fine takes as long, one that hangs takes longer than anybody waits. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir Path folder;

  private static byte[] file(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static FuzzChild frail() throws IOException {
    return FuzzChild.start(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx32m",
            "-cp",
            System.getProperty("java.class.path"),
            FrailMain.class.getName()),
        PATIENCE);
  }

  @Test
  void goesOnAfterFilesThatEndAProcess() throws IOException {
    List<String> judged = new ArrayList<>();
    List<String> found = new ArrayList<>();
    Search.Judge judge =
        suspect -> {
          judged.add(new String(suspect, StandardCharsets.US_ASCII));
          return suspect[0] == FrailMain.HANG ? Optional.of("it hangs") : Optional.empty();
        };
    try (Search search =
        new Search(
            SearchTest::frail,
            judge,
            (harmful, harm) -> found.add(harm),
            Search.Guide.COVERAGE,
            new Random(1))) {
      for (String name : List.of("a", "X1", "H2", "E3", "b")) {
        search.begin(file(name));
      }

      Search.State state = search.state();
      assertThat(state.tried()).isEqualTo(5);
      assertThat(state.decoded()).isEqualTo(2);
      assertThat(state.probes()).isEqualTo(3);
      assertThat(state.exhausted()).isEqualTo(1);
      assertThat(judged).containsExactly("X1", "H2");
      assertThat(found).containsExactly("it hangs");
      assertThat(state.found()).isEqualTo(1);
    }
  }

  @Test
  void keepsFilesThatTakeNewBranchesWhereItIsGuidedByThem() throws IOException {
    assertThat(keptOf(Search.Guide.COVERAGE, "a", "a again", "b", "E", "a")).isEqualTo("abE");
    // All but the one that takes all memory end in the same way.
    assertThat(keptOf(Search.Guide.OUTCOMES, "a", "a again", "b", "E", "a")).isEqualTo("aE");
  }

  private static String keptOf(Search.Guide guide, String... files) throws IOException {
    StringBuilder kept = new StringBuilder();
    try (Search search =
        new Search(
            SearchTest::frail,
            suspect -> Optional.empty(),
            (harmful, harm) -> {},
            guide,
            new Random(1))) {
      for (String name : files) {
        if (search.show(file(name))) {
          kept.append(name);
        }
      }
    }
    return kept.toString();
  }

  @Test
  void tellsTheBranchesOfEveryReader() throws IOException {
    Instrumented instrumented = Instrumented.make(folder);
    assertThat(instrumented.probes()).isGreaterThan(10_000);
    try (FuzzChild child =
        FuzzChild.start(FuzzChild.command(instrumented, folder), Duration.ofMinutes(1))) {
      FuzzChild.Answer png = child.decode(Pictures.png(1));
      FuzzChild.Answer again = child.decode(Pictures.png(1));
      FuzzChild.Answer bmp = child.decode(Pictures.bmp(1));

      assertThat(png.decoded()).isTrue();
      // Of the JDK's reader and of our own header parser together.
      assertThat(png.fresh()).hasSizeGreaterThan(150);
      assertThat(again.fresh()).hasSizeLessThan(20);
      assertThat(bmp.decoded()).isTrue();
      assertThat(bmp.fresh()).hasSizeGreaterThan(100).doesNotContainAnyElementsOf(png.fresh());
      assertThat(child.decode(file("no picture")).decoded()).isFalse();
    }
  }

  @Test
  void searchesAndKeepsWhatGotFurther() throws IOException {
    Path kept = folder.resolve("kept");
    int code =
        new CommandLine(new FuzzCommand())
            .execute(
                "--seconds=60",
                "--files=400",
                "--seed=1",
                "--keep=" + kept,
                "--findings=" + folder.resolve("findings"));

    assertThat(code).isZero();
    assertThat(folder.resolve("findings")).doesNotExist();
    try (Stream<Path> files = Files.list(kept)) {
      assertThat(files).isNotEmpty();
    }
    assertThat(new CommandLine(new FuzzCommand()).execute("--guide=luck")).isEqualTo(2);
  }
}
