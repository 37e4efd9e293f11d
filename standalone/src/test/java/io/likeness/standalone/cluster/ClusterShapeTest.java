package io.likeness.standalone.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.standalone.CannotStart;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterShapeTest {

  private static final ClusterShape SHAPE = new ClusterShape(3, 1, 2, 1, 1, 16, 0);

  @TempDir Path folder;

  @Test
  void readsWhatItWroteAndWhatWasWrittenBeforeThereWasANumber() throws IOException {
    Path file = folder.resolve("cluster.json");
    SHAPE.write(file);
    assertThat(ClusterShape.read(file)).hasValue(SHAPE);
    String written = Files.readString(file);
    assertThat(written).contains("\"format\" : 1,");
    Files.writeString(file, written.replace("\"format\" : 1,", ""));
    assertThat(ClusterShape.read(file)).hasValue(SHAPE);
  }

  @Test
  void refusesThatOfANewerRelease() throws IOException {
    Path file = folder.resolve("cluster.json");
    SHAPE.write(file);
    String newer = Files.readString(file).replace("\"format\" : 1", "\"format\" : 2");
    Files.writeString(file, newer);
    assertThatThrownBy(() -> ClusterShape.read(file))
        .isInstanceOf(CannotStart.class)
        .hasMessage(
            file
                + " has format 2, and this release understands up to 1: a newer release is needed");
    assertThat(file).hasContent(newer.strip());
  }
}
