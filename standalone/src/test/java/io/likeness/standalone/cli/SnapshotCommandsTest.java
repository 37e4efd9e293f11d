package io.likeness.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.shard.intake.DataLock;
import io.likeness.shard.intake.SlotScene;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotCommandsTest {

  private static final int RECORDS = 60;

  @TempDir Path folder;

  private Path data;
  private String store;
  private String out = "";
  private String err = "";

  @BeforeEach
  void fill() throws IOException {
    data = Files.createDirectories(folder.resolve("data"));
    Files.createDirectories(data.resolve("shards"));
    store = folder.resolve("store").toString();
    SlotScene scene = new SlotScene(data.resolve("shards"), 0);
    scene.write(1, RECORDS);
    assertThat(scene.open()).isTrue();
    scene.settle();
    scene.close();
  }

  private int run(String... arguments) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    ByteArrayOutputStream notes = new ByteArrayOutputStream();
    Console console =
        new Console(
            new PrintStream(lines, true, StandardCharsets.UTF_8),
            new PrintStream(notes, true, StandardCharsets.UTF_8),
            false);
    List<String> all = new ArrayList<>(List.of("snapshot"));
    all.addAll(List.of(arguments));
    int code = Likeness.run(console, all.toArray(String[]::new));
    out = lines.toString(StandardCharsets.UTF_8);
    err = notes.toString(StandardCharsets.UTF_8);
    return code;
  }

  @Test
  void bringsBackOnAnotherNodeWhatWasCopied() throws IOException {
    assertThat(run("list", "--store", store)).isZero();
    assertThat(out).isEqualTo("no snapshots\n");
    assertThat(run("create", "--store", store, "--data", data.toString())).isZero();
    assertThat(out).startsWith("slot 3 at offset 60: 2 instances, ");
    assertThat(run("list", "--store", store)).isZero();
    assertThat(out).contains("snapshots/slot-00003/");
    assertThat(run("verify", "--store", store)).isZero();
    assertThat(out).endsWith(": sound\n");
    assertThat(run("prune", "--store", store, "--keep", "1")).isZero();
    assertThat(out).startsWith("deleted 0 snapshots");

    Path other = folder.resolve("other");
    assertThat(run("restore", "--store", store, "--shards", other.toString())).isZero();
    assertThat(out).isEqualTo("slot 3 is as it was at offset 60, with 2 instances\n");
    SlotScene scene = new SlotScene(other, 0);
    scene.write(1, RECORDS);
    assertThat(scene.open()).isTrue();
    assertThat(scene.verdict()).isEmpty();
    scene.close();

    assertThat(run("restore", "--store", store, "--shards", other.toString()))
        .isEqualTo(Exit.FAILED);
    assertThat(err).contains("exists; a slot is restored only where there is none");
    assertThat(run("restore", "--store", store, "--shards", other.toString(), "--slot", "4"))
        .isEqualTo(Exit.FAILED);
  }

  @Test
  void tellsOfDamage() throws IOException {
    assertThat(run("create", "--store", store, "--data", data.toString())).isZero();
    try (Stream<Path> objects = Files.walk(Path.of(store, "objects"))) {
      Files.write(objects.filter(Files::isRegularFile).findFirst().orElseThrow(), new byte[7]);
    }
    assertThat(run("verify", "--store", store)).isEqualTo(Exit.FAILED);
    assertThat(out).contains(": 1 files are not\n");
    assertThat(run("restore", "--store", store, "--shards", folder.resolve("other").toString()))
        .isEqualTo(Exit.FAILED);
    assertThat(err).contains("is damaged");
  }

  @Test
  void leavesAFolderAloneThatIsInUse() throws IOException {
    try (DataLock lock = DataLock.take(data.resolve("shards"))) {
      assertThat(run("create", "--store", store, "--data", data.toString())).isEqualTo(Exit.FAILED);
      assertThat(err).contains("in use by another process").contains("shard.snapshot.store");
      assertThat(lock).isNotNull();
    }
  }

  @Test
  void saysWhatIsWrongWithItsArguments() {
    assertThat(run("list")).isEqualTo(Exit.USAGE);
    assertThat(run("list", "--store", "ftp://somewhere")).isEqualTo(Exit.USAGE);
    assertThat(err).contains("neither a folder nor s3://BUCKET/PREFIX");
    assertThat(run("prune", "--store", store, "--keep", "0")).isEqualTo(Exit.USAGE);
    assertThat(run("create", "--store", store, "--data", folder.resolve("none").toString()))
        .isEqualTo(Exit.FAILED);
    assertThat(run("verify", "--store", store)).isEqualTo(Exit.FAILED);
    assertThat(err).contains("there are no snapshots");
  }
}
