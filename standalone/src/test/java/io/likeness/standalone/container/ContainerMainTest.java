package io.likeness.standalone.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.node.cluster.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As a container starts it: in a process of its own, which ends by itself. */
class ContainerMainTest {

  @TempDir Path folder;

  private record Ended(int status, String said) {}

  @Test
  void givesTheRestToTheRoleThatIsNamed() throws Exception {
    for (Role role : Role.values()) {
      assertThat(ContainerMain.role(role.text())).contains(role);
    }
    Ended ended = start("shard-node", "--config", folder.resolve("absent.properties").toString());
    assertThat(ended.said()).contains("shard-node: ", "cannot read ", "absent.properties");
    assertThat(ended.status()).isEqualTo(2);
  }

  @Test
  void takesOtherWordsForACommand() throws Exception {
    Ended ended = start("no-such-command");
    assertThat(ended.said()).contains("likeness: ", "no-such-command");
    assertThat(ended.status()).isEqualTo(2);
  }

  @Test
  void asksForAWord() throws Exception {
    assertThat(start())
        .isEqualTo(
            new Ended(
                2,
                "likeness: name a role (gateway, ingest-worker, shard-node, coordinator) or a command\n"));
  }

  private Ended start(String... args) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                ContainerMain.class.getName()));
    command.addAll(List.of(args));
    Path said = folder.resolve("said.txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    return new Ended(process.waitFor(), Files.readString(said, StandardCharsets.UTF_8));
  }
}
