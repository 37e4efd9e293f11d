package io.likeness.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {

  @TempDir Path root;

  @Test
  void writesItsFormOnceItHasServed() throws IOException {
    try (DataFolder folder = DataFolder.open(root)) {
      folder.writeEndpoint(URI.create("http://127.0.0.1:1"), "127.0.0.1:2");
    }
    assertThat(root.resolve("served")).hasContent("1");
    try (DataFolder folder = DataFolder.open(root)) {
      assertThat(folder.isFresh()).isFalse();
    }
  }

  @Test
  void takesAFolderFromBeforeThereWasANumber() throws IOException {
    Files.writeString(root.resolve("served"), "");
    try (DataFolder folder = DataFolder.open(root)) {
      assertThat(folder.isFresh()).isFalse();
    }
  }

  @Test
  void refusesThatOfANewerReleaseAndLetsItGo() throws IOException {
    Files.writeString(root.resolve("served"), (DataFolder.FORMAT + 1) + "\n");
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> DataFolder.open(root))
          .isInstanceOf(CannotStart.class)
          .hasMessageContaining(root.toString())
          .hasMessageContaining("has format 2, and this release understands up to 1");
    }
    assertThat(root.resolve("master.key")).doesNotExist();
  }
}
