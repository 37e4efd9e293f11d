package io.likeness.shard.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.proto.wire.Formats;
import io.likeness.proto.wire.NewerFormatException;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a newer release wrote is neither passed over nor set aside. */
class SlotFormatsTest {

  private static final int RECORDS = 60;
  private static final int NEWER_AT = 31;

  @TempDir Path folder;

  private SlotScene scene() throws IOException {
    SlotScene scene = new SlotScene(folder, 0);
    scene.write(1, RECORDS);
    return scene;
  }

  private static VectorRecord newer(VectorRecord record) {
    return record.toBuilder().setFormat(Formats.VECTOR + 1).build();
  }

  @Test
  void readsUpToARecordOfANewerReleaseAndNoFurther() throws IOException {
    SlotScene scene = scene();
    VectorRecord original = scene.log.get(NEWER_AT);
    scene.log.set(NEWER_AT, newer(original));
    assertThat(scene.open()).isTrue();

    scene.settle();

    assertThat(scene.slot().position().getAppliedOffset()).isEqualTo(NEWER_AT);
    assertThat(scene.slot().isServing()).as("not ready before it has caught up").isFalse();
    assertThat(scene.slot().stopped())
        .hasValue(
            "topic vectors, partition 3, offset 31 has format 2, and this release understands up"
                + " to 1: a newer release is needed");
    scene.close();

    // A release that knows it goes on from there, and lacks nothing.
    scene.log.set(NEWER_AT, original);
    assertThat(scene.open()).isTrue();
    assertThat(scene.slot().startOffset()).isEqualTo(NEWER_AT);
    scene.settle();
    assertThat(scene.slot().stopped()).isEmpty();
    assertThat(scene.verdict()).isEmpty();
    scene.close();
  }

  @Test
  void aRecordOfTheFirstFormMaySaySo() throws IOException {
    SlotScene scene = scene();
    scene.log.replaceAll(record -> record.toBuilder().setFormat(Formats.VECTOR).build());
    assertThat(scene.open()).isTrue();
    scene.settle();
    assertThat(scene.verdict()).isEmpty();
    scene.close();
  }

  @Test
  void refusesASlotWhoseCheckpointIsOfANewerRelease() throws IOException {
    SlotScene scene = scene();
    assertThat(scene.open()).isTrue();
    scene.settle();
    scene.close();
    Path file = folder.resolve("3").resolve("checkpoint");
    List<String> lines = Files.readAllLines(file);
    String newer = "likeness-checkpoint " + (Checkpoint.FORMAT + 1) + "\nwhatever it says\n";
    assertThat(lines.getFirst()).isEqualTo("likeness-checkpoint " + Checkpoint.FORMAT);
    Files.writeString(file, newer);

    assertThat(scene.open()).isFalse();
    assertThatThrownBy(() -> Checkpoint.read(folder.resolve("3")))
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("has format 2, and this release understands up to 1");
    assertThat(file).hasContent(newer.strip());
    assertThat(folder.resolve("3").resolve(SlotScene.UIDS.getFirst())).isDirectory();
  }
}
