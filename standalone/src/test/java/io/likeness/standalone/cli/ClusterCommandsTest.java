package io.likeness.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterCommandsTest {

  @TempDir Path folder;

  private String out = "";
  private String err = "";

  private int run(String... arguments) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    ByteArrayOutputStream notes = new ByteArrayOutputStream();
    Console console =
        new Console(
            new PrintStream(lines, true, StandardCharsets.UTF_8),
            new PrintStream(notes, true, StandardCharsets.UTF_8),
            false);
    List<String> all = new ArrayList<>(List.of("cluster"));
    all.addAll(List.of(arguments));
    int code = Likeness.run(console, all.toArray(String[]::new));
    out = lines.toString(StandardCharsets.UTF_8);
    err = notes.toString(StandardCharsets.UTF_8);
    return code;
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "scale 2", "replicas 1", "restart", "kill node-1", "down"})
  void saysThatNoClusterRunsOnTheFolder(String order) {
    List<String> words = new ArrayList<>(List.of(order.split(" ", -1)));
    words.addAll(List.of("--data", folder.toString()));

    assertThat(run(words.toArray(String[]::new))).isEqualTo(Exit.FAILED);

    assertThat(err)
        .isEqualTo(
            "likeness: no cluster runs on "
                + folder
                + ": start it with ./likeness cluster up, or name its folder with --data\n");
  }

  @Test
  void saysThatAClusterThatWasKilledDoesNotAnswer() throws IOException {
    Files.writeString(folder.resolve("control.json"), "{\"port\": 1, \"secret\": \"x\"}");

    assertThat(run("status", "--data", folder.toString())).isEqualTo(Exit.FAILED);

    assertThat(err).startsWith("likeness: the cluster on " + folder + " does not answer: ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"up", "status", "scale", "replicas", "restart", "kill", "freeze", "heal", "down"})
  void tellsWhatEachIsFor(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(out).contains("likeness cluster " + command).contains("Exit codes:");
  }

  @Test
  void refusesWhatIsNoNumber() {
    assertThat(run("scale", "many")).isEqualTo(Exit.USAGE);
    assertThat(err).contains("many").contains("likeness cluster scale --help tells more");
  }
}
