package io.likeness.standalone.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.proto.wire.NewerFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportJournalTest {

  @TempDir Path folder;

  @Test
  void beginsWithItsForm() throws IOException {
    Path file = folder.resolve("journal");
    ImportJournal.open(file, false).close();
    ImportJournal.open(file, false).close();
    assertThat(file).hasContent("likeness-import " + ImportJournal.FORMAT);
  }

  @Test
  void refusesThatOfANewerReleaseUnlessItShallBeginAnew() throws IOException {
    Path file = folder.resolve("journal");
    String newer = "likeness-import " + (ImportJournal.FORMAT + 1) + "\nwhatever\n";
    Files.writeString(file, newer);
    assertThatThrownBy(() -> ImportJournal.open(file, false))
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining(file + " has format 2, and this release understands up to 1");
    assertThat(file).hasContent(newer.strip());
    ImportJournal.open(file, true).close();
    assertThat(file).hasContent("likeness-import 1");
  }
}
